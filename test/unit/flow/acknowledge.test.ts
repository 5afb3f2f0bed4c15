import { expect, test } from 'vitest';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

/** Two nodes that have exchanged a message, and what leaves the ship from then on. */
function pair(methodMs: number): {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
  readonly fromShip: readonly { readonly at: number; readonly what: 'ack' | 'batch' }[];
} {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 0, methodMs: 1 });
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(1_000);
  w.faults = { ...w.faults, methodMs };
  const fromShip: { at: number; what: 'ack' | 'batch' }[] = [];
  w.tap = (subject) => {
    if (subject === 'steward-ack.central.ship1') fromShip.push({ at: w.now, what: 'ack' });
    else if (subject.startsWith('steward.central.')) fromShip.push({ at: w.now, what: 'batch' });
  };
  return { w, central, ship, fromShip };
}

test('acknowledge - the word of a short command leaves with its reply, and before it', () => {
  const { w, central, fromShip } = pair(5);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(3_000);
  expect(fromShip.map(({ what }) => what)).toEqual(['ack', 'batch']);
  expect(fromShip[0]?.at).toBe(fromShip[1]?.at);
  expect(central.store.contents().outbox.at(-1)).toMatchObject({ state: 'succeeded', open: false });
  expect(central.store.contents().outbox.at(-1)?.deliveredAt).not.toBeNull();
});

test('acknowledge - the word of a long command does not wait for it', () => {
  const { w, central } = pair(5_000);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 30);
  expect(central.store.contents().outbox.at(-1)?.state).toBe('delivered');
});

test('acknowledge - a node that stops, or asks, does not wait', () => {
  const { w, central, ship, fromShip } = pair(5_000);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  const before = ship.store.contents().inbox.length;
  while (ship.store.contents().inbox.length === before) w.runUntil(w.now + 0.05);
  expect(fromShip).toEqual([]);
  w.step(ship, { type: 'stop' });
  expect(fromShip.map(({ what }) => what)).toEqual(['ack']);
});

test('acknowledge - many are acknowledged at once', () => {
  const { w, central, ship, fromShip } = pair(5_000);
  w.submit(
    central,
    Array.from({ length: 40 }, () => draft('ship1', 'cliCommand')),
  );
  const before = ship.store.contents().inbox.length;
  while (ship.store.contents().inbox.length === before) w.runUntil(w.now + 0.05);
  expect(fromShip.map(({ what }) => what)).toEqual(['ack']);
});
