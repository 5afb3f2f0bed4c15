// A message with a key takes the place of those before it that have not started.
import { expect, test } from 'vitest';
import { draft, SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';

const calm: Faults = { loss: 0, duplicate: 0, delayMs: 5, methodMs: 50 };

const sent = (node: SimulatedNode): readonly string[] =>
  node.store
    .contents()
    .outbox.filter(({ isReply, lane }) => !isReply && lane !== 'control')
    .map(({ to, key, state }) => `${to} ${key ?? '-'} ${state}`);
const idsOf = (node: SimulatedNode): readonly string[] =>
  node.store
    .contents()
    .outbox.filter(({ isReply, lane }) => !isReply && lane !== 'control')
    .map(({ id }) => id);
const runsOf = (w: SimulatedWorld, node: SimulatedNode): readonly number[] =>
  idsOf(node).map((id) => w.runs.filter((run) => run.id === id).length);

test('supersede - of what waits for an absent node only the newest of a key goes', () => {
  const w = new SimulatedWorld(1, calm);
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.runUntil(500);
  const one = (to: string, key?: string) => draft(to, 'cliCommand', key === undefined ? {} : { key });
  w.submit(central, [one('ship1', 'a'), one('ship1', 'b'), one('ship2', 'a'), one('ship1')]);
  w.runUntil(w.now + 500);
  // Two of one submission do not meet.
  w.submit(central, [one('ship1', 'a'), one('ship1', 'a')]);
  w.runUntil(w.now + 500);
  const [, , , , , last = ''] = idsOf(central);
  expect(sent(central)).toEqual([
    'ship1 a cancelled',
    'ship1 b queued',
    'ship2 a queued',
    'ship1 - queued',
    'ship1 a queued',
    'ship1 a queued',
  ]);
  expect(central.store.contents().outbox[0]?.reason).toBe(`superseded by ${last}`);
  expect(central.flow?.waiting().outbox.of('ship1').messages).toBe(4);
  w.submit(central, [one('ship1', 'a')]);
  w.start(ship);
  w.runUntil(w.now + 10_000);
  expect(runsOf(w, central)).toEqual([0, 1, 0, 1, 0, 0, 1]);
});

test('supersede - what waits at its node is removed there, what runs goes on', () => {
  const w = new SimulatedWorld(1, calm);
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  w.faults = { ...calm, methodMs: 5_000 };
  const one = () => draft('ship1', 'cliCommand', { key: 'a' });
  w.submit(central, [one()]);
  w.runUntil(w.now + 1_000);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.submit(central, [one()]);
  w.runUntil(w.now + 500);
  expect(sent(central)).toEqual(['ship1 a running', 'ship1 - delivered', 'ship1 a delivered']);
  w.submit(central, [one()]);
  w.runUntil(w.now + 60_000);
  expect(sent(central)).toEqual(['ship1 a succeeded', 'ship1 - succeeded', 'ship1 a cancelled', 'ship1 a succeeded']);
  expect(runsOf(w, central)).toEqual([1, 1, 0, 1]);
});

test('supersede - whoever dies when, one of a key runs after the other or not at all, and the newest does', () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    const w = new SimulatedWorld(seed, { loss: 0.2, duplicate: 0.2, delayMs: 50, methodMs: 100 });
    const [central, ship] = [w.add('central'), w.add('ship1')];
    w.start(central);
    w.start(ship);
    w.runUntil(500);
    for (let round = 0; round < 5; round += 1) {
      w.submit(central, [draft('ship1', 'cliCommand', { key: 'a', rerun: 'always' })]);
      w.runUntil(w.now + w.random.next() * 200);
      const node = w.random.next() < 0.5 ? ship : central;
      w.crash(node);
      w.runUntil(w.now + w.random.next() * 100);
      w.start(node);
      w.runUntil(w.now + w.random.next() * 200);
    }
    w.submit(central, [draft('ship1', 'cliCommand', { key: 'a', rerun: 'always' })]);
    w.runUntil(w.now + 600_000);
    const states = sent(central);
    expect(states.at(-1), `seed ${seed}`).toBe('ship1 a succeeded');
    for (const state of states) expect(['ship1 a succeeded', 'ship1 a cancelled'], `seed ${seed}`).toContain(state);
    const runs = runsOf(w, central);
    states.forEach((state, index) => {
      if (state === 'ship1 a succeeded') expect(runs[index], `seed ${seed}`).toBeGreaterThan(0);
    });
  }
});

test('supersede - what has started goes on, also where its sender has not heard yet that it was accepted', () => {
  const w = new SimulatedWorld(1, { ...calm, delayMs: 0, methodMs: 300 });
  const [central, ship] = [w.add('central'), w.add('ship1')];
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 2_000);
  w.submit(central, [draft('ship1', 'cliCommand', { key: 'a' })]);
  while (w.runs.length < 2) w.runUntil(w.now + 0.05);
  w.submit(central, [draft('ship1', 'cliCommand', { key: 'a' })]);
  w.runUntil(w.now + 5_000);
  expect(sent(central)).toEqual(['ship1 - succeeded', 'ship1 a succeeded', 'ship1 a succeeded']);
  expect(runsOf(w, central)).toEqual([1, 1, 1]);
});
