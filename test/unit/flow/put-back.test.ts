import { expect, test } from 'vitest';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

/** Central has accepted a reply that is to be appended to a file, and is stopped at the moment that `when` names. */
function stopped(when: (central: SimulatedNode) => boolean, retry = 0): { w: SimulatedWorld; central: SimulatedNode } {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 0, methodMs: 1, retry });
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  while (!when(central)) w.runUntil(w.now + 0.05);
  w.step(central, { type: 'stop' });
  w.runUntil(w.now + 100);
  w.crash(central);
  return { w, central };
}

test('put back - an append that had not begun at the stop chooses its place anew', () => {
  // Its mark is on its way to the disk.
  const { w, central } = stopped((node) => node.locks.size > 0);
  expect(central.store.contents().inbox).toMatchObject([{ state: 'accepted', mark: null }]);
  central.files.set('ship1/answers', 'meanwhile\n');
  w.start(central);
  w.runUntil(w.now + 5_000);
  expect(central.files.get('ship1/answers')).toMatch(/^meanwhile\n01/);
});

test('put back - an append that may have begun keeps its place, and holds its file in the next life', () => {
  const { w, central } = stopped((node) => node.store.contents().inbox.some(({ state }) => state === 'started'), 1);
  expect(central.store.contents().inbox).toMatchObject([{ state: 'accepted', mark: '{"stdout":0,"stderr":0}' }]);
  w.faults = { ...w.faults, retry: 0 };
  w.start(central);
  while (central.locks.size === 0) w.runUntil(w.now + 0.05);
  expect([...central.locks.values()]).toEqual(['ship1/answers']);
  expect(w.runs.filter(({ node }) => node === 'central')).toEqual([]);
  w.runUntil(w.now + 5_000);
  expect(central.files.get('ship1/answers')).toMatch(/^01[0-9a-z]{18}\n$/);
});
