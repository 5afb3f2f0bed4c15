import { describe, expect, test } from 'vitest';
import { draft } from '../../support/simulated-methods.ts';
import { requests } from '../../support/simulated-history.ts';
import { SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';

const calm: Faults = { loss: 0, duplicate: 0, delayMs: 1, methodMs: 5 };

function started(seed: number, faults = calm): { w: SimulatedWorld; central: SimulatedNode; ship: SimulatedNode } {
  const w = new SimulatedWorld(seed, faults);
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  return { w, central, ship };
}

function states(node: SimulatedNode): readonly string[] {
  return requests(node).map((record) => record.state);
}

function runsOf(w: SimulatedWorld, id: string | undefined): number {
  return w.runs.filter((run) => run.id === id).length;
}

/** Two questions to the one that was there before have stayed without an answer. */
const tookOverMs = 4_100;

const slow: Faults = { ...calm, methodMs: 60_000 };

describe('a receiver that lost its store', () => {
  test('store lost - what it was running is unknown once its old store has not answered, though nothing waits for it', () => {
    const { w, central, ship } = started(1, slow);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(200);
    expect(states(central)).toEqual(['delivered']);
    w.replaceStore(ship, new MemoryStore());
    w.start(ship);
    w.runUntil(w.now + tookOverMs);
    expect(states(central)).toEqual(['unknown']);
    expect(runsOf(w, w.accepted[0]?.id)).toBe(1);
  });

  test('store lost - what may rerun goes again, also from a lane that had nothing left to send', () => {
    const { w, central, ship } = started(2, slow);
    w.submit(central, [draft('ship1', 'cliCommand', { rerun: 'always' })]);
    w.runUntil(200);
    w.crash(central);
    w.start(central);
    w.replaceStore(ship, new MemoryStore());
    w.start(ship);
    w.runUntil(w.now + 100_000);
    expect(states(central)).toEqual(['succeeded']);
    expect(runsOf(w, w.accepted[0]?.id)).toBe(2);
  });

  test('store lost - after a wipe the lane starts anew, and goes on', () => {
    const { w, central, ship } = started(3);
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
    w.runUntil(500);
    w.replaceStore(ship, new MemoryStore());
    w.start(ship);
    w.runUntil(w.now + 100);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + tookOverMs);
    expect(states(central)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(w.accepted.map(({ id }) => runsOf(w, id))).toEqual([1, 1, 1]);
  });
});

describe('a store that finds out by itself that its end is gone', () => {
  test('store shortened - what waits may have run: only what may rerun does, and the senders hear of it', () => {
    const { w, central, ship } = started(5, { ...calm, methodMs: 1_000 });
    w.submit(central, [
      draft('ship1', 'cliCommand'),
      draft('ship1', 'cliCommand'),
      draft('ship1', 'cliCommand', { rerun: 'always' }),
    ]);
    w.runUntil(300);
    const copy = new MemoryStore(ship.store);
    expect(ship.store.contents().inbox.map(({ state }) => state)).toEqual(['started', 'accepted', 'accepted']);
    // The second one has run, and that is what the store has lost.
    w.runUntil(2_500);
    copy.apply([{ op: 'meta', key: 'lost', value: '1' }]);
    w.replaceStore(ship, copy);
    w.start(ship);
    w.runUntil(w.now + 60_000);
    const [first, second, third] = w.accepted.map(({ id }) => runsOf(w, id));
    expect([first, second]).toEqual([1, 1]);
    expect(third).toBeGreaterThanOrEqual(1);
    expect(ship.store.look().meta.get('lost')).toBe('');
    expect(w.warnings.filter((text) => text.includes('begins a new incarnation'))).toHaveLength(1);
    expect(states(central).every((state) => ['succeeded', 'unknown'].includes(state))).toBe(true);
  });
});

describe('a sender whose store goes back in time', () => {
  const pieces = 100_000;
  const large = { ...draft('ship1', 'cliCommand', { bodySize: pieces }), body: Buffer.alloc(pieces, 'steward ') };

  test('sender back - what waits without a place may have left in the life that is lost, and does not run again', () => {
    const { w, central, ship } = started(6);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(1_000);
    w.unlink(central);
    // A large body goes ahead of its message: until then that has no place, while the one before it has.
    w.submit(central, [draft('ship1', 'cliCommand'), large]);
    w.runUntil(1_100);
    const copy = new MemoryStore(central.store);
    w.link(central);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(60_000);
    expect(states(central)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    w.replaceStore(central, copy);
    w.start(central);
    w.runUntil(w.now + 60_000);
    expect(states(central)).toEqual(['succeeded', 'unknown', 'unknown']);
    expect([1, 2].map((index) => runsOf(w, w.accepted[index]?.id))).toEqual([1, 1]);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 60_000);
    expect(states(central)).toEqual(['succeeded', 'unknown', 'unknown', 'succeeded']);
    expect(ship.store.contents().inbox).toHaveLength(5);
  });
});

describe('what may have run in a store that was lost', () => {
  const brief = { rerun: 'always', retries: 9, ackTimeoutMs: 1000, retryWaitMs: 0 } as const;

  test('store lost - is never called expired, whether it has left again or not', () => {
    for (const leaves of [true, false]) {
      const { w, central, ship } = started(4, slow);
      w.submit(central, [draft('ship1', 'cliCommand', brief)]);
      w.runUntil(200);
      expect(states(central)).toEqual(['delivered']);
      w.replaceStore(ship, new MemoryStore());
      w.start(ship);
      const isBack = (): boolean => states(central)[0] === 'queued';
      while (!isBack() && w.now < 5_000) w.runUntil(w.now + 0.1);
      expect(states(central)).toEqual(['queued']);
      if (leaves) while (requests(central)[0]?.position === null) w.runUntil(w.now + 0.01);
      w.crash(ship);
      w.runUntil(w.now + 100_000);
      w.start(ship);
      w.runUntil(w.now + 100_000);
      expect(states(central)).toEqual(['unknown']);
      expect(requests(central)[0]?.reason).toMatch(/; it may have run before a store was lost$/);
    }
  });
});

describe('a receiver whose store goes back in time', () => {
  test.each([1, 2, 3, 4])('store back - takes one new incarnation, not one after the other (seed %i)', (seed) => {
    const { w, central, ship } = started(seed);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(300);
    const copy = new MemoryStore(ship.store);
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'ping')]);
    w.runUntil(2_000);
    w.replaceStore(ship, copy);
    w.start(ship);
    w.runUntil(w.now + 100);
    w.submit(central, [draft('ship1', 'ping'), draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 120_000);
    expect(states(central)).toEqual(Array.from({ length: 5 }, () => 'succeeded'));
    expect(w.warnings.filter((text) => text.includes('begins a new incarnation'))).toHaveLength(1);
    for (const { id, draft: sent } of w.accepted) {
      if (sent.message.rerun === 'never') expect(runsOf(w, id)).toBe(1);
    }
  });

  test('store back - a lane that lost nothing does not hide that another one did', () => {
    const { w, central, ship } = started(5, slow);
    w.submit(central, [draft('ship1', 'ping'), draft('ship1', 'ping')]);
    w.runUntil(300);
    const copy = new MemoryStore(ship.store);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(400);
    expect(states(central)).toEqual(['succeeded', 'succeeded', 'delivered']);
    w.replaceStore(ship, copy);
    w.start(ship);
    w.runUntil(w.now + 1000);
    expect(states(central)).toEqual(['succeeded', 'succeeded', 'unknown']);
  });
});

describe('a sender whose store goes back in time', () => {
  test.each([1, 2, 3])('store back - to before its lanes began: nothing runs twice (seed %i)', (seed) => {
    const w = new SimulatedWorld(seed, calm);
    const central = w.add('central');
    const ship = w.add('ship1');
    w.start(central);
    w.runUntil(50);
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
    w.runUntil(100);
    const copy = new MemoryStore(central.store);
    w.start(ship);
    w.runUntil(500);
    expect(states(central)).toEqual(['succeeded', 'succeeded']);
    for (let times = 0; times < 3; times += 1) {
      w.replaceStore(central, copy);
      w.start(central);
      w.runUntil(w.now + 30_000);
    }
    expect(w.accepted.map(({ id }) => runsOf(w, id))).toEqual([1, 1]);
    expect(requests(central).every((record) => !record.open)).toBe(true);
  });

  test('store back - what takes the place of a message that had run is unknown, and does not run', () => {
    const { w, central } = started(7);
    const copy = new MemoryStore(central.store);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(400);
    w.replaceStore(central, copy);
    w.start(central);
    w.runUntil(w.now + 100);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 30_000);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 30_000);
    expect(states(central)).toEqual(['unknown', 'succeeded']);
    expect(w.accepted.map(({ id }) => runsOf(w, id))).toEqual([1, 0, 1]);
  });

  test('store lost - a message that is newer than the loss is not doubted, though all replies before it are dropped', () => {
    const w = new SimulatedWorld(1, calm);
    const [central, ship] = [w.add('central'), w.add('ship1')];
    // As a life leaves it that had found a loss, and in which nothing but replies came after it.
    central.store.apply([{ op: 'meta', key: 'doubtfulOutboxOrd', value: '10' }]);
    w.start(central);
    w.start(ship);
    w.runUntil(100);
    w.faults = slow;
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(2_000);
    expect(states(central)).toEqual(['running']);
  });
});
