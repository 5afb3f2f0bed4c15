import { expect, test } from 'vitest';
import { up, worldOf } from '../../support/chain.ts';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';
import type { OutboxRecord } from '../../../src/model/record.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';

/** Two nodes that have exchanged a message, and what leaves the ship from then on. */
function pair(methodMs: number): {
  readonly w: SimulatedWorld;
  readonly central: SimulatedNode;
  readonly ship: SimulatedNode;
  readonly fromShip: readonly { readonly at: number; readonly what: 'ack' | 'batch' }[];
} {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 0, methodMs: 1 });
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(1_000);
  w.faults = { ...w.faults, methodMs };
  const fromShip: { at: number; what: 'ack' | 'batch' }[] = [];
  w.tap = (subject) => {
    if (subject === 'steward-ack.central.ship1') fromShip.push({ at: w.now, what: 'ack' });
    else if (subject.startsWith('steward.central.')) fromShip.push({ at: w.now, what: 'batch' });
  };
  return { w, central, ship, fromShip };
}

test('acknowledge - the word of a short command follows its reply, which says as much', () => {
  const { w, central, ship, fromShip } = pair(5);
  const told: string[] = [];
  w.hear = (node, notice) => {
    if (node === 'central' && notice.type === 'state') told.push(notice.state);
  };
  w.submit(central, [draft('ship1', 'cliCommand')]);
  while (fromShip.length === 0) w.runUntil(w.now + 0.05);
  while (central.store.contents().outbox.at(-1)?.state !== 'succeeded') w.runUntil(w.now + 0.05);
  const answered = central.store.contents().outbox.at(-1);
  expect(answered).toMatchObject({ state: 'succeeded', open: true });
  expect(answered?.deliveredAt).toBe(answered?.endedAt);
  w.runUntil(3_000);
  expect(fromShip.map(({ what }) => what)).toEqual(['batch', 'ack']);
  const { endedAt, deliveredAt } = answered ?? {};
  expect(central.store.contents().outbox.at(-1)).toMatchObject({
    state: 'succeeded',
    open: false,
    endedAt,
    deliveredAt,
  });
  expect(told).toEqual(['queued', 'delivered', 'succeeded']);
  expect(ship.store.contents().outbox).toEqual([]);
});

test('acknowledge - one word serves all short commands of a moment', () => {
  const { w, central, fromShip } = pair(1);
  const from = w.now;
  for (let index = 1; index <= 4; index += 1) {
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(from + index * 4);
  }
  w.runUntil(3_000);
  expect(fromShip.map(({ what }) => what)).toEqual(['batch', 'batch', 'batch', 'batch', 'ack']);
  expect(central.store.contents().outbox.every(({ open }) => !open)).toBe(true);
});

test('acknowledge - the word of a long command does not wait for it', () => {
  const { w, central } = pair(5_000);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 30);
  expect(central.store.contents().outbox.at(-1)?.state).toBe('delivered');
});

test('acknowledge - a node that stops, or asks, does not wait', () => {
  const { w, central, ship, fromShip } = pair(5_000);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  const before = ship.store.contents().inbox.length;
  while (ship.store.contents().inbox.length === before) w.runUntil(w.now + 0.05);
  expect(fromShip).toEqual([]);
  w.step(ship, { type: 'stop' });
  expect(fromShip.map(({ what }) => what)).toEqual(['ack']);
});

test('acknowledge - many are acknowledged at once', () => {
  const { w, central, ship, fromShip } = pair(5_000);
  w.submit(
    central,
    Array.from({ length: 40 }, () => draft('ship1', 'cliCommand')),
  );
  const before = ship.store.contents().inbox.length;
  while (ship.store.contents().inbox.length === before) w.runUntil(w.now + 0.05);
  expect(fromShip.map(({ what }) => what)).toEqual(['ack']);
});

test('acknowledge - what has been answered does not leave again, also where the store of its receiver went back to before it', () => {
  const { w, central, ship } = pair(1);
  const before = new MemoryStore(ship.store);
  w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
  while (central.store.contents().outbox.filter(({ state }) => state === 'succeeded').length < 3)
    w.runUntil(w.now + 0.05);
  expect(central.store.contents().outbox.at(-1)).toMatchObject({ state: 'succeeded', open: true });
  w.replaceStore(ship, before);
  w.start(ship);
  w.runUntil(w.now + 60_000);
  expect(w.runs.filter(({ node }) => node === 'ship1').length).toBe(3);
  expect(central.store.contents().outbox.map(({ state, open }) => ({ state, open }))).toEqual(
    Array.from({ length: 3 }, () => ({ state: 'succeeded', open: false })),
  );
});

test('acknowledge - the first word of a conversation does not wait: it tells how far away its node is', () => {
  const { w, central, ship, fromShip } = pair(1);
  w.step(ship, { type: 'link-down' });
  w.step(ship, { type: 'link-up' });
  w.runUntil(w.now + 1_000);
  const from = fromShip.length;
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 1_000);
  w.submit(central, [draft('ship1', 'cliCommand')]);
  w.runUntil(w.now + 1_000);
  const what = fromShip.slice(from).map((frame) => frame.what);
  expect([what[0], ...what.slice(-2)]).toEqual(['ack', 'batch', 'ack']);
  expect(central.flow?.knownPeers().get('ship1')?.firstRoundTripMs).toBeLessThan(5);
});

test('acknowledge - what has been answered is cancelled by nothing, and is taken by no newer one of its key', () => {
  const { w, central } = pair(1);
  for (let index = 0; index < 5; index += 1) {
    w.submit(central, [draft('ship1', 'cliCommand', { key: 'one' })]);
    w.runUntil(w.now + 4);
  }
  w.runUntil(w.now + 1_000);
  expect(central.store.contents().outbox.map(({ lane, state }) => `${lane} ${state}`)).toEqual(
    Array.from({ length: 6 }, () => 'cliCommand succeeded'),
  );
});

test('acknowledge - a request that is forgotten when it is answered goes with the word of its receiver', () => {
  const { w, central } = pair(1);
  const reply = {
    method: 'none',
    args: [],
    ackTimeoutMs: 10_000,
    retries: -1,
    retryWaitMs: 0,
    methodTimeoutMs: 0,
  } as const;
  w.submit(central, [draft('ship1', 'cliCommand', { reply })]);
  const last = (): OutboxRecord | undefined => central.store.contents().outbox.at(-1);
  while (last()?.ord !== 2 || last()?.state !== 'succeeded') w.runUntil(w.now + 0.05);
  const ord = last()?.ord ?? 0;
  expect(last()?.open).toBe(true);
  w.step(central, { type: 'forget', to: 'ship1', ords: [ord] });
  w.runUntil(w.now + 10);
  expect(last()?.ord).toBe(ord);
  w.runUntil(w.now + 1_000);
  expect(central.store.contents().outbox.map((row) => row.ord)).toEqual([1]);
  w.step(central, { type: 'forget', to: 'ship1', ords: [1] });
  w.runUntil(w.now + 1_000);
  expect(central.store.contents().outbox).toEqual([]);
});

test('acknowledge - an answer that comes while its lane is being read is told with the delivery', () => {
  const { w, central, ship } = pair(1);
  const told: string[] = [];
  w.hear = (node, notice) => {
    if (node === 'central' && notice.type === 'state') told.push(notice.state);
  };
  w.submit(central, [draft('ship1', 'cliCommand')]);
  while (ship.store.contents().inbox.length < 2) w.runUntil(w.now + 0.05);
  w.unlink(central);
  w.runUntil(w.now + 100);
  central.storeMs = 12;
  w.link(central);
  w.runUntil(w.now + 60_000);
  expect(told.toSorted()).toEqual(['delivered', 'queued', 'succeeded']);
});

test('acknowledge - each node of a way tells where a message is, once and in order', () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 40; seed += 1) {
    const { w, nodes } = worldOf(
      { faults: { loss: 0, duplicate: 0, delayMs: 0, methodMs: 12 }, seed },
      'central',
      'hub',
      'far',
    );
    const [central] = nodes;
    w.reaches = (from, to) => !['central far', 'far central'].includes(`${from} ${to}`);
    up(w, nodes);
    w.submit(central, [draft('hub', 'cliCommand')]);
    w.submit(central, [draft('far', 'cliCommand', { via: ['hub'] })]);
    w.runUntil(w.now + 2_000);
    const told = new Map<string, string>();
    w.hear = (node, notice) => {
      if (node === 'central' && notice.type === 'state')
        told.set(notice.id, `${told.get(notice.id) ?? ''} ${notice.state}`);
    };
    w.submit(central, [draft('far', 'cliCommand', { via: ['hub'] })]);
    w.runUntil(w.now + (seed % 8));
    w.submit(central, [draft('far', 'ping', { via: ['hub'] }), draft('hub', 'cliCommand')]);
    w.runUntil(w.now + 5_000);
    for (const states of told.values()) seen.add(states);
  }
  const wordsOf = (states: string): readonly string[] => states.trim().split(' ');
  expect([...seen].filter((states) => new Set(wordsOf(states)).size < wordsOf(states).length)).toEqual([]);
  expect([...seen].filter((states) => !wordsOf(states).includes('delivered'))).toEqual([]);
});
