import { expect, test } from 'vitest';
import { every } from '../../support/scheduled-ship.ts';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

/** A command of ship1 that does not end, accepted and not yet told of as running. */
function accepted(): { readonly w: SimulatedWorld; readonly central: SimulatedNode; readonly ship: SimulatedNode } {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  w.submit(central, [draft('ship1', 'ping')]);
  w.runUntil(3_000);
  w.faults = { ...w.faults, methodMs: 1e9 };
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 150);
  expect(stateOf(central)).toBe('delivered');
  return { w, central, ship };
}

const stateOf = (node: SimulatedNode): string | undefined => node.store.contents().outbox.at(-1)?.state;

test('running - a conversation that begins before a command is told of asks what runs', () => {
  const { w, central, ship } = accepted();
  // Its connection came back, and nothing that was lost with the old one is waited for.
  w.step(ship, { type: 'link-up' });
  w.runUntil(w.now + 1_000);
  expect(stateOf(central)).toBe('running');
});

test('running - the word of it that a lost connection has swallowed is said again', () => {
  const { w, central, ship } = accepted();
  w.unlink(ship);
  w.runUntil(w.now + 10_000);
  expect(stateOf(central)).toBe('delivered');
  w.link(ship);
  w.runUntil(w.now + 1_000);
  expect(stateOf(central)).toBe('running');
});

test('running - nobody asks any more when the answer has come, or when its receiver is away', () => {
  const { w, central, ship } = accepted();
  w.step(ship, { type: 'link-up' });
  w.runUntil(w.now + 5_000);
  let published = 0;
  w.tap = () => (published += 1);
  w.runUntil(w.now + 600_000);
  w.unlink(ship);
  w.runUntil(w.now + 600_000);
  expect(published).toBe(0);
  expect(stateOf(central)).toBe('running');
});

test('running - of a few hundred schedules that begin at once, the sender hears of each', () => {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(3_000);
  const schedule = every(3_600, 86_400);
  w.submit(
    central,
    Array.from({ length: 300 }, () => draft('ship1', 'cliCommand', { schedule })),
  );
  w.runUntil(w.now + 20_000);
  const states = central.store.contents().outbox.map(({ state }) => state);
  expect(states.filter((state) => state === 'running')).toHaveLength(300);
});
