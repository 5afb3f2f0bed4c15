// Messages that other nodes carry: over brokers that sender and receiver have not in common, and with every node dying on the way.
import { describe, expect, test } from 'vitest';
import { refusePassage } from '../../../src/flow/carry.ts';
import { routeOf } from '../../../src/model/lane.ts';
import type { Draft } from '../../../src/model/message.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { packHead } from '../../../src/wire/message-head.ts';
import { calm, carried, chain, far, own, ran, states, up, via } from '../../support/chain.ts';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

const where = (node: SimulatedNode): readonly string[] =>
  own(node).map(({ state, hop, to }) => (state === 'carried' ? `carried ${hop ?? to}` : state));
const runsOf = (w: SimulatedWorld, node: SimulatedNode): readonly number[] => own(node).map(({ id }) => ran(w, id));

function cancelAll(w: SimulatedWorld, node: SimulatedNode): void {
  w.step(node, {
    type: 'cancel',
    filter: { ids: own(node).map(({ id }) => id) },
    running: true,
    reason: 'cancelled by operator',
    answer: () => undefined,
  });
}

describe('relay', () => {
  test('relay - over two nodes to one that only the last of them reaches, and the answer comes back', () => {
    const { w, central, all } = chain();
    up(w, all);
    w.submit(central, [far(), far({ args: ['other'] }), draft('gateway1', 'ping')]);
    w.runUntil(w.now + 5_000);
    expect(states(central)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(runsOf(w, central)).toEqual([1, 1, 1]);
    expect(w.runs.filter(({ message }) => message.method === 'cliCommand').map(({ node }) => node)).toEqual([
      'island',
      'island',
    ]);
    // The answers were written to files, once each.
    expect([...central.files.values()].join('').split('\n').length).toBeGreaterThan(2);
    expect(all.map(carried)).toEqual(all.map(() => []));
    for (const { store } of all) expect(store.contents().outbox.filter(({ isReply }) => isReply)).toEqual([]);
  });

  test('relay - the sender knows at every moment which node has it', () => {
    const { w, central, first, second, island } = chain();
    up(w, [central]);
    w.submit(central, [far()]);
    w.runUntil(w.now + 500);
    expect(where(central)).toEqual(['queued']);
    up(w, [first]);
    w.runUntil(w.now + 1_000);
    expect(where(central)).toEqual(['carried gateway1']);
    expect(own(central)[0]).toMatchObject({ to: 'gateway1', target: 'island' });
    up(w, [second]);
    w.runUntil(w.now + 1_000);
    expect(where(central)).toEqual(['carried gateway2']);
    w.faults = { ...calm, methodMs: 1e9 };
    up(w, [island]);
    w.runUntil(w.now + 2_000);
    expect(where(central)).toEqual(['running']);
    // Dead, it does not know how its command ended, and says so when it is back.
    w.crash(island);
    w.faults = calm;
    up(w, [island]);
    w.runUntil(w.now + 10_000);
    expect(where(central)).toEqual(['unknown']);
    expect(carried(first)).toEqual([]);
    expect(carried(second)).toEqual([]);
  });

  test('relay - a large body, and a large answer', () => {
    const { w, central, island, all } = chain();
    up(w, all);
    const body = Buffer.alloc(200_000, 'x');
    const { message } = far({ bodySize: body.length });
    w.submit(central, [{ message, body }]);
    w.runUntil(w.now + 20_000);
    expect(states(central)).toEqual(['succeeded']);
    const id = own(central)[0]?.id ?? '';
    const bytes = island.store.query({
      query: 'pieces',
      owner: { box: 'in', sender: 'gateway2', id },
      fromIndex: 0,
      limit: 100,
    });
    expect(Buffer.concat(bytes).equals(body)).toBe(true);
    for (const node of [all[1], all[2]]) {
      const left = ['in', 'out'].flatMap((box) =>
        ['central', 'gateway1', 'gateway2', 'island'].flatMap((sender) =>
          node?.store.query({ query: 'pieces', owner: { box: box as 'in', sender, id }, fromIndex: 0, limit: 100 }),
        ),
      );
      expect(left).toEqual([]);
    }
  });

  test('relay - it expires where it waits, at its sender or on the way, and never runs', () => {
    const { w, central, first, second, island } = chain();
    up(w, [central]);
    w.submit(central, [far({ expiresMs: 20_000 })]);
    w.runUntil(w.now + 5_000);
    up(w, [first]);
    w.runUntil(w.now + 10_000);
    expect(where(central)).toEqual(['carried gateway1']);
    // It waited at both: its time is not counted anew.
    w.runUntil(w.now + 6_000);
    expect(where(central)).toEqual(['expired']);
    expect(carried(first)).toEqual([]);
    up(w, [second, island]);
    w.runUntil(w.now + 10_000);
    expect(runsOf(w, central)).toEqual([0]);
  });

  test('relay - a cancel follows it to where it is', () => {
    for (const upTo of [1, 2, 3, 4]) {
      const { w, central, all } = chain();
      w.faults = { ...calm, methodMs: 1e9 };
      up(w, all.slice(0, upTo));
      w.submit(central, [far(), far()]);
      w.runUntil(w.now + 5_000);
      cancelAll(w, central);
      w.runUntil(w.now + 10_000);
      expect(states(central), `up to ${upTo}`).toEqual(['cancelled', 'cancelled']);
      expect(own(central)[1]?.reason ?? own(central)[1]?.outcome).toContain('cancelled by operator');
      // The order has come no further than it was needed.
      for (const { store } of all) expect(store.contents().outbox.filter(({ open }) => open)).toEqual([]);
      up(w, all.slice(upTo));
      w.runUntil(w.now + 10_000);
      expect(runsOf(w, central), `up to ${upTo}`).toEqual(upTo === 4 ? [1, 0] : [0, 0]);
      expect(all.map(carried)).toEqual(all.map(() => []));
    }
  });

  test('relay - a cancel that waits for a hop comes before what it is to stop', () => {
    const { w, central, first, second, island } = chain();
    up(w, [central, first, second]);
    w.submit(central, [far()]);
    w.runUntil(w.now + 5_000);
    expect(where(central)).toEqual(['carried gateway2']);
    w.crash(first);
    cancelAll(w, central);
    w.runUntil(w.now + 5_000);
    expect(where(central)).toEqual(['carried gateway2']);
    expect(own(central)[0]?.wish).toBe('cancelled');
    w.crash(second);
    up(w, [first, second]);
    w.runUntil(w.now + 10_000);
    expect(states(central)).toEqual(['cancelled']);
    up(w, [island]);
    w.runUntil(w.now + 10_000);
    expect(runsOf(w, central)).toEqual([0]);
  });

  test('relay - a newer message with a key takes the place of those to the same receiver, and of no other', () => {
    const { w, central, first } = chain();
    up(w, [central, first]);
    const one = (to: string, more: Partial<Draft['message']>): Draft =>
      draft(to, 'cliCommand', { key: 'one', ...more });
    w.submit(central, [one('gateway2', {}), one('island', { via }), one('other', { via })]);
    w.runUntil(w.now + 5_000);
    w.submit(central, [one('island', { via })]);
    w.runUntil(w.now + 5_000);
    expect(own(central).map(({ to, target, state }) => `${target ?? to} ${state}`)).toEqual([
      'gateway2 queued',
      'island cancelled',
      'other carried',
      'island carried',
    ]);
  });

  test('relay - its time goes on counting over a stop of the node that has it', () => {
    const { w, central, first, second, island } = chain();
    up(w, [central, first]);
    w.submit(central, [far({ expiresMs: 20_000 })]);
    w.runUntil(w.now + 12_000);
    w.step(first, { type: 'stop' });
    w.runUntil(w.now + 1_000);
    w.crash(first);
    up(w, [first]);
    w.runUntil(w.now + 8_500);
    expect(where(central)).toEqual(['expired']);
    w.submit(central, [far({ expiresMs: 20_000 })]);
    w.runUntil(w.now + 12_000);
    w.crash(first);
    up(w, [first]);
    w.runUntil(w.now + 12_500);
    expect(where(central)).toEqual(['expired', 'expired']);
    up(w, [second, island]);
    w.runUntil(w.now + 10_000);
    expect(runsOf(w, central)).toEqual([0, 0]);
  });

  test('relay - a receiver that is gone for good: no row of it stays at the nodes of its way', () => {
    const { w, central, first, second, island } = chain();
    up(w, [central, first, second, island]);
    w.faults = { ...calm, methodMs: 1e12 };
    w.submit(central, [far({ expiresMs: 60_000 })]);
    w.runUntil(w.now + 5_000);
    expect(where(central)).toEqual(['running']);
    w.crash(island);
    w.runUntil(w.now + 31 * 86_400_000);
    expect(where(central)).toEqual(['unknown']);
    expect([first, second].map(carried)).toEqual([[], []]);
  });

  test('relay - a hop that has lost its store: what it had is unknown, or goes again', () => {
    const { w, central, first, second, island } = chain();
    up(w, [central, first]);
    w.submit(central, [far(), draft('island', 'ping', { via })]);
    w.runUntil(w.now + 2_000);
    expect(where(central)).toEqual(['carried gateway1', 'carried gateway1']);
    w.replaceStore(first, new MemoryStore());
    up(w, [first, second, island]);
    w.runUntil(w.now + 10_000);
    expect(states(central)).toEqual(['unknown', 'succeeded']);
    expect(runsOf(w, central)).toEqual([0, 1]);
  });

  test('relay - the receiver has lost its store: the hop says so', () => {
    const { w, central, first, second, island } = chain();
    w.faults = { ...calm, methodMs: 1e9 };
    up(w, [central, first, second, island]);
    w.submit(central, [far(), far()]);
    w.runUntil(w.now + 5_000);
    expect(where(central)).toEqual(['running', 'delivered']);
    w.replaceStore(island, new MemoryStore());
    up(w, [island]);
    w.runUntil(w.now + 10_000);
    expect(states(central)).toEqual(['unknown', 'unknown']);
    expect(carried(second)).toEqual([]);
  });

  test('relay - a hop takes a bounded number, a little beyond what it may have of its own, and goes on when it has room', () => {
    const { w, central, first, second, island } = chain();
    first.limits = { queuedMessages: 20 };
    up(w, [central, first]);
    w.submit(
      central,
      Array.from({ length: 40 }, () => far()),
    );
    w.runUntil(w.now + 5_000);
    expect(carried(first).filter(({ isReply }) => !isReply).length).toBe(23);
    expect(where(central).filter((one) => one === 'carried gateway1').length).toBeGreaterThan(5);
    up(w, [second, island]);
    w.runUntil(w.now + 120_000);
    expect(new Set(states(central))).toEqual(new Set(['succeeded']));
    expect(new Set(runsOf(w, central))).toEqual(new Set([1]));
  });

  test('relay - nodes that carry for each other, and are full of their own messages, do not wait for each other', () => {
    const w = new SimulatedWorld(1, calm);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => w.add(name)) as [SimulatedNode, SimulatedNode, SimulatedNode];
    for (const node of [a, b]) node.limits = { queuedMessages: 4 };
    for (const node of [a, b, c]) w.start(node);
    w.runUntil(100);
    for (const node of [a, b]) w.unlink(node);
    const one = (by: string): Draft => draft('c', 'cliCommand', { via: [by] });
    w.submit(a, [one('b'), one('b'), one('b'), one('b')]);
    w.submit(b, [one('a'), one('a'), one('a'), one('a')]);
    w.runUntil(w.now + 500);
    for (const node of [a, b]) w.link(node);
    w.runUntil(w.now + 120_000);
    expect([states(a), states(b)]).toEqual([Array(4).fill('succeeded'), Array(4).fill('succeeded')]);
  });

  test('relay - what was changed on its way is not taken', () => {
    const { w, central, all } = chain();
    up(w, all);
    w.submit(central, [far({ args: ['echo', 'one'] })]);
    w.runUntil(w.now + 2);
    const forged: string[] = [];
    for (const node of [all[1], all[2]]) {
      const flow = node?.flow;
      if (node === undefined || flow === undefined) continue;
      const { message } = flow.newMessage(far());
      const head = packHead({ ...message, from: 'central' });
      forged.push(
        refusePassage({ node: node.name }, 'central', {
          type: 'message',
          id: message.id,
          message: { ...message, from: 'central' },
          head,
          body: new Uint8Array(),
        }) ?? 'taken',
      );
    }
    expect(forged[0]).toBe('it was changed on its way, before gateway1');
    expect(forged[1]).toBe('central is not before gateway2 on its way');
    w.runUntil(w.now + 5_000);
    expect(states(central)).toEqual(['succeeded']);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'relay - each runs once and is answered, whatever dies on the way (seed %i)',
    (seed) => {
      const { w, central, all } = chain({ loss: 0.05, duplicate: 0.05, delayMs: 200, methodMs: 300 }, seed);
      up(w, all);
      const end = 120_000;
      for (let at = 0; at < end; at += 2_000) {
        w.at(at, () => w.submit(central, [far(), far({ unordered: true }), draft('island', 'ping', { via })]));
        w.at(at + 1_000 * w.random.next(), () => {
          const victim = all[Math.floor(w.random.next() * all.length)];
          if (victim?.flow === undefined) return;
          if (w.random.next() < 0.3) {
            w.unlink(victim);
            w.at(3_000 * w.random.next(), () => victim.flow !== undefined && !victim.linked && w.link(victim));
            return;
          }
          w.crash(victim);
          w.at(3_000 * w.random.next(), () => w.start(victim));
        });
      }
      w.runUntil(end);
      w.faults = calm;
      w.runUntil(end + 600_000);
      const rows = own(central);
      expect(rows.length).toBeGreaterThan(100);
      for (const { id, state, lane } of rows) {
        const runs = ran(w, id);
        if (lane.startsWith('ping')) expect([id, state]).toEqual([id, 'succeeded']);
        else
          expect([id, runs <= 1, state]).toEqual([
            id,
            true,
            runs === 1 && state === 'succeeded' ? 'succeeded' : 'unknown',
          ]);
      }
      expect(rows.filter(({ state }) => state === 'succeeded').length).toBeGreaterThan(rows.length / 2);
      expect(all.map(carried)).toEqual(all.map(() => []));
      for (const { store } of all) expect(store.contents().outbox.filter(({ isReply }) => isReply)).toEqual([]);
      // In order, within each lane.
      const ordered = w.runs.filter(({ message }) => message.method === 'cliCommand' && !message.unordered);
      const ids = ordered.map(({ id }) => id);
      expect(ids).toEqual([...ids].sort());
      expect(rows.every(({ lane }) => routeOf(lane)?.to === 'island')).toBe(true);
    },
  );
});
