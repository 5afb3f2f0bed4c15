// A run that was to be taken up again, and whose body is found damaged, ends; what it held is free.
import { expect, test } from 'vitest';
import { requests } from '../../support/simulated-history.ts';
import { draft } from '../../support/simulated-methods.ts';
import { SimulatedWorld } from '../../support/simulated-world.ts';

test('damaged body - a file that it was to be appended to is free for the next one', () => {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 1, methodMs: 1_000 });
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  const body = Buffer.alloc(100_000, 'steward ');
  w.submit(central, [{ ...draft('ship1', 'fileAppend', { bodySize: body.length }), body }]);
  const started = (): boolean =>
    ship.store.contents().inbox.some(({ state, mark }) => state === 'started' && mark !== null);
  while (!started() && w.now < 10_000) w.runUntil(w.now + 1);
  expect(started()).toBe(true);
  w.crash(ship);
  const [first] = w.accepted;
  ship.store.apply([{ op: 'pieces-drop', owner: { box: 'in', sender: 'central', id: first?.id ?? '' } }]);
  w.start(ship);
  w.submit(central, [{ ...draft('ship1', 'fileAppend', { bodySize: 6 }), body: Buffer.from('after\n') }]);
  w.runUntil(w.now + 60_000);
  const [damaged, next] = requests(central);
  expect(damaged).toMatchObject({ state: 'failed', reason: 'its body is damaged in the store of this node' });
  expect(next).toMatchObject({ state: 'succeeded' });
});
