// A second node of a name, with a store of its own, beside the one that was there before.
import { describe, expect, test } from 'vitest';
import type { Draft } from '../../../src/model/message.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { requests } from '../../support/simulated-history.ts';
import { draft, SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';

interface Stage {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
  /** It is not started. */
  readonly stray: SimulatedNode;
}

const quiet: Faults = { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 };

/** A central and a ship that know each other: three commands have run there. */
function stage(seed: number): Stage {
  const w = new SimulatedWorld(seed, quiet);
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  w.submit(central, [command(), command(), command()]);
  w.runUntil(1_000);
  return { w, central, ship, stray: w.addTwin(ship, new MemoryStore()) };
}

const command = (more: Partial<Draft['message']> = {}): Draft => draft('ship1', 'cliCommand', more);
const states = (node: SimulatedNode): readonly string[] => requests(node).map(({ state }) => state);
const taken = (node: SimulatedNode): number =>
  node.store.contents().inbox.filter(({ from }) => from === 'central').length;
const said = ({ w }: Stage, text: string): number => w.warnings.filter((warning) => warning.includes(text)).length;
const runs = ({ w }: Stage): number => w.runs.filter(({ node }) => node === 'ship1').length;
const seeds = Array.from({ length: 20 }, (_none, index) => index + 1);

/** The ship's link is gone, the other one has taken its place, and has run a command. */
function takenOver(seed: number): Stage {
  const all = stage(seed);
  const { w, central, ship, stray } = all;
  w.unlink(ship);
  w.start(stray);
  w.runUntil(w.now + 5_000);
  w.submit(central, [command()]);
  w.runUntil(w.now + 1_000);
  expect(taken(stray)).toBe(1);
  return all;
}

describe('beside one that answers', () => {
  test.each(seeds)('rival - it gets nothing, all goes on, and the operator is told once (seed %i)', (seed) => {
    const all = stage(seed);
    const { w, central, stray } = all;
    w.start(stray);
    for (let round = 0; round < 8; round += 1) {
      w.submit(central, [command(), command({ unordered: true }), command({ rerun: 'always' })]);
      w.runUntil(w.now + 500);
      expect(runs(all)).toBe(w.accepted.length);
      if (round === 4) w.crash(stray);
    }
    w.runUntil(w.now + 60_000);
    expect(taken(stray)).toBe(0);
    expect(states(central).every((state) => state === 'succeeded')).toBe(true);
    expect(runs(all)).toBe(w.accepted.length);
    expect([said(all, 'two nodes have one name'), said(all, 'lost its store')]).toEqual([1, 0]);
  });

  test('rival - what runs is neither called unknown nor begun anew', () => {
    const all = stage(1);
    const { w, central, stray } = all;
    w.faults = { ...quiet, methodMs: 600_000 };
    const endless = { methodTimeoutMs: -1 } as const;
    w.submit(central, [command(endless), command({ ...endless, unordered: true, rerun: 'always' })]);
    w.runUntil(w.now + 2_000);
    w.start(stray);
    w.runUntil(w.now + 4_000);
    w.crash(stray);
    expect(states(central).slice(3)).toEqual(['running', 'running']);
    w.runUntil(w.now + 900_000);
    expect(states(central).slice(3)).toEqual(['succeeded', 'succeeded']);
    expect(runs(all)).toBe(5);
  });

  test('rival - its groups are not those of the one that is known', () => {
    const { w, central, stray } = stage(1);
    const known = (): readonly unknown[] => {
      const { incarnation, boot, groups } = central.store.look().peers.get('ship1') ?? {};
      return [incarnation, boot, groups];
    };
    const before = known();
    stray.groups = ['engines'];
    w.start(stray);
    w.runUntil(w.now + 2_000);
    expect(known()).toEqual(before);
  });
});

describe('beside one that does not answer', () => {
  test.each(seeds)('rival - it takes its place after two questions, and not before (seed %i)', (seed) => {
    const all = stage(seed);
    const { w, central, ship, stray } = all;
    w.unlink(ship);
    w.start(stray);
    w.runUntil(w.now + 100);
    w.submit(central, [command()]);
    w.runUntil(w.now + 2_300);
    expect(taken(stray)).toBe(0);
    w.runUntil(w.now + 2_000);
    expect(taken(stray)).toBe(1);
    expect([said(all, 'two nodes have one name'), said(all, 'lost its store')]).toEqual([0, 1]);
  });

  test('rival - one that was seen beside it waits for half a minute: only the link may be gone', () => {
    const all = stage(1);
    const { w, central, ship, stray } = all;
    w.start(stray);
    w.runUntil(w.now + 2_000);
    w.unlink(ship);
    w.submit(central, [command({ rerun: 'always' })]);
    w.runUntil(w.now + 15_000);
    expect(taken(stray)).toBe(0);
    w.link(ship);
    w.runUntil(w.now + 1_000);
    expect(states(central)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    w.crash(ship);
    w.submit(central, [command({ rerun: 'always' })]);
    w.runUntil(w.now + 45_000);
    expect(taken(stray)).toBe(1);
    expect(said(all, 'two nodes have one name')).toBe(1);
  });

  // Found by starting a stray node: the lanes began again in the epoch in which the ship had counted before.
  test.each(['nobody was there meanwhile', 'the sender has to find out', 'the sender has started anew'] as const)(
    'rival - when that is gone, what waits goes to the one that comes back, where %s',
    (how) => {
      for (const seed of seeds) {
        const all = takenOver(seed);
        const { w, central, ship, stray } = all;
        w.crash(stray);
        if (how === 'the sender has started anew') {
          w.crash(central);
          w.start(central);
        }
        // It leaves, and nobody is there to take it.
        if (how !== 'the sender has to find out') w.submit(central, [draft('ship1', 'ping')]);
        else w.link(ship);
        w.runUntil(w.now + 50);
        w.submit(
          central,
          Array.from({ length: 20 }, () => command()),
        );
        if (!ship.linked) w.link(ship);
        // Who has just started has not measured the way yet.
        w.runUntil(w.now + (how === 'the sender has started anew' ? 14_000 : 4_500));
        expect(runs(all), `seed ${seed}`).toBe(w.accepted.length);
        w.runUntil(w.now + 30_000);
        expect(states(central), `seed ${seed}`).toEqual(requests(central).map(() => 'succeeded'));
        expect(said(all, 'a lane starts again'), `seed ${seed}`).toBe(0);
      }
    },
  );

  test('rival - of two that were both known neither gets anything until one is gone', () => {
    const all = takenOver(1);
    const { w, central, ship, stray } = all;
    w.link(ship);
    w.runUntil(w.now + 2_000);
    expect(said(all, 'nothing is sent to it until one of them is stopped')).toBe(1);
    w.submit(central, [command(), command()]);
    w.runUntil(w.now + 20_000);
    expect([taken(stray), runs(all)]).toEqual([1, 4]);
    w.crash(stray);
    w.runUntil(w.now + 40_000);
    expect(states(central)).toEqual(Array.from({ length: 6 }, () => 'succeeded'));
    expect(runs(all)).toBe(6);
  });
});
