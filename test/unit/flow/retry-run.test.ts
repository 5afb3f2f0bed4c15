// Runs after a run that failed, with crashes and stops at every point in between.
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/model/message.ts';
import type { StoreOp } from '../../../src/model/store-op.ts';
import { requests } from '../../support/simulated-history.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

interface Pair {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
}

function pair(methodMs = 5): Pair {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  return { w, central, ship };
}

/** Fails the first so many runs of every message. */
function failFirst(w: SimulatedWorld, times: number): void {
  w.fails = ({ message }) => message.method === 'cliCommand' && runsOf(w, message.id).length <= times;
}

function runsOf(w: SimulatedWorld, id: string): readonly number[] {
  return w.runs.filter((run) => run.id === id && run.node === 'ship1').map((run) => run.at);
}

function outcomes(of: SimulatedNode): readonly Outcome[] {
  return requests(of).map(({ outcome }) => JSON.parse(outcome ?? '{}') as Outcome);
}

/** Calls back when the node has written an operation of this kind for the time that is meant. */
function whenWritten(node: SimulatedNode, what: { op: StoreOp['op']; nth: number }, act: () => void): void {
  let seen = 0;
  const apply = node.store.apply.bind(node.store);
  node.store.apply = (ops) => {
    apply(ops);
    if (!ops.some(({ op }) => op === what.op)) return;
    seen += 1;
    if (seen === what.nth) act();
  };
}

const retries = { methodRetries: 2, methodRetryWaitMs: 1_000 };

describe('retries of methods', () => {
  test('retries - a command that fails runs again after the pause, and its answer tells how often', () => {
    const { w, central } = pair();
    failFirst(w, 2);
    w.submit(central, [draft('ship1', 'cliCommand', retries)]);
    w.runUntil(10_000);
    const [first = 0, second = 0, third = 0, ...more] = runsOf(w, w.accepted[0]?.id ?? '');
    expect(more).toEqual([]);
    expect(second - first).toBeGreaterThan(1_000);
    expect(third - second).toBeGreaterThan(1_000);
    expect(third - first).toBeLessThan(2_100);
    expect(outcomes(central)).toMatchObject([{ state: 'succeeded', attempts: 3 }]);
    expect(central.files.get('ship1/answers')).toBe(`${w.accepted[0]?.id}\n`);
  });

  test('retries - one that goes on failing is told of once, with the last attempt', () => {
    const { w, central, ship } = pair();
    failFirst(w, Infinity);
    w.submit(central, [draft('ship1', 'cliCommand', retries), draft('ship1', 'cliCommand')]);
    w.runUntil(10_000);
    expect(outcomes(central)).toMatchObject([{ state: 'failed', exitCode: 1, attempts: 3 }, { state: 'failed' }]);
    expect(outcomes(central)[1]).not.toHaveProperty('attempts');
    expect(ship.store.contents().inbox.filter(({ state }) => state === 'ended')).toHaveLength(2);
  });

  test('retries - an ordered lane waits for all attempts', () => {
    const { w, central } = pair();
    failFirst(w, 1);
    w.submit(central, [draft('ship1', 'cliCommand', retries), draft('ship1', 'cliCommand', retries)]);
    w.runUntil(10_000);
    const [first, second] = w.accepted.map(({ id }) => id);
    const order = w.runs.filter(({ node }) => node === 'ship1').map(({ id }) => id);
    expect(order).toEqual([first, first, second, second]);
  });

  test('retries - an unordered one holds no other up', () => {
    const { w, central } = pair();
    const slow = { unordered: true, methodRetries: 1, methodRetryWaitMs: 60_000 };
    w.fails = ({ message }) => (message.methodRetries ?? 0) > 0;
    w.submit(
      central,
      Array.from({ length: 40 }, (_none, index) =>
        draft('ship1', 'cliCommand', index < 20 ? slow : { unordered: true }),
      ),
    );
    w.runUntil(5_000);
    expect(requests(central).filter(({ state }) => state === 'succeeded')).toHaveLength(20);
    w.runUntil(70_000);
    expect(requests(central).filter(({ state }) => state === 'failed')).toHaveLength(20);
    expect(w.runs.filter(({ node }) => node === 'ship1')).toHaveLength(60);
  });

  test('retries - while as many rest as may, an unordered lane starts no other, and loses none', () => {
    const { w, central } = pair();
    w.fails = () => true;
    w.submit(
      central,
      Array.from({ length: 300 }, () =>
        draft('ship1', 'cliCommand', { unordered: true, methodRetries: 1, methodRetryWaitMs: 60_000 }),
      ),
    );
    w.runUntil(50_000);
    const begun = w.runs.filter(({ node }) => node === 'ship1').length;
    expect(begun).toBeGreaterThanOrEqual(256);
    expect(begun).toBeLessThan(300);
    w.runUntil(400_000);
    expect(outcomes(central).every(({ state, attempts }) => state === 'failed' && attempts === 2)).toBe(true);
    expect(w.runs.filter(({ node }) => node === 'ship1')).toHaveLength(600);
  });

  test('retries - a crash in the pause costs no attempt and gives none', () => {
    const { w, central, ship } = pair();
    failFirst(w, Infinity);
    w.submit(central, [draft('ship1', 'cliCommand', retries), draft('ship1', 'cliCommand')]);
    for (let crash = 0; crash < 5; crash += 1) {
      w.runUntil(w.now + 500);
      w.crash(ship);
      w.start(ship);
    }
    w.runUntil(20_000);
    const [first = '', second = ''] = w.accepted.map(({ id }) => id);
    expect(runsOf(w, first)).toHaveLength(3);
    expect(runsOf(w, second)[0]).toBeGreaterThan(runsOf(w, first)[2] ?? Infinity);
    expect(outcomes(central)).toMatchObject([{ state: 'failed', attempts: 3 }, { state: 'failed' }]);
  });

  test('retries - an attempt that a crash interrupts ends it as unknown where it may not rerun, and counts where it may', () => {
    for (const rerun of ['never', 'always'] as const) {
      const { w, central, ship } = pair(500);
      failFirst(w, Infinity);
      whenWritten(ship, { op: 'inbox-start', nth: 2 }, () =>
        w.at(1, () => {
          w.crash(ship);
          w.at(50, () => w.start(ship));
        }),
      );
      w.submit(central, [draft('ship1', 'cliCommand', { ...retries, rerun })]);
      w.runUntil(20_000);
      const runs = runsOf(w, w.accepted[0]?.id ?? '').length;
      const [outcome] = outcomes(central);
      if (rerun === 'never')
        expect({ runs, outcome }).toMatchObject({ runs: 2, outcome: { state: 'unknown', attempts: 2 } });
      else expect({ runs, outcome }).toMatchObject({ runs: 3, outcome: { state: 'failed', attempts: 3 } });
    }
  });

  test('retries - a crash at each write leaves one outcome and no attempt more than was asked for', () => {
    for (const rerun of ['never', 'always'] as const)
      for (const op of ['inbox-add', 'inbox-start', 'inbox-retry', 'inbox-end'] as const)
        for (const nth of [1, 2, 3]) {
          const { w, central, ship } = pair(20);
          failFirst(w, Infinity);
          let crashed = false;
          whenWritten(ship, { op, nth }, () => {
            crashed = true;
            w.crash(ship);
            w.at(30, () => w.start(ship));
          });
          w.submit(central, [draft('ship1', 'cliCommand', { ...retries, rerun }), draft('ship1', 'cliCommand')]);
          w.runUntil(30_000);
          const runs = runsOf(w, w.accepted[0]?.id ?? '').length;
          const told = outcomes(central);
          const first = told[0]?.attempts ?? 1;
          expect({
            at: `${rerun}, a crash at ${op} ${nth}${crashed ? '' : ', which never came'}`,
            states: told.filter(({ state }) => state !== 'failed' && state !== 'unknown'),
            within: runs <= 3 && first >= runs,
            ended: ship.store.contents().inbox.filter(({ state }) => state === 'ended').length,
          }).toMatchObject({ states: [], within: true, ended: 2 });
        }
  });

  test('retries - a stop in the pause goes on in the next life, which waits no longer than was left', () => {
    const { w, central, ship } = pair();
    failFirst(w, 1);
    w.submit(central, [draft('ship1', 'cliCommand', { methodRetries: 1, methodRetryWaitMs: 600_000 })]);
    w.runUntil(300_000);
    w.step(ship, { type: 'stop' });
    w.runUntil(300_100);
    w.crash(ship);
    w.runUntil(1_000_000);
    const back = w.now;
    w.start(ship);
    w.runUntil(back + 700_000);
    const [, second = 0] = runsOf(w, w.accepted[0]?.id ?? '');
    expect(second - back).toBeGreaterThan(290_000);
    expect(second - back).toBeLessThan(310_000);
    expect(outcomes(central)).toMatchObject([{ state: 'succeeded', attempts: 2 }]);
  });

  test('retries - a pause that is longer than every life of its node ends all the same', () => {
    const { w, central, ship } = pair();
    failFirst(w, 1);
    w.submit(central, [draft('ship1', 'cliCommand', { methodRetries: 1, methodRetryWaitMs: 600_000 })]);
    for (let life = 0; life < 8; life += 1) {
      w.runUntil(w.now + 150_000);
      w.crash(ship);
      w.start(ship);
    }
    expect(runsOf(w, w.accepted[0]?.id ?? '')).toHaveLength(2);
  });

  test('retries - what a large body came with runs again with all of it', () => {
    const { w, central } = pair();
    failFirst(w, 1);
    const body = Buffer.alloc(200_000, 'x');
    const large = draft('ship1', 'cliCommand', { ...retries, bodySize: body.length });
    w.submit(central, [{ ...large, body }]);
    w.runUntil(60_000);
    expect(runsOf(w, w.accepted[0]?.id ?? '')).toHaveLength(2);
    expect(outcomes(central)).toMatchObject([{ state: 'succeeded', attempts: 2 }]);
  });
});

test('retries - of a command that came twice, since a store was lost, the one that rests does not run when both are cancelled', () => {
  const { w, central, ship } = pair(5_000);
  failFirst(w, 1);
  const again = { rerun: 'always', unordered: true } as const;
  w.submit(central, [draft('ship1', 'cliCommand', { ...again, methodRetries: 2, methodRetryWaitMs: 60_000 })]);
  w.runUntil(10_000);
  const copy = new MemoryStore(ship.store);
  w.submit(central, [draft('ship1', 'cliCommand', again)]);
  w.runUntil(12_000);
  const id = w.accepted[0]?.id ?? '';
  w.replaceStore(ship, copy);
  w.start(ship);
  w.runUntil(w.now + 4_000);
  const rows = ship.store.contents().inbox.filter((row) => row.id === id);
  expect(rows.map(({ state }) => state).sort()).toEqual(['accepted', 'started']);
  w.step(central, { type: 'cancel', filter: { ids: [id] }, running: true, reason: 'no', answer: () => undefined });
  w.runUntil(w.now + 2_000);
  const before = runsOf(w, id).length;
  w.runUntil(w.now + 600_000);
  expect(runsOf(w, id)).toHaveLength(before);
  expect(ship.store.contents().inbox.filter(({ state }) => state !== 'ended')).toEqual([]);
  expect(requests(central)[0]?.state).toBe('cancelled');
});
