import { expect, test } from 'vitest';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

interface Scene {
  readonly w: SimulatedWorld;
  readonly ship: SimulatedNode;
  readonly senders: Readonly<Record<'flood' | 'second' | 'third', SimulatedNode>>;
}

function scene(limits: SimulatedNode['limits'], methodMs = 50): Scene {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs });
  const [flood, second, third, ship] = [w.add('flood'), w.add('second'), w.add('third'), w.add('ship1')];
  ship.limits = limits;
  for (const node of [flood, second, third, ship]) w.start(node);
  w.runUntil(1_000);
  return { w, ship, senders: { flood, second, third } };
}

const commands = (count: number, unordered: boolean): ReturnType<typeof draft>[] =>
  Array.from({ length: count }, () => draft('ship1', 'cliCommand', { unordered, rerun: 'always' }));

/** Who sent what has started, in this order. */
const startsOf = (w: SimulatedWorld): string[] =>
  w.runs
    .filter(({ node, message }) => node === 'ship1' && message.method === 'cliCommand')
    .map(({ message }) => message.from);

/** How much has started and not ended. */
const running = (ship: SimulatedNode, from?: string): number =>
  ship.store.contents().inbox.filter((row) => row.state === 'started' && (from === undefined || row.from === from))
    .length;

function watch(ship: SimulatedNode): { inAll: number; ofFlood: number } {
  const seen = { inAll: 0, ofFlood: 0 };
  const apply = ship.store.apply.bind(ship.store);
  ship.store.apply = (ops) => {
    apply(ops);
    seen.inAll = Math.max(seen.inAll, running(ship));
    seen.ofFlood = Math.max(seen.ofFlood, running(ship, 'flood'));
  };
  return seen;
}

/** The longest run of starts between two of that sender, from its first on to its last. */
function longestWait(starts: readonly string[], sender: string): number {
  const own = starts.flatMap((from, index) => (from === sender ? [index] : []));
  return Math.max(...own.slice(1).map((index, before) => index - (own[before] ?? 0)));
}

test('slots - of three senders, one with thousands of unordered commands, the others have their turn after a few starts', () => {
  const { w, ship, senders } = scene({ runningTotal: 4 });
  const seen = watch(ship);
  w.submit(senders.flood, commands(3_000, true));
  w.runUntil(3_000);
  const before = startsOf(w).length;
  expect(before).toBeGreaterThan(20);
  w.submit(senders.second, commands(40, true));
  w.submit(senders.third, commands(40, false));
  w.runUntil(8_000);
  const starts = startsOf(w).slice(before);
  for (const sender of ['second', 'third']) {
    expect(starts.filter((from) => from === sender).length).toBe(40);
    expect(starts.indexOf(sender)).toBeLessThan(60);
    expect(longestWait(starts, sender)).toBeLessThan(12);
  }
  expect(seen.inAll).toBe(4);
});

test('slots - the bound of one sender leaves room for the others', () => {
  const { w, ship, senders } = scene({ runningPerSender: 3 }, 1e9);
  const seen = watch(ship);
  w.submit(senders.flood, commands(100, true));
  w.runUntil(3_000);
  // One is left to what is kept in order.
  expect(seen).toEqual({ inAll: 2, ofFlood: 2 });
  w.submit(senders.second, commands(1, true));
  w.submit(senders.flood, commands(2, false));
  w.runUntil(6_000);
  expect(seen).toEqual({ inAll: 4, ofFlood: 3 });
});

test('slots - an ordered lane starts although unordered commands that never end take what they may', () => {
  const { w, ship, senders } = scene({ runningTotal: 5 }, 1e9);
  w.submit(senders.flood, commands(100, true));
  w.runUntil(3_000);
  expect(running(ship)).toBe(4);
  w.submit(senders.third, commands(1, false));
  w.runUntil(6_000);
  expect(running(ship, 'third')).toBe(1);
});

test('slots - what does no work of its own needs none', () => {
  const { w, ship, senders } = scene({ runningTotal: 1 }, 1e9);
  w.submit(senders.flood, commands(3, false));
  w.submit(senders.second, [draft('ship1', 'ping'), draft('ship1', 'fileAppend', { fileName: 'f' })]);
  w.runUntil(10_000);
  expect(running(ship, 'flood')).toBe(1);
  expect(running(ship, 'second')).toBe(1);
  expect(senders.second.store.contents().outbox.map(({ state }) => state)).toEqual(['succeeded', 'running']);
});

test('slots - after a crash and a start the bounds hold, and everybody has a turn', () => {
  const { w, ship, senders } = scene({ runningTotal: 3, runningPerSender: 2 });
  w.submit(senders.flood, commands(300, true));
  w.submit(senders.second, commands(20, true));
  w.submit(senders.third, commands(20, false));
  w.runUntil(1_200);
  w.crash(ship);
  w.start(ship);
  const before = startsOf(w).length;
  const seen = watch(ship);
  w.runUntil(4_000);
  const starts = startsOf(w).slice(before);
  for (const sender of ['second', 'third']) expect(starts.slice(0, 20)).toContain(sender);
  w.runUntil(120_000);
  expect(seen.inAll).toBeLessThanOrEqual(3);
  expect(seen.ofFlood).toBeLessThanOrEqual(2);
  for (const node of Object.values(senders))
    expect(new Set(node.store.contents().outbox.map(({ state }) => state))).toEqual(new Set(['succeeded']));
});
