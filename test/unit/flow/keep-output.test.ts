// A large output is written piece by piece before its run ends; whatever stops that, it arrives whole, or nothing of it is left.
import { describe, expect, test } from 'vitest';
import type { StoreOp } from '../../../src/model/store-op.ts';
import { draft, SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';

const calm: Faults = { loss: 0, duplicate: 0, delayMs: 1, methodMs: 5 };
/** Of about 1.3 MB. */
const large = draft('ship1', 'cliCommand', { args: ['print', '50000'] });

function begun(): {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
  readonly ops: StoreOp[][];
} {
  const w = new SimulatedWorld(1, calm);
  const [central, ship] = [w.add('central'), w.add('ship1')];
  const ops: StoreOp[][] = [];
  const apply = ship.store.apply.bind(ship.store);
  ship.store.apply = (given) => {
    ops.push([...given]);
    apply(given);
  };
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  w.submit(central, [large]);
  return { w, central, ship, ops };
}

const pieces = (ops: readonly StoreOp[]): number => ops.filter(({ op }) => op === 'piece').length;
const stateOf = (node: SimulatedNode): string | undefined => node.store.contents().outbox[0]?.state;
const answer = (node: SimulatedNode): number => node.files.get('ship1/answers')?.length ?? 0;

describe('a large output', () => {
  test('large output - no commit holds more than a few pieces of it, and all of it arrives', () => {
    const { w, central, ship, ops } = begun();
    w.runUntil(20_000);
    expect(stateOf(central)).toBe('succeeded');
    expect(answer(central)).toBeGreaterThan(1_000_000);
    expect(Math.max(...ops.map(pieces))).toBe(8);
    expect(ship.store.look().transfers.size).toBe(0);
  });

  test('large output - a node that dies at any moment of it leaves nothing of it behind', () => {
    const ends = Array.from({ length: 60 }, (_none, step) => {
      const { w, central, ship, ops } = begun();
      while (pieces(ops.flat()) === 0) w.runUntil(w.now + 0.05);
      w.runUntil(w.now + step * 0.5);
      w.crash(ship);
      w.start(ship);
      w.runUntil(w.now + 60_000);
      expect(ship.store.look().transfers.size, `step ${step}`).toBe(0);
      const dropped = ops
        .flat()
        .flatMap((one) => (one.op === 'pieces-drop' || one.op === 'outbox-drop' ? [one.owner?.id] : []));
      const kept = new Set(
        ops.flat().flatMap((one) => (one.op === 'piece' && one.owner.box === 'out' ? [one.owner.id] : [])),
      );
      expect(
        [...kept].filter((id) => !dropped.includes(id)),
        `step ${step}`,
      ).toEqual([]);
      return `${stateOf(central)} ${answer(central) > 0}`;
    });
    expect([...new Set(ends)].sort()).toEqual(['succeeded true', 'unknown false']);
  });

  test('large output - a node that stops in the middle of it writes the rest at once, and the run has ended', () => {
    for (let step = 0; step < 40; step += 1) {
      const { w, central, ship, ops } = begun();
      while (pieces(ops.flat()) === 0) w.runUntil(w.now + 0.05);
      w.runUntil(w.now + step * 0.1);
      w.step(ship, { type: 'stop' });
      const { flow } = ship;
      // From now on nothing is heard of what becomes durable.
      ship.flow = undefined;
      w.runUntil(w.now + 100);
      ship.flow = flow;
      w.crash(ship);
      w.start(ship);
      w.runUntil(w.now + 60_000);
      expect(stateOf(central), `step ${step}`).toBe('succeeded');
      expect(answer(central), `step ${step}`).toBeGreaterThan(1_000_000);
    }
  });

  test('large output - a process that crashes at any point of it begins anew, and it arrives once', () => {
    for (let at = 0; at < 24; at += 1) {
      const { w, central, ship } = begun();
      let reached = 0;
      let done = false;
      w.faultPoint = (node, { process, point }) => {
        if (done || node !== ship || !process.startsWith('run ') || point !== 'commit') return;
        reached += 1;
        if (reached <= at) return;
        done = true;
        throw new Error('planned');
      };
      w.runUntil(60_000);
      expect(stateOf(central), `point ${at}`).toBe('succeeded');
      expect(answer(central), `point ${at}`).toBeLessThan(2_000_000);
      expect(ship.store.look().transfers.size, `point ${at}`).toBe(0);
    }
  });
});
