// What broke relays, each once: copies after a lost store, many bodies, full nodes, older nodes, a crash between a word and its order.
import { expect, test } from 'vitest';
import type { FlowEvent } from '../../../src/flow/event.ts';
import { laneOf } from '../../../src/model/lane.ts';
import type { Draft } from '../../../src/model/message.ts';
import { maxFilterIds } from '../../../src/model/queue-filter.ts';
import { messageSubject } from '../../../src/model/subject.ts';
import { digestSeals } from '../../../src/security/seal.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { batchFrame, readBatch } from '../../../src/wire/batch.ts';
import { decodeFrame, encodeFrame } from '../../../src/wire/frame.ts';
import { readPiece } from '../../../src/wire/piece.ts';
import { calm, carried, chain, far, own, ran, states, up, via, worldOf } from '../../support/chain.ts';
import { draft, type SimulatedNode, type SimulatedWorld } from '../../support/simulated-world.ts';

function until(w: SimulatedWorld, is: () => boolean): void {
  for (let steps = 0; !is() && steps < 100_000; steps += 1) w.runUntil(w.now + 1);
  expect(is()).toBe(true);
}

function large(w: SimulatedWorld, to: string, size: number, more: Partial<Draft['message']>): Draft {
  const body = Buffer.from(Array.from({ length: size }, () => Math.floor(w.random.next() * 256)));
  return { message: draft(to, 'cliCommand', { ...more, bodySize: size }).message, body };
}

test('relay - two copies of one large body at a hop, after a loss: the end of one leaves the other whole', () => {
  const { w, central, first, second, island, all } = chain({ ...calm, delayMs: 20, methodMs: 100 });
  up(w, all);
  w.submit(central, [large(w, 'island', 1_000_000, { via, rerun: 'always' })]);
  until(w, () => carried(second).some(({ isReply, state }) => !isReply && state === 'queued'));
  w.replaceStore(first, new MemoryStore());
  w.crash(island);
  up(w, [first]);
  w.runUntil(w.now + 30_000);
  w.submit(central, [far({ rerun: 'always' })]);
  w.runUntil(w.now + 5_000);
  up(w, [island]);
  w.runUntil(w.now + 600_000);
  expect(states(central)).toEqual(['succeeded', 'succeeded']);
  expect(carried(second)).toEqual([]);
  const owner = { box: 'out' as const, sender: 'central', id: own(central)[0]?.id ?? '' };
  expect(second.store.query({ query: 'pieces', owner, fromIndex: 0, limit: 100 })).toEqual([]);
});

test('relay - many large bodies by one gateway do not push each other out', () => {
  const count = 24;
  const { w, nodes } = worldOf({ faults: { ...calm, delayMs: 0 } }, 'central', 'gateway1');
  const [central] = nodes;
  const islands = Array.from({ length: count }, (_none, number) => w.add(`island${number}`));
  const step = w.step.bind(w);
  w.step = (node: SimulatedNode, event: FlowEvent) =>
    event.type === 'frame' ? w.at(20, () => step(node, event)) : step(node, event);
  let bytes = 0;
  w.tap = (subject, frame) => {
    if (!subject.startsWith('steward.gateway1.')) return;
    const decoded = decodeFrame(frame, digestSeals);
    if (decoded.type === 'piece') bytes += readPiece(decoded.head, decoded.tail).bytes.length;
  };
  up(w, [...nodes, ...islands]);
  const size = 600_000;
  w.submit(
    central,
    islands.map(({ name }) => large(w, name, size, { via: ['gateway1'] })),
  );
  w.runUntil(w.now + 60_000);
  expect(new Set(states(central))).toEqual(new Set(['succeeded']));
  expect(bytes).toBeLessThan(1.3 * count * size);
});

test.each(['expired', 'cancelled'] as const)('relay - what may have run before a loss is not called %s', (end) => {
  const { w, central, second, island, all } = chain({ ...calm, methodMs: 300 });
  up(w, all);
  w.submit(central, [far({ rerun: 'always', expiresMs: 60_000 })]);
  w.runUntil(w.now + 3);
  const id = own(central)[0]?.id ?? '';
  until(w, () => ran(w, id) > 0);
  w.unlink(second);
  w.runUntil(w.now + 1_000);
  w.crash(island);
  w.replaceStore(second, new MemoryStore());
  up(w, [second]);
  w.runUntil(w.now + 10_000);
  if (end === 'cancelled')
    w.step(central, { type: 'cancel', filter: { ids: [id] }, running: true, reason: 'x', answer: () => undefined });
  w.runUntil(w.now + 100_000);
  expect(states(central)).toEqual(['unknown']);
  expect(own(central)[0]?.reason).toContain('it may have run before a store was lost');
});

test('relay - a crash between a word and the order that it causes loses no cancel', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const { w, central, all } = chain({ ...calm, delayMs: 300, methodMs: 600_000 }, seed);
    up(w, all);
    w.runUntil(w.now + 3_000);
    w.submit(central, [far()]);
    w.runUntil(w.now + w.random.next() * 1_200);
    const id = own(central)[0]?.id;
    if (id === undefined) continue;
    let asked = false;
    const answer = (): void => void (asked = true);
    w.step(central, { type: 'cancel', filter: { ids: [id] }, running: true, reason: 'x', answer });
    w.hear = (node, notice) => {
      const isMove = notice.type === 'state' && (notice.state === 'carried' || notice.state === 'delivered');
      if (node !== 'central' || !isMove || notice.id !== id || !asked) return;
      w.at(0, () => {
        w.crash(central);
        w.at(2_000, () => w.start(central));
      });
    };
    w.runUntil(w.now + 120_000);
    expect([seed, states(central)]).toEqual([seed, ['cancelled']]);
  }
});

test('relay - of however many that were cancelled on their way, the order is given again at a start', () => {
  const { w, central, first, second, island } = chain();
  up(w, [central, first]);
  const page = Array.from({ length: maxFilterIds }, () => far());
  for (const drafts of [page, page, page, [far()]]) w.submit(central, drafts);
  const count = 3 * maxFilterIds + 1;
  until(w, () => states(central).filter((state) => state === 'carried').length === count);
  w.crash(central);
  // As a crash leaves it that comes between the words and the order.
  central.store.apply(
    own(central).map(({ ord }) => ({ op: 'outbox-wish', ord, wish: 'cancelled', reason: 'cancelled by operator' })),
  );
  up(w, [central]);
  w.runUntil(w.now + 60_000);
  up(w, [second, island]);
  w.runUntil(w.now + 60_000);
  expect(states(central)).toEqual(Array(count).fill('cancelled'));
  expect(w.runs.filter(({ node }) => node === 'island')).toEqual([]);
});

test('relay - however many a receiver leaves that is gone for good, all end together', () => {
  const { w, central, second, island, all } = chain({ ...calm, methodMs: 1e12 });
  up(w, all);
  w.submit(
    central,
    Array.from({ length: 300 }, () => far({ expiresMs: 60_000 })),
  );
  w.runUntil(w.now + 30_000);
  w.crash(island);
  w.runUntil(w.now + 30 * 86_400_000 + 2 * 3_600_000);
  expect(states(central)).toEqual(Array(300).fill('unknown'));
  expect(carried(second)).toEqual([]);
});

test('relay - a full node takes answers all the same, and is not asked over and over', () => {
  const { w, nodes } = worldOf({ faults: { ...calm, methodMs: 20_000 } }, 'a', 'h', 'r');
  const [a, h, r] = nodes;
  h.limits = { queuedMessages: 10 };
  up(w, nodes);
  w.submit(a, [draft('r', 'cliCommand', { via: ['h'], methodTimeoutMs: -1 })]);
  w.runUntil(w.now + 200);
  const away = Array.from({ length: 30 }, () => draft('away', 'cliCommand', { via: ['h'] }));
  w.submit(a, away);
  w.submit(r, [draft('away', 'cliCommand', { via: ['h'] })]);
  w.runUntil(w.now + 60_000);
  expect(own(a)[0]?.state).toBe('succeeded');
  let messages = 0;
  w.tap = (subject, frame) => {
    if (!subject.startsWith('steward.h.')) return;
    const { type, head, tail } = decodeFrame(frame, digestSeals);
    if (type === 'batch') messages += readBatch(head, tail).items.length;
  };
  w.runUntil(w.now + 3_600_000);
  expect(messages).toBeLessThan(1_000);
});

test('relay - a node that does not know lanes with a route gets the others all the same', () => {
  const { w, nodes } = worldOf({}, 'a', 'h');
  const [a] = nodes;
  const step = w.step.bind(w);
  w.step = (node: SimulatedNode, event: FlowEvent) => {
    if (event.type === 'frame' && node.name === 'h') {
      const { type, head } = decodeFrame(event.bytes, digestSeals);
      const named = head as { readonly l?: string; readonly a?: readonly { readonly l: string }[] };
      if (type === 'batch' && named.l?.includes('@') === true) return;
      if (type === 'ask' && named.a?.some(({ l }) => l.includes('@')) === true) return;
    }
    step(node, event);
  };
  up(w, nodes);
  w.submit(a, [draft('c', 'cliCommand', { via: ['h'] })]);
  w.runUntil(w.now + 5_000);
  for (let time = 0; time < 5; time += 1) {
    w.submit(a, [draft('h', 'cliCommand'), draft('h', 'ping')]);
    w.runUntil(w.now + 60_000);
  }
  expect(states(a)).toEqual(['queued', ...Array(10).fill('succeeded')]);
});

test('relay - what wants no ACK is carried by nobody, whatever a neighbour sends', () => {
  const { w, nodes } = worldOf({}, 'a', 'h');
  const [a, h] = nodes;
  up(w, nodes);
  const made = a.flow?.newMessage(draft('c', 'cliCommand', { via: ['h'], ackTimeoutMs: 0 }));
  if (made === undefined) throw new Error('a does not run');
  // In the life of h that a knows from its hello.
  const known = a.flow?.knownPeers().get('h');
  w.submit(a, [draft('h', 'ping')]);
  w.runUntil(w.now + 1_000);
  const bytes = encodeFrame(
    batchFrame({
      from: 'a',
      to: 'h',
      incarnation: a.flow?.knownPeers().get('h')?.incarnation ?? known?.incarnation ?? '',
      boot: a.flow?.knownPeers().get('h')?.boot ?? '',
      known: '',
      nonce: 'n',
      challenge: '',
      lane: laneOf(made.message),
      epoch: '',
      base: 0,
      first: 0,
      tag: '',
      items: [{ id: made.message.id, voided: false, head: made.head, body: made.body, leftMs: 1_000 }],
    }),
    digestSeals,
  );
  const subject = messageSubject({ to: 'h', method: 'cliCommand', kind: 'CommandNACK', from: 'a' });
  w.step(h, { type: 'frame', subject, bytes });
  w.runUntil(w.now + 5_000);
  expect(w.runs.map(({ message }) => message.method)).toEqual(['ping', 'fileAppend']);
});
