import { expect, test } from 'vitest';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

interface Scene {
  readonly w: SimulatedWorld;
  readonly senders: readonly SimulatedNode[];
  readonly ship: SimulatedNode;
}

function scene(limits: SimulatedNode['limits'], senders: readonly string[] = ['central'], methodMs = 50): Scene {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs });
  const nodes = senders.map((name) => w.add(name));
  const ship = w.add('ship1');
  ship.limits = limits;
  for (const node of [...nodes, ship]) w.start(node);
  w.runUntil(1_000);
  return { w, senders: nodes, ship };
}

const waiting = (ship: SimulatedNode, from?: string): number =>
  ship.store.contents().inbox.filter((row) => row.state !== 'ended' && (from === undefined || row.from === from))
    .length;
const commands = (count: number, more = {}): ReturnType<typeof draft>[] =>
  Array.from({ length: count }, () => draft('ship1', 'cliCommand', more));
const states = (node: SimulatedNode): string[] => [
  ...new Set(
    node.store
      .contents()
      .outbox.filter(({ isReply }) => !isReply)
      .map(({ state }) => state),
  ),
];

/** The most that lay in the inbox at any time. */
function watch(ship: SimulatedNode): { most: number } {
  const seen = { most: 0 };
  const apply = ship.store.apply.bind(ship.store);
  ship.store.apply = (ops) => {
    apply(ops);
    seen.most = Math.max(seen.most, waiting(ship));
  };
  return seen;
}

test('inbox - never holds more than its limit, nothing is lost, and all of it runs once and in order', () => {
  const { w, senders, ship } = scene({ inboxMessages: 10 });
  const seen = watch(ship);
  const [central] = senders;
  if (central === undefined) throw new Error('no sender');
  w.submit(central, commands(200));
  w.runUntil(2_000);
  expect(seen.most).toBe(5);
  w.runUntil(120_000);
  expect(states(central)).toEqual(['succeeded']);
  expect(seen.most).toBe(5);
  expect(
    w.runs.filter(({ node, message }) => node === 'ship1' && message.method === 'cliCommand').map(({ id }) => id),
  ).toEqual(w.accepted.map(({ id }) => id));
});

test('inbox - the sender goes on at once when there is room, without a question', () => {
  const { w, senders, ship } = scene({ inboxMessages: 10 });
  const [central] = senders;
  if (central === undefined) throw new Error('no sender');
  let asks = 0;
  w.tap = (subject, bytes) => {
    if (subject.startsWith('steward.ship1.') && bytes[1] === 4) asks += 1;
  };
  w.submit(central, commands(100));
  // The first contact.
  w.runUntil(1_500);
  asks = 0;
  // A hundred commands of 25 ms each, on average: whoever waits for the pause between two questions takes minutes.
  w.runUntil(8_000);
  expect(states(central)).toEqual(['succeeded']);
  expect(asks).toBe(0);
  expect(waiting(ship)).toBe(0);
});

test('inbox - says so while it waits, and is asked at growing pauses only', () => {
  const { w, senders, ship } = scene({ inboxMessages: 2 }, ['central'], 1e9);
  const [central] = senders;
  if (central === undefined) throw new Error('no sender');
  w.submit(central, commands(5));
  w.runUntil(3_000);
  expect(waiting(ship)).toBe(1);
  expect(central.flow?.knownPeers().get('ship1')?.held).toBe(1);
  let frames = 0;
  w.tap = () => (frames += 1);
  w.runUntil(3_600_000);
  // A question and its answer each.
  expect(frames).toBeGreaterThan(10);
  expect(frames).toBeLessThan(60);
});

test('inbox - a flood from one sender does not keep the messages of another out', () => {
  const { w, senders, ship } = scene({ inboxMessages: 20 }, ['flood', 'quiet'], 1e9);
  const [flood, quiet] = senders;
  if (flood === undefined || quiet === undefined) throw new Error('no sender');
  w.submit(flood, commands(1_000, { unordered: true }));
  w.runUntil(5_000);
  expect(waiting(ship, 'flood')).toBe(10);
  w.submit(quiet, commands(3));
  w.runUntil(10_000);
  expect(waiting(ship, 'quiet')).toBe(3);
});

test('inbox - bytes are bounded, too, and the message that passes the bound is the last one let in', () => {
  const { w, senders, ship } = scene({ inboxBytes: 2_000 }, ['central'], 1e9);
  const [central] = senders;
  if (central === undefined) throw new Error('no sender');
  const body = Buffer.alloc(1_500);
  const large = commands(3).map(({ message }) => ({ message: { ...message, bodySize: body.length }, body }));
  w.submit(central, large);
  w.runUntil(5_000);
  expect(waiting(ship)).toBe(1);
});

test('inbox - answers come in although requests fill it, and a ping is answered', () => {
  const { w, senders, ship } = scene({ inboxMessages: 1 }, ['central'], 1e9);
  const [central] = senders;
  if (central === undefined) throw new Error('no sender');
  central.limits = { inboxMessages: 1 };
  w.submit(central, commands(3));
  w.runUntil(5_000);
  expect(waiting(ship)).toBe(1);
  w.faults = { ...w.faults, methodMs: 5 };
  w.submit(ship, [draft('central', 'cliCommand'), draft('central', 'cliCommand')]);
  w.submit(central, [draft('ship1', 'ping')]);
  w.runUntil(60_000);
  expect(
    ship.store
      .contents()
      .outbox.filter(({ isReply }) => !isReply)
      .map(({ state }) => state),
  ).toEqual(['succeeded', 'succeeded']);
});

test('inbox - what waits for room goes on after a restart of either side', () => {
  const { w, senders, ship } = scene({ inboxMessages: 4 });
  const seen = watch(ship);
  const [central] = senders;
  if (central === undefined) throw new Error('no sender');
  w.submit(central, commands(60, { rerun: 'always' }));
  for (const node of [ship, central, ship]) {
    w.runUntil(w.now + 300);
    w.crash(node);
    w.start(node);
  }
  w.runUntil(w.now + 300_000);
  expect(states(central)).toEqual(['succeeded']);
  expect(seen.most).toBeLessThanOrEqual(4);
});

test('inbox - a receiver that cannot write says so, and its sender goes on at once when it can', () => {
  const { w, senders, ship } = scene({});
  const [central] = senders;
  if (central === undefined) throw new Error('no sender');
  w.submit(central, commands(1));
  w.runUntil(2_000);
  ship.full = true;
  w.submit(central, commands(1));
  w.runUntil(2_100);
  w.submit(central, commands(3));
  w.runUntil(5_000);
  expect(central.flow?.knownPeers().get('ship1')?.held).toBe(4);
  let frames = 0;
  w.tap = () => (frames += 1);
  w.runUntil(605_000);
  expect(frames).toBeLessThan(24);
  w.freeDisk(ship);
  w.runUntil(606_000);
  expect(states(central)).toEqual(['succeeded']);
});

test('inbox - what wants no ACK waits at its sender, once that has been told', () => {
  const { w, senders, ship } = scene({ inboxMessages: 4 }, ['central'], 1_000);
  const [central] = senders;
  if (central === undefined) throw new Error('no sender');
  w.submit(central, commands(3, { rerun: 'always' }));
  w.runUntil(1_100);
  expect(waiting(ship)).toBe(2);
  w.submit(central, commands(2, { ackTimeoutMs: 0 }));
  w.runUntil(1_300);
  expect(states(central)).toEqual(['delivered', 'queued']);
  w.runUntil(60_000);
  expect(states(central)).toEqual(['succeeded', 'sent']);
  expect(waiting(ship)).toBe(0);
});

test('inbox - a sender that is told of room has been told before that there was none', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { w, senders } = scene({ inboxMessages: 6 }, ['central'], seed);
    const [central] = senders;
    if (central === undefined) throw new Error('no sender');
    // Frames of one sender do not overtake each other.
    w.faults = { ...w.faults, delayMs: 0 };
    w.submit(central, commands(60));
    // Nobody waits for a silence, or for the pause between two questions.
    w.runUntil(1_000 + 60 * (seed + 15));
    expect(states(central)).toEqual(['succeeded']);
  }
});
