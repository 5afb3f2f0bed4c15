// Orders of events in which a cancel could be lost, or mean more than it should.
import { expect, test } from 'vitest';
import type { QueueFilter } from '../../../src/model/queue-filter.ts';
import { draft, SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';

const calm: Faults = { loss: 0, duplicate: 0, delayMs: 5, methodMs: 50 };
const endless: Faults = { ...calm, methodMs: 1e9 };

function two(seed = 1): { readonly w: SimulatedWorld; readonly central: SimulatedNode; readonly ship: SimulatedNode } {
  const w = new SimulatedWorld(seed, calm);
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  return { w, central, ship };
}

function cancel(w: SimulatedWorld, node: SimulatedNode, of: { filter: QueueFilter; running: boolean }): void {
  w.step(node, { type: 'cancel', ...of, reason: 'cancelled by operator', answer: () => undefined });
}

const sent = (node: SimulatedNode): readonly { readonly id: string; readonly state: string }[] =>
  node.store.contents().outbox.filter(({ isReply, lane }) => !isReply && lane !== 'control');
const states = (node: SimulatedNode): readonly string[] => sent(node).map(({ state }) => state);
const runsOf = (w: SimulatedWorld, node: SimulatedNode): readonly number[] =>
  sent(node).map(({ id }) => w.runs.filter((run) => run.id === id).length);

test('cancel - of a submission that is just being made durable leaves nothing of it in memory', () => {
  const { w, central } = two();
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 3_000);
  // The second one gets no position before the first one is durable.
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  cancel(w, central, { filter: { to: 'ship1' }, running: false });
  w.runUntil(w.now + 5_000);
  expect(states(central)[2]).toBe('cancelled');
  expect(runsOf(w, central)[2]).toBe(0);
  expect(central.flow?.waiting().outbox.of('ship1').messages).toBe(0);
});

test('cancel - a second clear does not take back the orders of the first one, whatever it names', () => {
  for (const second of [{ to: 'ship1' }, {}, { lane: 'control' }]) {
    const { w, central, ship } = two();
    w.faults = endless;
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 1_000);
    w.unlink(ship);
    w.runUntil(w.now + 5_000);
    cancel(w, central, { filter: { to: 'ship1' }, running: false });
    w.runUntil(w.now + 1_000);
    cancel(w, central, { filter: second, running: false });
    const orders = central.store.contents().outbox.filter(({ lane }) => lane === 'control');
    cancel(w, central, { filter: { ids: orders.map(({ id }) => id) }, running: true });
    w.runUntil(w.now + 1_000);
    w.link(ship);
    w.runUntil(w.now + 60_000);
    expect(states(central)).toEqual(['running', 'cancelled']);
    expect(runsOf(w, central)).toEqual([1, 0]);
  }
});

test('cancel - a clear lets go on what runs by the time its order comes', () => {
  const { w, central, ship } = two();
  w.faults = { ...calm, methodMs: 20_000 };
  w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 1_000);
  w.unlink(ship);
  w.faults = endless;
  w.runUntil(w.now + 60_000);
  expect(runsOf(w, central)).toEqual([1, 1, 0]);
  cancel(w, central, { filter: { to: 'ship1' }, running: false });
  w.runUntil(w.now + 1_000);
  w.link(ship);
  w.runUntil(w.now + 20_000);
  expect(states(central)).toEqual(['succeeded', 'running', 'cancelled']);
  // By its id it is ended.
  cancel(w, central, { filter: { ids: [sent(central)[1]?.id ?? ''] }, running: true });
  w.runUntil(w.now + 20_000);
  expect(states(central)).toEqual(['succeeded', 'cancelled', 'cancelled']);
  const reply = central.store.contents().outbox.find(({ id }) => id === sent(central)[2]?.id);
  expect(reply?.outcome).toContain('cancelled by operator');
});

test('cancel - a second order, in other words, changes nothing of what the first one ends', () => {
  const { w, central } = two();
  w.faults = endless;
  w.endingMs = 2_000;
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 1_000);
  const filter = { ids: [sent(central)[0]?.id ?? ''] };
  for (const reason of ['cancelled by one', 'cancelled by other'])
    w.step(central, { type: 'cancel', filter, running: true, reason, answer: () => undefined });
  w.runUntil(w.now + 10_000);
  expect(states(central)).toEqual(['cancelled']);
  const [row] = central.store.contents().outbox;
  expect(row?.outcome).toContain('cancelled by one');
});

test('cancel - that comes between the end of a run and its rest is not forgotten', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const { w, central, ship } = two(seed);
    w.faults = { ...calm, methodMs: 20 };
    w.fails = () => true;
    w.submit(central, [draft('ship1', 'cliCommand', { rerun: 'always', methodRetries: 60, methodRetryWaitMs: 5 })]);
    w.runUntil(w.now + 300);
    cancel(w, central, { filter: { ids: [sent(central)[0]?.id ?? ''] }, running: true });
    const isKept = (): boolean => ship.store.contents().inbox.some(({ cancel: kept }) => kept !== null);
    for (let step = 0; step < 2_000 && !isKept(); step += 1) w.runUntil(w.now + 0.1);
    const [before = 0] = runsOf(w, central);
    const kept = isKept();
    w.runUntil(w.now + 5_000);
    if (kept) expect(runsOf(w, central), `seed ${seed}`).toEqual([before]);
    // Or it had just ended by itself.
    expect(['cancelled', 'failed'], `seed ${seed}`).toContain(states(central)[0]);
  }
});
