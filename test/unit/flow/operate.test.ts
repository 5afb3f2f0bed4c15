// The operator's own methods: what they list, stop and start.
import { expect, test } from 'vitest';
import type { ProcessRow } from '../../../src/model/process-row.ts';
import type { MethodName } from '../../../src/model/method-name.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

function two(): { readonly w: SimulatedWorld; readonly central: SimulatedNode; readonly ship: SimulatedNode } {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 50 });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  return { w, central, ship };
}

function order(
  w: SimulatedWorld,
  central: SimulatedNode,
  method: 'opProcessList' | 'opProcessStart' | 'opProcessStop',
  args: readonly string[],
): { state: string; reason: string | undefined } {
  w.submit(central, [draft('ship1', method, { args })]);
  w.runUntil(w.now + 2_000);
  const record = central.store
    .contents()
    .outbox.filter(({ isReply }) => !isReply)
    .at(-1);
  const outcome = JSON.parse(record?.outcome ?? '{}') as { reason?: string };
  return { state: record?.state ?? '', reason: outcome.reason };
}

function rows(node: SimulatedNode): readonly ProcessRow[] {
  return node.flow?.processes() ?? [];
}

const statesOf = (node: SimulatedNode, lane: string): readonly string[] =>
  node.store
    .contents()
    .outbox.filter((record) => record.lane === lane && !record.isReply)
    .map(({ state }) => state);

test('processes - a lane with work has one, and what runs is named with its message; an idle lane has none', () => {
  const { w, central, ship } = two();
  w.faults = { ...w.faults, methodMs: 1e9 };
  w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand'), draft('away', 'ping')]);
  w.runUntil(w.now + 2_000);
  expect(
    rows(ship).map(({ process, state, mailbox }) => [process.replace(/ central\/.*/, ''), state, mailbox]),
  ).toEqual([
    ['run', 'running', 1],
    ['subscriber central cliCommand', 'running', 1],
  ]);
  expect(rows(central)).toMatchObject([{ process: 'publisher away ping', state: 'waiting', waiting: 'node offline' }]);
});

test('processes - one that was stopped accepts nothing until it is started, across a restart of its node, and nothing is lost', () => {
  const { w, central, ship } = two();
  expect(order(w, central, 'opProcessStop', ['subscriber', 'REQCliCommand']).state).toBe('succeeded');
  w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'ping')]);
  w.runUntil(w.now + 5_000);
  w.crash(ship);
  w.start(ship);
  w.runUntil(w.now + 5_000);
  expect([statesOf(central, 'cliCommand'), statesOf(central, 'ping')]).toEqual([['queued'], ['succeeded']]);
  expect(order(w, central, 'opProcessStart', ['subscriber', 'cliCommand']).state).toBe('succeeded');
  w.runUntil(w.now + 120_000);
  expect(statesOf(central, 'cliCommand')).toEqual(['succeeded']);
});

test('processes - a subscriber takes messages only from the senders that it was started for', () => {
  const { w, central } = two();
  expect(order(w, central, 'opProcessStart', ['subscriber', 'cliCommand', 'from', 'other,another']).state).toBe(
    'succeeded',
  );
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 2_000);
  const record = central.store.contents().outbox.find(({ lane }) => lane === 'cliCommand');
  expect([record?.state, record?.reason]).toEqual(['rejected', 'this node takes no cliCommand from central']);
  expect(order(w, central, 'opProcessStart', ['subscriber', 'cliCommand']).state).toBe('succeeded');
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 2_000);
  expect(statesOf(central, 'cliCommand')).toEqual(['rejected', 'succeeded']);
});

test('processes - one lane past its intensity is started again by its name, and what waited runs once, in order', () => {
  const { w, central, ship } = two();
  let poisoned = true;
  w.faultPoint = (node, { process, point }) => {
    if (poisoned && node === ship && process === 'subscriber central cliCommand' && point === 'commit')
      throw new Error('poison');
  };
  w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 120_000);
  expect(rows(ship)).toMatchObject([{ process: 'subscriber central cliCommand', state: 'stopped', restarts: 5 }]);
  expect(rows(ship)[0]?.waiting).toMatch(/^it crashed 6 times within 60 s: poison$/);
  poisoned = false;
  expect(order(w, central, 'opProcessStart', ['subscriber', 'central', 'cliCommand']).state).toBe('succeeded');
  w.runUntil(w.now + 120_000);
  expect(statesOf(central, 'cliCommand')).toEqual(['succeeded', 'succeeded', 'succeeded']);
  const sent = central.store.contents().outbox.filter(({ lane }) => lane === 'cliCommand');
  const ids = sent.map(({ id }) => id);
  expect(w.runs.map(({ id }) => id).filter((id) => ids.includes(id))).toEqual(ids);
});

test('processes - what cannot be done is said: a process that is not there, a run, and the method that starts others', () => {
  const { w, central } = two();
  expect(order(w, central, 'opProcessStop', ['subscriber', 'central', 'nothing'])).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/there is no process "subscriber central nothing" on ship1/) as string,
  });
  expect(order(w, central, 'opProcessStop', ['run', 'central/1']).reason).toMatch(/cannot be stopped/);
  expect(order(w, central, 'opProcessStop', ['subscriber', 'opProcessStart']).reason).toMatch(/is always taken/);
});

test('processes - a lane that is stopped there costs next to nothing, its sender says why it waits, and goes on at once', () => {
  const { w, central } = two();
  order(w, central, 'opProcessStop', ['subscriber', 'cliCommand']);
  w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'ping')]);
  w.runUntil(w.now + 5_000);
  let published = 0;
  w.tap = () => (published += 1);
  w.runUntil(w.now + 3_600_000);
  // A question and its answer at pauses that grow to five minutes.
  expect(published).toBeLessThan(60);
  expect(rows(central)).toMatchObject([{ state: 'waiting', waiting: 'its process there is stopped' }]);
  order(w, central, 'opProcessStart', ['subscriber', 'cliCommand']);
  expect(statesOf(central, 'cliCommand')).toEqual(['succeeded']);
});

test('processes - what rests between two attempts is not given another one by a start', () => {
  const runs = Array.from({ length: 400 }, (_none, step) => {
    const { w, central } = two();
    const runsOf = (): number => w.runs.filter(({ message }) => message.method === 'cliCommand').length;
    w.fails = () => runsOf() === 1;
    w.submit(central, [draft('ship1', 'cliCommand', { methodRetries: 1, methodRetryWaitMs: 0 })]);
    w.runUntil(w.now + step / 5);
    w.submit(central, [draft('ship1', 'opProcessStart', { args: ['subscriber', 'cliCommand'] })]);
    w.runUntil(w.now + 60_000);
    return [runsOf(), statesOf(central, 'cliCommand')];
  });
  expect(new Set(runs.map((run) => JSON.stringify(run)))).toEqual(new Set(['[2,["succeeded"]]']));
});

test('processes - a slot of a run that crashed is offered to the next', () => {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 500 });
  const [ship, ...senders] = ['ship1', 'central', 'second', 'third'].map((name) => w.add(name));
  if (ship !== undefined) ship.limits = { runningTotal: 1 };
  for (const node of w.nodes.values()) w.start(node);
  w.runUntil(500);
  let done = false;
  w.faultPoint = (node, { process, point }) => {
    if (done || node !== ship || !process.startsWith('run second/') || point !== 'run') return;
    done = true;
    throw new Error('planned');
  };
  for (const sender of senders) {
    w.submit(sender, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 50);
  }
  w.runUntil(w.now + 3_600_000);
  expect(done).toBe(true);
  expect(senders.map((sender) => statesOf(sender, 'cliCommand'))).toEqual([
    ['succeeded'],
    ['succeeded'],
    ['succeeded'],
  ]);
});

test('processes - a lane is not held for a process that was stopped in a store that is lost', () => {
  const { w, central, ship } = two();
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 2_000);
  order(w, central, 'opProcessStop', ['subscriber', 'cliCommand']);
  w.submit(central, [draft('ship1', 'cliCommand', { rerun: 'always' })]);
  w.runUntil(w.now + 2_000);
  w.replaceStore(ship, new MemoryStore());
  w.start(ship);
  w.runUntil(w.now + 86_400_000);
  expect(statesOf(central, 'cliCommand')).toEqual(['succeeded', 'succeeded']);
});

test('processes - what a failed step gave a position, and never left, expires', () => {
  const { w, central, ship } = two();
  let done = false;
  w.unlink(central);
  w.submit(central, [draft('ship1', 'cliCommand', { expiresMs: 60_000 })]);
  w.faultPoint = (node, { process, point }) => {
    if (done || node !== central || process !== 'publisher ship1 cliCommand' || point !== 'commit') return;
    done = true;
    w.crash(ship);
    throw new Error('planned');
  };
  w.link(central);
  w.runUntil(w.now + 86_400_000);
  expect(done).toBe(true);
  expect(statesOf(central, 'cliCommand')).toEqual(['expired']);
});

test('processes - the lane that starts others cannot be stopped', () => {
  const { w, central } = two();
  order(w, central, 'opProcessStop', ['subscriber', 'cliCommand']);
  order(w, central, 'opProcessStart', ['subscriber', 'ping']);
  expect(order(w, central, 'opProcessStop', ['subscriber', 'central', 'opProcessStart']).state).toBe('failed');
  expect(order(w, central, 'opProcessStart', ['subscriber', 'cliCommand']).state).toBe('succeeded');
});

test('processes - a publisher that was stopped sends nothing that is submitted then, until it is started', () => {
  const { w, central } = two();
  w.faults = { ...w.faults, methodMs: 10_000 };
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 500);
  const stop = (method: 'opProcessStop' | 'opProcessStart'): void => {
    w.submit(central, [draft('central', method, { args: ['publisher', 'ship1', 'cliCommand'] })]);
    w.runUntil(w.now + 500);
  };
  stop('opProcessStop');
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 60_000);
  expect(statesOf(central, 'cliCommand').at(-1)).toBe('queued');
  stop('opProcessStart');
  w.runUntil(w.now + 60_000);
  expect(statesOf(central, 'cliCommand')).toEqual(['succeeded', 'succeeded']);
});

test('processes - a lane that is stopped at the end of a run keeps no slot from the others', () => {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 50 });
  const [ship, central, second] = ['ship1', 'central', 'second'].map((name) => w.add(name));
  if (ship === undefined || central === undefined || second === undefined) throw new Error('three nodes');
  ship.limits = { runningTotal: 1 };
  for (const node of w.nodes.values()) w.start(node);
  w.runUntil(500);
  let poisoned = true;
  const hasRun = (): boolean => w.runs.some(({ message }) => message.from === 'central');
  w.faultPoint = (node, { process, point }) => {
    if (poisoned && node === ship && process.startsWith('run central/') && point === 'commit' && hasRun())
      throw new Error('poison');
  };
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 10_000);
  expect(rows(ship).map(({ process, state }) => [process.slice(0, 10), state])).toEqual([
    ['run centra', 'running'],
    ['subscriber', 'stopped'],
  ]);
  w.submit(second, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 10_000);
  expect(statesOf(second, 'cliCommand')).toEqual(['succeeded', 'succeeded']);
  poisoned = false;
  order(w, central, 'opProcessStart', ['subscriber', 'central', 'cliCommand']);
  w.submit(second, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 10_000);
  expect([statesOf(central, 'cliCommand'), statesOf(second, 'cliCommand').at(-1)]).toEqual([
    ['succeeded'],
    'succeeded',
  ]);
  expect(w.runs.filter(({ message }) => message.method === 'cliCommand').length).toBe(4);
});

test('orders - they reach a node that takes nothing more of this sender, and end what fills it', () => {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 1e12 });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  ship.limits = { inboxMessages: 10 };
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  w.submit(
    central,
    Array.from({ length: 40 }, () => draft('ship1', 'cliCommand')),
  );
  w.runUntil(w.now + 10_000);
  expect(statesOf(central, 'cliCommand').filter((state) => state === 'queued').length).toBeGreaterThan(20);
  expect(order(w, central, 'opProcessStop', ['subscriber', 'cliCommand']).state).toBe('succeeded');
});

test('orders - a queue that is full of other messages takes them, up to a bound of their own', () => {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 50 });
  const central = w.add('central');
  central.limits = { queuedMessagesPerNode: 2, queuedMessages: 3 };
  w.start(central);
  w.runUntil(500);
  const sent = (method: MethodName, count: number): string => {
    let answer = '';
    const args = method === 'opProcessStop' ? ['subscriber', 'cliCommand'] : [];
    const drafts = Array.from({ length: count }, () => draft('ship1', method, { args }));
    w.submit(central, drafts, (given) => (answer = given.type));
    w.runUntil(w.now + 100);
    return answer;
  };
  expect(['cliCommand', 'cliCommand'].map(() => sent('cliCommand', 1))).toEqual(['accepted', 'accepted']);
  expect([sent('cliCommand', 1), sent('opProcessStop', 1)]).toEqual(['refused', 'accepted']);
  expect([sent('opProcessStop', 999), sent('opProcessStop', 1)]).toEqual(['accepted', 'refused']);
});

test('orders - a node that was away carries them out in the order in which they were given', () => {
  const states = Array.from({ length: 20 }, (_none, seed) => {
    const w = new SimulatedWorld(seed, { loss: 0.2, duplicate: 0.2, delayMs: 200, methodMs: 50 });
    const [central, ship] = [w.add('central'), w.add('ship1')];
    w.start(central);
    w.runUntil(500);
    for (const method of ['opProcessStop', 'opProcessStart', 'opProcessStop', 'opProcessStart'] as const)
      w.submit(central, [draft('ship1', method, { args: ['subscriber', 'cliCommand'] })]);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(w.now + 60_000);
    w.start(ship);
    w.runUntil(w.now + 3_600_000);
    return statesOf(central, 'cliCommand')[0];
  });
  expect(new Set(states)).toEqual(new Set(['succeeded']));
});

test('orders - each of several that arrive together is carried out, of whatever kind they are', () => {
  const { w, central } = two();
  w.submit(central, [
    draft('ship1', 'opCancel', { args: ['01j9zq3k5w7m2x4c6v8b'] }),
    draft('ship1', 'opProcessList'),
    draft('ship1', 'opSchedule'),
  ]);
  w.runUntil(w.now + 2_000);
  const ends = central.store.contents().outbox.map(({ outcome }) => JSON.parse(outcome ?? '{}') as object);
  expect(ends).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }, { state: 'succeeded' }]);
});

test('processes - a lost word that a process was started again is asked for, also where its node was full meanwhile', () => {
  const { w, central, ship } = two();
  order(w, central, 'opProcessStop', ['subscriber', 'cliCommand']);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 5_000);
  expect(rows(central)).toMatchObject([{ waiting: 'its process there is stopped' }]);
  ship.full = true;
  w.submit(central, [draft('ship1', 'ping')]);
  w.runUntil(w.now + 5_000);
  w.freeDisk(ship);
  w.runUntil(w.now + 60_000);
  expect(statesOf(central, 'ping')).toEqual(['succeeded']);
  w.faults = { ...w.faults, loss: 1 };
  w.submit(ship, [draft('ship1', 'opProcessStart', { args: ['subscriber', 'cliCommand'] })]);
  w.runUntil(w.now + 5_000);
  w.faults = { ...w.faults, loss: 0 };
  w.runUntil(w.now + 900_000);
  expect(statesOf(central, 'cliCommand')).toEqual(['succeeded']);
});

test('processes - a method that the operator has stopped, or keeps from some senders, is listed, also after a restart', () => {
  const { w, central, ship } = two();
  order(w, central, 'opProcessStop', ['subscriber', 'cliCommand']);
  order(w, central, 'opProcessStart', ['subscriber', 'ping', 'from', 'other,another']);
  w.crash(ship);
  w.start(ship);
  w.runUntil(w.now + 1_000);
  expect(rows(ship)).toMatchObject([
    {
      process: 'subscriber cliCommand',
      state: 'stopped',
      node: '*',
      waiting: 'the operator has stopped it: what comes waits',
    },
    { process: 'subscriber ping', state: 'idle', waiting: 'it refuses all but other, another' },
  ]);
  order(w, central, 'opProcessStart', ['subscriber', 'cliCommand']);
  order(w, central, 'opProcessStart', ['subscriber', 'ping']);
  expect(rows(ship)).toEqual([]);
});
