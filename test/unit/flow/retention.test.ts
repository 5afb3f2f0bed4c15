import { expect, test } from 'vitest';
import type { OutboxRecord } from '../../../src/model/record.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

const minute = 60_000;
const hour = 60 * minute;
const keepMs = 2 * hour;
/** A row is stamped with a node time that may be a minute old, and looked for at most so often. */
const slackMs = 5 * minute;

function worldOf(retention: SimulatedWorld['retention'], ...names: readonly string[]): SimulatedWorld {
  const world = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 20 });
  world.retention = retention;
  for (const name of names) world.start(world.add(name));
  world.runUntil(1_000);
  return world;
}

function nodeOf(world: SimulatedWorld, name: string): SimulatedNode {
  const node = world.nodes.get(name);
  if (node === undefined) throw new Error(`there is no ${name}`);
  return node;
}

const requests = (node: SimulatedNode): readonly OutboxRecord[] =>
  node.store.contents().outbox.filter(({ isReply }) => !isReply);
const lines = (node: SimulatedNode): readonly string[] => [...node.files.values()].join('').split('\n').slice(0, -1);

test('retention - what is finished goes with its answer when it was kept for long enough, at both ends, and not before', () => {
  const world = worldOf({ keepMs, databaseBytes: null }, 'central', 'ship1');
  const [central, ship1] = [nodeOf(world, 'central'), nodeOf(world, 'ship1')];
  for (let count = 0; count < 10; count += 1) {
    world.submit(central, [draft('ship1', 'cliCommand')]);
    world.runUntil(world.now + minute);
  }
  const finishedAt = world.now;
  world.runUntil(finishedAt + keepMs - 11 * minute);
  expect(requests(central).length).toBe(10);
  expect(central.store.contents().inbox.length).toBe(10);
  world.runUntil(finishedAt + keepMs + 30 * minute);
  for (const node of [central, ship1]) expect(node.store.contents()).toEqual({ outbox: [], inbox: [] });
  expect(lines(central).length).toBe(10);
});

test('retention - what was finished after it had waited for long is kept for as long as anything else', () => {
  const world = worldOf({ keepMs, databaseBytes: null }, 'central');
  const central = nodeOf(world, 'central');
  world.submit(central, [draft('ship1', 'cliCommand')]);
  world.runUntil(10 * keepMs);
  expect(requests(central).map(({ state }) => state)).toEqual(['queued']);
  world.start(world.add('ship1'));
  world.runUntil(world.now + 5 * minute);
  world.submit(central, [draft('ship1', 'ping')]);
  world.runUntil(world.now + keepMs - 10 * minute);
  expect(requests(central).map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
  world.runUntil(world.now + 2 * keepMs + slackMs);
  expect(requests(central)).toEqual([]);
});

test('retention - over its quota a node keeps the newest of what is finished, and all that is not', () => {
  const world = worldOf({ keepMs: null, databaseBytes: 100 * 1024 }, 'central', 'ship1');
  const central = nodeOf(world, 'central');
  const submit = (to: string): void => world.submit(central, [draft(to, 'cliCommand')]);
  for (let count = 0; count < 20; count += 1) submit('absent');
  for (let count = 0; count < 300; count += 1) {
    submit('ship1');
    world.runUntil(world.now + 300);
    const { outbox, inbox } = central.store.contents();
    expect(outbox.length + inbox.length).toBeLessThan(100);
  }
  const kept = requests(central);
  expect(kept.filter(({ to }) => to === 'absent').length).toBe(20);
  const ords = kept.flatMap(({ to, ord }) => (to === 'ship1' ? [ord] : []));
  expect(ords.length).toBeGreaterThan(10);
  // The newest, without a gap.
  const first = ords[0] ?? 0;
  expect(ords).toEqual(ords.map((_ord, index) => first + index));
  expect(lines(central).length).toBe(300);
  // What is kept has its answer.
  const answers = new Set(central.store.contents().inbox.map(({ ord }) => ord));
  expect(kept.filter(({ answerOrd }) => answerOrd !== null && !answers.has(answerOrd))).toEqual([]);
});

test('retention - where nothing is finished, nothing goes, and that is said once', () => {
  const world = worldOf({ keepMs, databaseBytes: 30 * 1024 }, 'central');
  const central = nodeOf(world, 'central');
  for (let count = 0; count < 60; count += 1) {
    world.submit(central, [draft('absent', 'cliCommand')]);
    world.runUntil(world.now + 1_000);
  }
  expect(requests(central).length).toBe(60);
  expect(world.warnings.filter((text) => text.includes('nothing in it is finished')).length).toBe(1);
});

test('retention - an answer that comes when its request has been removed is handled, and removed in its turn', () => {
  const world = worldOf({ keepMs, databaseBytes: null }, 'central', 'ship1');
  const [central, ship1] = [nodeOf(world, 'central'), nodeOf(world, 'ship1')];
  world.submit(central, [draft('ship1', 'cliCommand', { ackTimeoutMs: 0 })]);
  // Its answer cannot leave.
  world.faults = { ...world.faults, methodMs: 500 };
  while (world.runs.length === 0) world.runUntil(world.now + 1);
  world.unlink(ship1);
  world.runUntil(world.now + minute);
  expect(requests(central).map(({ state }) => state)).toEqual(['sent']);
  world.submit(central, [draft('absent', 'cliCommand')]);
  world.runUntil(world.now + keepMs + hour);
  expect(requests(central).map(({ to }) => to)).toEqual(['absent']);
  world.link(ship1);
  world.runUntil(world.now + minute);
  expect(lines(central).length).toBe(1);
  world.submit(ship1, [draft('central', 'ping')]);
  world.runUntil(world.now + keepMs + hour);
  expect(central.store.contents().inbox.filter(({ lane }) => lane.includes('<'))).toEqual([]);
  expect(ship1.store.contents().outbox.filter(({ isReply }) => isReply)).toEqual([]);
});

test('retention - a sender that was put back sends again what was removed here: it runs no second time', () => {
  const world = worldOf({ keepMs, databaseBytes: null }, 'central', 'ship1');
  const [central, ship1] = [nodeOf(world, 'central'), nodeOf(world, 'ship1')];
  world.submit(central, [draft('ship1', 'cliCommand')]);
  world.runUntil(world.now + minute);
  world.unlink(central);
  world.submit(central, [draft('ship1', 'cliCommand')]);
  world.runUntil(world.now + 1_000);
  const copy = new MemoryStore(central.store);
  world.link(central);
  world.runUntil(world.now + minute);
  world.submit(central, [draft('ship1', 'cliCommand')]);
  world.runUntil(world.now + keepMs + hour);
  expect(ship1.store.contents().inbox).toEqual([]);
  world.replaceStore(central, copy);
  world.start(central);
  world.runUntil(world.now + hour);
  const commands = world.runs.filter(({ node, lane }) => node === 'ship1' && lane.endsWith('cliCommand'));
  expect(commands.length).toBe(3);
  expect(requests(central).map(({ open }) => open)).toEqual([false, false]);
});

test('retention - a restart gives no order twice, and goes on where it was', () => {
  const world = worldOf({ keepMs, databaseBytes: null }, 'central', 'ship1');
  const [central, ship1] = [nodeOf(world, 'central'), nodeOf(world, 'ship1')];
  for (let count = 0; count < 5; count += 1) world.submit(central, [draft('ship1', 'cliCommand')]);
  world.runUntil(world.now + keepMs + hour);
  expect(requests(central)).toEqual([]);
  for (const node of [central, ship1]) world.crash(node);
  for (const node of [central, ship1]) world.start(node);
  world.runUntil(world.now + minute);
  world.submit(central, [draft('ship1', 'cliCommand')]);
  world.runUntil(world.now + minute);
  expect(Math.max(...requests(central).map(({ ord }) => ord))).toBe(6);
  world.runUntil(world.now + keepMs + hour);
  expect(requests(central)).toEqual([]);
});
