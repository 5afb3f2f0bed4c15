import { expect, test } from 'vitest';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

interface Pair {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
  /** Commits of central, as the names of their operations. */
  readonly commits: readonly (readonly string[])[];
}

/** Two nodes that have exchanged a message. */
function pair(seed: number, method: 'cliCommand' | 'none' = 'cliCommand'): Pair {
  const w = new SimulatedWorld(seed, { loss: 0, duplicate: 0, delayMs: 0, methodMs: 5 });
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  w.submit(central, [draft('ship1', method)]);
  w.runUntil(1_000);
  const commits: string[][] = [];
  const apply = central.store.apply.bind(central.store);
  central.store.apply = (ops) => {
    apply(ops);
    commits.push(ops.map(({ op }) => op as string));
  };
  return { w, central, ship, commits };
}

/** Goes on in small steps until it is so. */
function until(w: SimulatedWorld, condition: () => boolean): void {
  const limit = w.now + 1_000;
  while (!condition()) {
    expect(w.now).toBeLessThan(limit);
    w.runUntil(w.now + 0.02);
  }
}

const statesAt = (node: SimulatedNode): string[] => node.store.contents().outbox.map((record) => record.state);
const ranOf = (w: SimulatedWorld): string[] => w.runs.filter(({ node }) => node === 'ship1').map(({ id }) => id);

test('submit - what may leave at once is added and gets its position by one commit', () => {
  const { w, central, commits } = pair(1);
  w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
  w.runUntil(2_000);
  expect(commits[0]).toEqual(['outbox-add', 'outbox-add', 'outlane']);
  expect(commits.flat()).not.toContain('outbox-place');
  expect(statesAt(central)).toEqual(['succeeded', 'succeeded', 'succeeded']);
});

test('submit - what is submitted before the one before it is accepted keeps its place', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { w, central } = pair(seed);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    until(w, () => w.accepted.length === 2);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(2_000);
    const submitted = w.accepted.map(({ id }) => id);
    expect(submitted).toHaveLength(4);
    expect(ranOf(w)).toEqual(submitted.toSorted());
  }
});

/** Every moment of the next few milliseconds, in which the other's answer comes. */
const moments = Array.from({ length: 60 }, (_none, index) => index / 10);

test('submit - a refused message leaves no gap in its lane, whatever is settled meanwhile', () => {
  for (const moment of moments) {
    const { w, central } = pair(1);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    until(w, () => w.accepted.length === 2);
    w.runUntil(w.now + moment);
    central.full = true;
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 50);
    w.freeDisk(central);
    w.runUntil(w.now + 200);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 5_000);
    expect(statesAt(central)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(ranOf(w)).toEqual(w.accepted.map(({ id }) => id));
    expect(w.warnings.filter((warning) => warning.includes('starts again'))).toEqual([]);
  }
});
