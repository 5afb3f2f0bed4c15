import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allQueries, randomOps } from './random-ops.ts';
import { sqliteKinds, storeKinds, type StoreUnderTest } from './stores.ts';
import type { RestartState, StoreOp } from '../../../src/model/store-op.ts';

/** Lists whose order nobody promises, in one. */
function inOrder(state: RestartState): object {
  const sorted = (list: readonly object[]): string[] => list.map((row) => JSON.stringify(row)).sort();
  const { schema: _schema, ...meta } = state.meta;
  return {
    ...state,
    meta,
    peers: sorted(state.peers),
    outLanes: sorted(state.outLanes),
    inLanes: sorted(state.inLanes),
    transfers: sorted(state.transfers),
  };
}

function everything(store: StoreUnderTest): object {
  return {
    restart: inOrder(store.query({ query: 'restart' })),
    answers: allQueries.map((query) => ({ query, answer: store.query(query) })),
    outbox: store.outbox(),
    inbox: store.inbox(),
    errors: store.errors(),
  };
}

describe('stores', { timeout: 60_000 }, () => {
  test.each(sqliteKinds)('stores - $name and the one in memory agree after any changes', (kind) => {
    const memoryKind = storeKinds[0];
    if (memoryKind === undefined) throw new Error('there is no store in memory');
    fc.assert(
      fc.property(randomOps, (ops) => {
        const memory = memoryKind.open();
        const sqlite = kind.open();
        try {
          memory.apply(...ops);
          sqlite.apply(...ops);
          expect(everything(sqlite)).toEqual(everything(memory));
        } finally {
          sqlite.close();
        }
      }),
      { numRuns: Number(process.env['STEWARD_TEST_RUNS'] ?? 150) },
    );
  });

  test.each(sqliteKinds)('stores - $name does many changes of one kind at once as one by one', (kind) => {
    const memoryKind = storeKinds[0];
    if (memoryKind === undefined) throw new Error('there is no store in memory');
    const byKind = (ops: readonly StoreOp[]): readonly StoreOp[] => {
      const isAdd = ({ op }: StoreOp): boolean => op.endsWith('-add');
      const rest = ops.filter((op) => !isAdd(op)).sort((a, b) => (a.op < b.op ? -1 : a.op > b.op ? 1 : 0));
      return [...ops.filter(isAdd), ...rest];
    };
    fc.assert(
      fc.property(randomOps, (ops) => {
        const memory = memoryKind.open();
        const sqlite = kind.open();
        try {
          const sorted = byKind([...ops, ...ops.filter(({ op }) => !op.endsWith('-add'))]);
          for (const op of sorted) memory.apply(op);
          sqlite.apply(...sorted);
          expect(everything(sqlite)).toEqual(everything(memory));
        } finally {
          sqlite.close();
        }
      }),
      { numRuns: Number(process.env['STEWARD_TEST_RUNS'] ?? 150) },
    );
  });

  test('stores - a commit that fails in the middle leaves nothing behind', () => {
    for (const kind of sqliteKinds) {
      const store = kind.open();
      const first = { op: 'meta', key: 'a', value: 'kept' } as const;
      store.apply(first);
      // The order of the boot cannot be null: the last of three changes fails.
      const broken = { op: 'boot', boot: 'b', at: Number.NaN } as const;
      expect(() =>
        store.apply({ op: 'meta', key: 'a', value: 'lost' }, { op: 'meta', key: 'b', value: 'lost' }, broken),
      ).toThrow(/NOT NULL/);
      expect(store.query({ query: 'restart' }).meta).toMatchObject({ a: 'kept' });
      expect(store.query({ query: 'restart' }).meta['b']).toBeUndefined();
      store.apply({ op: 'meta', key: 'b', value: 'later' });
      expect(store.query({ query: 'restart' }).meta['b']).toBe('later');
      store.close();
    }
  });
});
