// Messages that wait for others to succeed, in every store: what is noted, whatever ends those, and is pruned then.
import { afterEach, describe, expect, test } from 'vitest';
import type { StoreOp } from '../../../src/model/store-op.ts';
import { idOf, inboxRow, outboxRow, succeed } from './rows.ts';
import { storeKinds, type StoreUnderTest } from './stores.ts';

const add = (ord: number, change: Parameters<typeof outboxRow>[1] = {}): StoreOp => ({
  op: 'outbox-add',
  record: outboxRow(ord, change),
});
const held = (ord: number, ...after: readonly number[]): readonly StoreOp[] => [
  add(ord, { lane: '+cliCommand' }),
  { op: 'outbox-hold', ord, after: after.map(idOf) },
];
const settle = (ord: number, state: 'delivered' | 'expired' | 'cancelled' | 'unknown'): StoreOp => ({
  op: 'outbox-settle',
  ord,
  state,
  at: 1,
  reason: null,
});
const release = (ord: number, newOrd: number): StoreOp => ({
  op: 'outbox-release',
  ord,
  newOrd,
  lane: 'cliCommand',
  deadline: 7,
});
const letGo = (store: StoreUnderTest): readonly unknown[] =>
  store
    .query({ query: 'let-go', limit: 10 })
    .map(({ record, failed }) => [record.ord, failed === null ? null : `${failed.id.slice(-1)} ${failed.state}`]);

describe.each(storeKinds)('$name', (kind) => {
  let opened: StoreUnderTest | undefined;
  const fresh = (...ops: readonly StoreOp[]): StoreUnderTest => {
    opened = kind.open();
    opened.apply(...ops);
    return opened;
  };
  afterEach(() => opened?.close());

  test('held - goes when all have succeeded, also where these were removed since', () => {
    const store = fresh(add(1), add(2), ...held(3, 1, 2), inboxOf(1));
    expect(store.query({ query: 'restart' }).holds).toBe(true);
    store.apply(settle(1, 'delivered'), succeed(1));
    expect(letGo(store)).toEqual([]);
    store.apply({ op: 'outbox-prune', node: 'central', ords: [1] });
    expect(store.outbox().map(({ ord }) => ord)).toEqual([2, 3]);
    store.apply(settle(2, 'delivered'), succeed(2));
    expect(letGo(store)).toEqual([[3, null]]);
    // Nothing of its lane is there before, and one row of it afterwards.
    const page = { query: 'outbox-page', to: 'ship1', lane: 'cliCommand', afterOrd: 2, limit: 9 } as const;
    expect(store.query(page)).toEqual([]);
    store.apply(release(3, 9), release(3, 10));
    expect(store.query(page).map(({ ord, deadline }) => [ord, deadline])).toEqual([[9, 7]]);
    expect(store.outbox().at(-1)).toMatchObject({ ord: 9, heldAs: 3, lane: 'cliCommand', open: true });
    expect(letGo(store)).toEqual([]);
    expect(store.query({ query: 'restart' }).holds).toBe(false);
  });

  test('held - whatever ends what it waits for is noted, and it does not go', () => {
    const ends: readonly (readonly [string, StoreOp])[] = [
      ['expired', settle(1, 'expired')],
      ['cancelled', { op: 'outbox-cancel', filter: { ids: [idOf(1)] }, at: 1, reason: 'r' }],
      [
        'unknown',
        { op: 'outlane-lost', to: 'ship1', lane: 'cliCommand', delivered: false, mayHaveLeft: 1, at: 1, reason: 'r' },
      ],
      [
        'rejected',
        { op: 'outbox-passage', id: idOf(1), to: 'ship1', state: 'rejected', hop: null, at: 1, reason: 'r' },
      ],
    ];
    for (const [state, end] of ends) {
      const store = fresh(add(1), ...held(2, 1), end);
      expect([state, letGo(store)]).toEqual([state, [[2, `1 ${state}`]]]);
      store.apply(release(2, 9));
      expect(store.outbox().map(({ ord }) => ord)).toEqual([1, 2]);
      store.apply(settle(2, 'cancelled'));
      expect(letGo(store)).toEqual([]);
      store.close();
    }
    opened = undefined;
  });

  test('held - what has ended before, or is not known, counts at once', () => {
    const store = fresh(add(1, { state: 'succeeded', open: false }), ...held(2, 1), ...held(3, 1, 8), ...held(4, 3));
    expect(letGo(store)).toEqual([
      [2, null],
      [3, '8 forgotten'],
    ]);
    store.apply(settle(3, 'cancelled'));
    expect(letGo(store)).toEqual([
      [2, null],
      [4, '3 cancelled'],
    ]);
  });

  test('held - a lost lane takes what may have left in another life, and nothing else', () => {
    const lost = (mayHaveLeft: number): StoreOp => ({
      op: 'outlane-lost',
      to: 'ship1',
      lane: 'cliCommand',
      delivered: true,
      mayHaveLeft,
      at: 1,
      reason: 'r',
    });
    const done = { state: 'succeeded', open: false } as const;
    const store = fresh(add(1, done), ...held(2, 1), ...held(3, 1), release(2, 9), lost(1));
    expect(store.outbox().map(({ ord, state }) => [ord, state])).toEqual([
      [1, 'succeeded'],
      [3, 'queued'],
      [9, 'queued'],
    ]);
    // By the order that each had when it was submitted.
    store.apply(lost(2));
    expect(store.outbox().map(({ ord, state }) => [ord, state])).toEqual([
      [1, 'succeeded'],
      [3, 'queued'],
      [9, 'unknown'],
    ]);
    store.apply(lost(3));
    expect(letGo(store)).toEqual([]);
  });
});

function inboxOf(ord: number): StoreOp {
  return { op: 'inbox-add', record: inboxRow(ord, { state: 'ended', lane: 'none<cliCommand', from: 'ship1' }) };
}
