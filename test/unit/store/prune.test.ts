// Retention, in every store: what may be removed, what stays, and what goes with it.
import { afterEach, describe, expect, test } from 'vitest';
import type { InboxRecord, OutboxRecord } from '../../../src/model/record.ts';
import { isFinal, messageStates } from '../../../src/model/state.ts';
import type { StoreOp } from '../../../src/model/store-op.ts';
import { idOf, inboxRow, outboxRow, succeed } from './rows.ts';
import { storeKinds, type StoreUnderTest } from './stores.ts';

const large = 100_000;
const newest = 99;
const request = (ord: number, change: Partial<OutboxRecord> = {}): StoreOp => ({
  op: 'outbox-add',
  record: outboxRow(ord, { state: 'succeeded', open: false, ...change }),
});
const entry = (ord: number, change: Partial<InboxRecord> = {}): StoreOp => ({
  op: 'inbox-add',
  record: inboxRow(ord, { state: 'ended', ...change }),
});
const answer = (ord: number, to: number, change: Partial<InboxRecord> = {}): StoreOp =>
  entry(ord, { from: 'ship1', lane: 'fileAppend<cliCommand', head: `{"q":{"i":"${idOf(to)}"}}`, ...change });
const piece = (box: 'in' | 'out', sender: string, id: number): StoreOp => ({
  op: 'piece',
  owner: { box, sender, id: idOf(id) },
  index: 0,
  bytes: Uint8Array.of(1),
});
const time = (nodeTime: number): StoreOp => ({ op: 'meta', key: 'nodeTime', value: String(nodeTime) });
/** Of no matter to a test: it is not finished. */
const open = request(newest, { open: true });
const running = entry(newest, { state: 'started' });
const pruneOutbox = (...ords: readonly number[]): StoreOp => ({ op: 'outbox-prune', node: 'central', ords });
const pruneInbox = (...ords: readonly number[]): StoreOp => ({ op: 'inbox-prune', ords });

describe.each(storeKinds)('$name', (kind) => {
  let opened: StoreUnderTest | undefined;
  const fresh = (...ops: readonly StoreOp[]): StoreUnderTest => {
    opened = kind.open();
    opened.apply(...ops);
    return opened;
  };
  afterEach(() => {
    opened?.close();
    opened = undefined;
  });
  const ords = (rows: readonly { readonly ord: number }[]): readonly number[] => rows.map(({ ord }) => ord);
  const hasPieces = (store: StoreUnderTest, box: 'in' | 'out', sender: string, id: number): boolean =>
    store.query({ query: 'pieces', owner: { box, sender, id: idOf(id) }, fromIndex: 0, limit: 9 }).length > 0;
  const finished = (store: StoreUnderTest, box: 'outbox' | 'inbox'): readonly number[] =>
    ords(store.query({ query: 'finished', box, afterOrd: 0, limit: 100 }).found);

  test('prune - a request goes in each final state, and in no other', () => {
    const all = messageStates.map((state, index) => request(index + 1, { state }));
    const store = fresh(...all, open);
    const final = messageStates.flatMap((state, index) => (isFinal(state) ? [index + 1] : []));
    expect(finished(store, 'outbox')).toEqual(final);
    store.apply(pruneOutbox(...messageStates.map((_state, index) => index + 1)));
    expect(store.outbox().map(({ state }) => state)).toEqual([
      ...messageStates.filter((state) => !isFinal(state)),
      'succeeded',
    ]);
  });

  test.each<readonly [string, Partial<OutboxRecord>]>([
    ['its lane has not settled it', { open: true }],
    ['its answer is being handled', { replyState: 'pending' }],
    ['it is an answer of this node', { isReply: true }],
  ])('prune - a request stays while %s', (_why, change) => {
    const store = fresh(request(1, change), open);
    expect(finished(store, 'outbox')).toEqual([]);
    store.apply(pruneOutbox(1));
    expect(ords(store.outbox())).toEqual([1, newest]);
  });

  test('prune - what was finished when it was found, and is not any more, stays', () => {
    const store = fresh(request(1, { state: 'unknown' }), open);
    expect(finished(store, 'outbox')).toEqual([1]);
    store.apply(succeed(1, { answerOrd: 5, replyState: 'pending' }), pruneOutbox(1));
    expect(ords(store.outbox())).toEqual([1, newest]);
  });

  test('prune - an order is not given twice, also when the newest has gone, and an older one goes after it', () => {
    const store = fresh(...[1, 2, 3].flatMap((ord) => [request(ord), entry(ord)]));
    store.apply(pruneOutbox(3), pruneInbox(2, 3), pruneOutbox(1), pruneInbox(1));
    expect([ords(store.outbox()), ords(store.inbox())]).toEqual([[2], []]);
    expect(store.query({ query: 'restart' })).toMatchObject({ lastOutboxOrd: 3, lastInboxOrd: 3 });
  });

  test('prune - with a request go its answer, and the pieces of both', () => {
    const store = fresh(
      request(1, { answerOrd: 3, bodySize: large }),
      open,
      piece('out', 'central', 1),
      piece('out', 'central', 2),
      answer(3, 1, { id: idOf(7), bodySize: large }),
      piece('in', 'ship1', 7),
      piece('in', 'ship1', 8),
      running,
    );
    store.apply(pruneOutbox(1));
    expect([ords(store.outbox()), ords(store.inbox())]).toEqual([[newest], [newest]]);
    expect([hasPieces(store, 'out', 'central', 1), hasPieces(store, 'in', 'ship1', 7)]).toEqual([false, false]);
    expect([hasPieces(store, 'out', 'central', 2), hasPieces(store, 'in', 'ship1', 8)]).toEqual([true, true]);
  });

  test('prune - an answer stays while its request points to it; one that nothing points to goes', () => {
    const store = fresh(request(1, { answerOrd: 2 }), answer(1, 1), answer(2, 1), answer(3, 50), running);
    expect(finished(store, 'inbox')).toEqual([1, 3]);
    store.apply(pruneInbox(1, 2, 3));
    expect(ords(store.inbox())).toEqual([2, newest]);
  });

  test('prune - an answer that has not ended stays when its request goes, and goes when it has', () => {
    const store = fresh(
      request(1, { answerOrd: 2 }),
      open,
      answer(2, 1, { state: 'started' }),
      running,
      pruneOutbox(1),
    );
    expect(ords(store.inbox())).toEqual([2, newest]);
    store.apply({ op: 'inbox-end', ord: 2, at: 1, outcome: '{}' });
    expect(finished(store, 'inbox')).toEqual([2]);
  });

  test('prune - what was accepted goes when it has ended, and no sooner', () => {
    const store = fresh(entry(1), entry(2, { state: 'accepted' }), entry(3, { state: 'started' }), running);
    expect(finished(store, 'inbox')).toEqual([1]);
    store.apply(pruneInbox(1, 2, 3));
    expect(ords(store.inbox())).toEqual([2, 3, newest]);
  });

  test('prune - pieces stay where another message was accepted that has them, and where they arrive once more', () => {
    const twice = { id: idOf(7), bodySize: large };
    const store = fresh(
      entry(1, twice),
      entry(2, twice),
      entry(3, { id: idOf(8), bodySize: large }),
      running,
      piece('in', 'central', 7),
      piece('in', 'central', 8),
      { op: 'transfer', record: { from: 'central', id: idOf(8), size: large, have: 1 } },
      pruneInbox(1, 3),
    );
    expect([hasPieces(store, 'in', 'central', 7), hasPieces(store, 'in', 'central', 8)]).toEqual([true, true]);
    store.apply(pruneInbox(2));
    expect(hasPieces(store, 'in', 'central', 7)).toBe(false);
    store.apply({ op: 'transfer-drop', from: 'central', id: idOf(8), pieces: true });
    expect(hasPieces(store, 'in', 'central', 8)).toBe(false);
  });

  test('prune - all pieces of a body of many go', () => {
    const store = fresh(
      entry(1, { id: idOf(7), bodySize: large }),
      running,
      ...Array.from({ length: 100 }, (_none, index) => ({ ...piece('in', 'central', 7), index })),
      pruneInbox(1),
    );
    expect(hasPieces(store, 'in', 'central', 7)).toBe(false);
  });

  test('finished - says since when, in the node time that the store knew', () => {
    const settle = (ord: number): StoreOp => ({ op: 'outbox-settle', ord, state: 'expired', at: 9, reason: null });
    const queued = { state: 'queued', open: true } as const;
    const store = fresh(
      ...[1, 2, 3].map((ord) => request(ord, queued)),
      open,
      settle(1),
      time(100),
      settle(2),
      entry(1),
      entry(2, { state: 'started' }),
      running,
      time(200),
      settle(3),
      { op: 'inbox-end', ord: 2, at: 1, outcome: '{}' },
    );
    const since = (box: 'outbox' | 'inbox'): readonly number[] =>
      store.query({ query: 'finished', box, afterOrd: 0, limit: 100 }).found.map(({ doneAt }) => doneAt);
    expect([since('outbox'), since('inbox')]).toEqual([
      [0, 100, 200],
      [100, 200],
    ]);
  });

  test('finished - a page looks at so many rows, whatever they are', () => {
    const store = fresh(...[1, 2, 3, 4, 5].map((ord) => request(ord, { open: ord === 2 })), open);
    const page = (afterOrd: number, limit: number): unknown => {
      const { found, ...rest } = store.query({ query: 'finished', box: 'outbox', afterOrd, limit });
      return { ...rest, found: ords(found) };
    };
    expect(page(0, 3)).toEqual({ found: [1, 3], looked: 3, through: 3, isEnd: false });
    expect(page(3, 9)).toEqual({ found: [4, 5], looked: 3, through: newest, isEnd: true });
    expect(page(newest, 9)).toEqual({ found: [], looked: 0, through: newest, isEnd: true });
  });

  test('peer-drop - forgets a node that has only said hello, and no other', () => {
    const peer = (name: string, incarnation: string | null): StoreOp => ({
      op: 'peer',
      record: { name, incarnation, boot: incarnation, heardAt: 1, version: null, groups: [] },
    });
    const store = fresh(peer('ship1', 'i1'), peer('ship2', null));
    store.apply({ op: 'peer-drop', name: 'ship1' }, { op: 'peer-drop', name: 'ship2' });
    expect(store.query({ query: 'restart' }).peers.map(({ name }) => name)).toEqual(['ship1']);
  });

  test('space - grows with what is written, and shrinks when that has gone and the free pages were given back', () => {
    const rows = Array.from({ length: 200 }, (_none, index) => newest + index + 1);
    const store = fresh();
    const empty = store.query({ query: 'space' });
    store.apply(...rows.map((ord) => request(ord, { body: new Uint8Array(900), bodySize: 900 })), open);
    const full = store.query({ query: 'space' });
    expect(full.used).toBeGreaterThanOrEqual(empty.used + 200 * 1000);
    store.apply(pruneOutbox(...rows));
    expect(store.query({ query: 'space' }).used).toBeLessThan(empty.used + 20_000);
    store.apply({ op: 'shrink', pages: 1000 });
    const { used, file } = store.query({ query: 'space' });
    expect(file).toBe(used);
  });
});
