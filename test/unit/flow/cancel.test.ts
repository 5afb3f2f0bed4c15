// Cancel: what waits, what is aboard, what runs, and what came too late; with the other end away, restarted, or wiped.
import { describe, expect, test } from 'vitest';
import type { CancelAnswer } from '../../../src/flow/event.ts';
import type { QueueFilter } from '../../../src/model/queue-filter.ts';
import { draft, SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';

const calm: Faults = { loss: 0, duplicate: 0, delayMs: 5, methodMs: 50 };

function two(faults: Faults = calm): {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
} {
  const w = new SimulatedWorld(1, faults);
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  return { w, central, ship };
}

function cancel(
  w: SimulatedWorld,
  node: SimulatedNode,
  filter: QueueFilter,
  running = true,
): () => CancelAnswer | undefined {
  let answer: CancelAnswer | undefined;
  w.step(node, {
    type: 'cancel',
    filter,
    running,
    reason: 'cancelled by operator',
    answer: (given) => (answer = given),
  });
  return () => answer;
}

const requests = (
  node: SimulatedNode,
): readonly {
  readonly id: string;
  readonly state: string;
  readonly wish: string | null;
  readonly reason: string | null;
}[] => node.store.contents().outbox.filter(({ isReply, lane }) => !isReply && lane !== 'control');
const states = (node: SimulatedNode): readonly string[] => requests(node).map(({ state }) => state);
const idAt = (node: SimulatedNode, index: number): string => requests(node)[index]?.id ?? '';
const ran = (w: SimulatedWorld, id: string): number => w.runs.filter((run) => run.id === id).length;

describe('cancel', () => {
  test('cancel - what never left is cancelled at once, and the next of its lane goes out', () => {
    const w = new SimulatedWorld(1, calm);
    const [central, ship] = [w.add('central'), w.add('ship1')];
    w.start(central);
    w.runUntil(500);
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 500);
    const answer = cancel(w, central, { ids: [idAt(central, 0), idAt(central, 1)] });
    w.runUntil(w.now + 100);
    expect(answer()).toEqual({ type: 'done', cancelled: 2, asked: 0 });
    expect(states(central)).toEqual(['cancelled', 'cancelled', 'queued']);
    expect(requests(central)[0]?.reason).toBe('cancelled by operator');
    expect(central.flow?.waiting().outbox.of('ship1').messages).toBe(1);
    w.start(ship);
    w.runUntil(w.now + 2_000);
    expect(states(central)).toEqual(['cancelled', 'cancelled', 'succeeded']);
    expect([0, 1, 2].map((index) => ran(w, idAt(central, index)))).toEqual([0, 0, 1]);
  });

  test('cancel - what waits there behind another is taken out, and what is behind it runs', () => {
    const { w, central } = two({ ...calm, methodMs: 0 });
    w.faults = { ...calm, methodMs: 1e9 };
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 1_000);
    w.faults = calm;
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 1_000);
    expect(states(central)).toEqual(['running', 'delivered', 'delivered']);
    const answer = cancel(w, central, { ids: [idAt(central, 1)] });
    w.runUntil(w.now + 1_000);
    expect(answer()).toEqual({ type: 'done', cancelled: 0, asked: 1 });
    expect(states(central)).toEqual(['running', 'cancelled', 'delivered']);
    cancel(w, central, { ids: [idAt(central, 0)] });
    w.runUntil(w.now + 1_000);
    expect(states(central)).toEqual(['cancelled', 'cancelled', 'succeeded']);
    expect([0, 1, 2].map((index) => ran(w, idAt(central, index)))).toEqual([1, 0, 1]);
  });

  test('cancel - what has ended is left as it is', () => {
    const { w, central } = two();
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 2_000);
    const answer = cancel(w, central, { ids: [idAt(central, 0)] });
    w.runUntil(w.now + 2_000);
    expect(answer()).toEqual({ type: 'done', cancelled: 0, asked: 0 });
    expect(states(central)).toEqual(['succeeded']);
  });

  test('cancel - of an absent node it waits, goes before the work, and what was accepted there does not start', () => {
    const { w, central, ship } = two({ ...calm, methodMs: 1e9 });
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 1_000);
    w.unlink(ship);
    w.runUntil(w.now + 1_000);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    cancel(w, central, { to: 'ship1' }, false);
    w.runUntil(w.now + 1_000);
    // What runs there is not meant by a clear of the queue; the last had left before anybody knew that nobody is there.
    expect(requests(central).map(({ state, wish }) => `${state} ${wish ?? ''}`)).toEqual([
      'running ',
      'delivered cancelled',
      'queued cancelled',
    ]);
    w.crash(central);
    w.start(central);
    w.link(ship);
    w.runUntil(w.now + 60_000);
    expect(states(central)).toEqual(['running', 'cancelled', 'cancelled']);
    expect([1, 2].map((index) => ran(w, idAt(central, index)))).toEqual([0, 0]);
  });

  test('cancel - is kept by a node that dies before what it was ending has ended', () => {
    const { w, central, ship } = two({ ...calm, methodMs: 1e9 });
    w.submit(central, [draft('ship1', 'cliCommand', { rerun: 'always' })]);
    w.runUntil(w.now + 1_000);
    cancel(w, central, { ids: [idAt(central, 0)] });
    const isKept = (): boolean => ship.store.contents().inbox.some(({ cancel: kept }) => kept !== null);
    for (let ms = 0; ms < 1_000 && !isKept(); ms += 1) w.runUntil(w.now + 0.25);
    expect(isKept()).toBe(true);
    w.crash(ship);
    w.start(ship);
    w.runUntil(w.now + 60_000);
    expect(states(central)).toEqual(['cancelled']);
    expect(ran(w, idAt(central, 0))).toBe(1);
  });

  test('cancel - of a node that was down is heard before what it had accepted begins; without a link it begins by itself', () => {
    for (const cancels of [true, false]) {
      const { w, central, ship } = two({ ...calm, methodMs: 1e9 });
      w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
      w.runUntil(w.now + 1_000);
      expect(states(central)).toEqual(['running', 'delivered']);
      w.crash(ship);
      w.faults = calm;
      if (cancels) cancel(w, central, { to: 'ship1' }, false);
      w.runUntil(w.now + 1_000);
      w.start(ship);
      if (!cancels) w.unlink(ship);
      w.runUntil(w.now + 10_000);
      expect(ran(w, idAt(central, 1))).toBe(cancels ? 0 : 1);
      w.link(ship);
      w.runUntil(w.now + 10_000);
      expect(states(central)).toEqual(['unknown', cancels ? 'cancelled' : 'succeeded']);
    }
  });

  test('cancel - of a file that an earlier life began to write comes too late', () => {
    const { w, central, ship } = two({ ...calm, methodMs: 5_000 });
    w.submit(central, [draft('ship1', 'fileAppend', { rerun: 'always' })]);
    w.runUntil(w.now + 1_000);
    expect(ship.store.contents().inbox.map(({ state, mark }) => [state, mark !== null])).toEqual([['started', true]]);
    w.crash(ship);
    cancel(w, central, { ids: [idAt(central, 0)] });
    w.runUntil(w.now + 100);
    w.start(ship);
    w.runUntil(w.now + 60_000);
    expect(states(central)).toEqual(['succeeded']);
  });

  test('cancel - a node that dies after the order was taken does not start it again', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const w = new SimulatedWorld(seed, { ...calm, methodMs: 5_000, loss: 0.2, duplicate: 0.2, delayMs: 50 });
      const [central, ship] = [w.add('central'), w.add('ship1')];
      w.start(central);
      w.start(ship);
      w.runUntil(500);
      w.submit(central, [
        draft('ship1', 'cliCommand', { rerun: 'always', methodRetries: 2 }),
        draft('ship1', 'cliCommand', { unordered: true }),
        draft('ship1', 'cliCommand'),
        draft('ship1', 'ping'),
      ]);
      w.runUntil(w.now + w.random.next() * 300);
      cancel(w, central, { to: 'ship1' });
      w.runUntil(w.now + w.random.next() * 300);
      for (const node of w.random.next() < 0.5 ? [ship, central] : [ship]) {
        w.crash(node);
        w.runUntil(w.now + w.random.next() * 100);
        w.start(node);
      }
      w.runUntil(w.now + 200);
      const before = requests(central).map(({ id, state }) => [id, state === 'cancelled' ? ran(w, id) : -1] as const);
      w.runUntil(w.now + 600_000);
      for (const { state } of requests(central))
        expect(['cancelled', 'succeeded', 'unknown', 'failed'], `seed ${seed}`).toContain(state);
      for (const [id, runs] of before) if (runs >= 0) expect(ran(w, id), `seed ${seed}`).toBe(runs);
    }
  });

  test('cancel - of a lane, of an age, and of what wants no ACK', () => {
    const w = new SimulatedWorld(1, calm);
    const central = w.add('central');
    w.start(central);
    w.runUntil(500);
    const wall = (): number => 1_700_000_000_000 + w.now;
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'ping'), draft('ship2', 'ping')]);
    w.runUntil(w.now + 1_000);
    const then = wall();
    w.submit(central, [draft('ship1', 'ping'), draft('ship1', 'ping', { ackTimeoutMs: 0 })]);
    w.runUntil(w.now + 1_000);
    cancel(w, central, { to: 'ship1', lane: 'ping', queuedBefore: then });
    w.runUntil(w.now + 100);
    expect(states(central)).toEqual(['queued', 'cancelled', 'queued', 'queued', 'queued']);
    cancel(w, central, { lane: 'ping' });
    w.runUntil(w.now + 100);
    expect(states(central)).toEqual(['queued', 'cancelled', 'cancelled', 'cancelled', 'cancelled']);
  });
});
