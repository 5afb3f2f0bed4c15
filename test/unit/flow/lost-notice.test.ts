// Who watches messages hears that a whole lane was lost: no message of it has a word of its own.
import { expect, test } from 'vitest';
import type { Notice } from '../../../src/flow/effect.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { requests } from '../../support/simulated-history.ts';
import { draft } from '../../support/simulated-methods.ts';
import { SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

const slow = { loss: 0, duplicate: 0, delayMs: 1, methodMs: 60_000 };

function started(): { w: SimulatedWorld; central: SimulatedNode; ship: SimulatedNode } {
  const w = new SimulatedWorld(1, slow);
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  return { w, central, ship };
}

/** What the node says of lost lanes from now on, and whether the store showed it by then. */
function lossesOf(node: SimulatedNode): { to: string | null; states: readonly string[] }[] {
  const { flow } = node;
  if (flow === undefined) throw new Error(`${node.name} does not run`);
  const losses: { to: string | null; states: readonly string[] }[] = [];
  const step = flow.step.bind(flow);
  const hear = (notice: Notice): void => {
    if (notice.type !== 'lost') return;
    losses.push({ to: notice.to, states: requests(node).map(({ state }) => state) });
  };
  flow.step = (event) => {
    const effects = step(event);
    for (const effect of effects) if (effect.type === 'notice') hear(effect.notice);
    return effects;
  };
  return losses;
}

test('lost lanes - are told of when the receiver lost its store, once the loss can be read', () => {
  const { w, central, ship } = started();
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(200);
  const losses = lossesOf(central);
  w.replaceStore(ship, new MemoryStore());
  w.start(ship);
  w.runUntil(w.now + 5_000);
  expect(losses).toEqual([{ to: 'ship1', states: ['unknown'] }]);
});

test('lost lanes - are told of when the sender was put back in time, once the loss can be read', () => {
  const { w, central } = started();
  const copy = new MemoryStore(central.store);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(200);
  w.replaceStore(central, copy);
  w.start(central);
  w.runUntil(w.now + 100);
  const losses = lossesOf(central);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 5_000);
  expect(losses).toEqual([{ to: 'ship1', states: ['unknown'] }]);
});

test('lost lanes - what a node did not know any more of all its messages is told, once it can be read', () => {
  const { w, central } = started();
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(500);
  const shortened = new MemoryStore(central.store);
  shortened.apply([{ op: 'meta', key: 'lost', value: '1' }]);
  w.replaceStore(central, shortened);
  const heard: (string | null)[] = [];
  w.hear = (node, notice) => {
    if (node !== 'central' || notice.type !== 'lost') return;
    heard.push(notice.to);
    expect(requests(central).map(({ state }) => state)).toEqual(['unknown']);
  };
  w.start(central);
  w.runUntil(w.now + 100);
  expect(heard[0]).toBeNull();
});

test('lost lanes - a process that crashed has lost none, and who follows its messages reads them again', () => {
  const { w, central } = started();
  const losses = lossesOf(central);
  const unheard: string[] = [];
  w.hear = (_node, notice) => {
    if (notice.type === 'unheard') unheard.push(notice.to);
  };
  let crashes = 1;
  w.faultPoint = (node, { process }) => {
    if (node !== central || crashes === 0 || !process.startsWith('publisher')) return;
    crashes -= 1;
    throw new Error('planned');
  };
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 1_000);
  expect({ crashes, losses, unheard }).toEqual({ crashes: 0, losses: [], unheard: ['ship1'] });
});
