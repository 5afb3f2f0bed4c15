// A copy of a running sender: what waited when it was made may have been sent by it.
import { expect, test } from 'vitest';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { draft } from '../../support/simulated-world.ts';
import { calm, ran, up, worldOf } from '../../support/chain.ts';

test('sender copied - what the copy has sent does not run once more for the original', () => {
  const { w, nodes } = worldOf({ faults: calm }, 'central', 'ship1');
  const [central, ship] = nodes;
  up(w, nodes);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 5_000);
  // It hears of a new life of its receiver, and not yet where that stands: nothing leaves.
  w.crash(ship);
  w.tap = (subject) => {
    if (subject.startsWith('steward.ship1.') && ship.flow !== undefined) central.deaf = true;
  };
  w.start(ship);
  w.runUntil(w.now + 4_000);
  w.tap = undefined;
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 1_000);
  const twin = w.addTwin(central, new MemoryStore(central.store));
  w.start(twin);
  w.runUntil(w.now + 5_000);
  w.crash(twin);
  const rows = () => central.store.contents().outbox.filter(({ isReply }) => !isReply);
  expect(rows().map(({ state }) => state)).toEqual(['succeeded', 'queued']);
  central.deaf = false;
  w.runUntil(w.now + 120_000);
  const [, command] = rows();
  expect(ran(w, command?.id ?? '')).toBe(1);
  expect(command?.state).toBe('unknown');
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 60_000);
  expect(rows().at(-1)?.state).toBe('succeeded');
});
