import { afterEach, describe, expect, test } from 'vitest';
import { driverFor } from '../../../src/store/driver.ts';
import type { ErrorRecord } from '../../../src/model/record.ts';
import { errorSize, maxErrorBytes, maxErrorRows, type StoreOp } from '../../../src/model/store-op.ts';
import { SqliteStore } from '../../../src/store/sqlite-store.ts';
import { answerView } from '../../../src/store/view.ts';
import { errorRow } from './rows.ts';
import { storeKinds, type StoreUnderTest } from './stores.ts';

const add = (change: Partial<ErrorRecord> = {}): StoreOp => ({ op: 'error-add', record: errorRow(change) });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

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

  test('errors - a row comes back as it was given, with every field', () => {
    const record = errorRow({ count: 7, untold: 3, hint: 'look "here"', lastAt: 120, text: "it's 🚢" });
    expect(fresh({ op: 'error-add', record }).errors()).toEqual([{ ...record, changed: 1 }]);
    const bare = errorRow({ lane: null, id: null, hint: null });
    expect(fresh({ op: 'error-add', record: bare }).errors()).toEqual([{ ...bare, changed: 1 }]);
  });

  test('errors - what is of one node, kind and beginning is added up, and keeps its first text', () => {
    const store = fresh(
      add({ count: 2, untold: 2 }),
      add({ count: 3, untold: 1, lastAt: 150, text: 'other' }),
      add({ count: 1, lastAt: 120 }),
      add({ firstAt: 101 }),
      add({ kind: 'kind2' }),
      add({ node: 'ship2' }),
    );
    expect(
      store
        .errors()
        .map(({ node, kind: k, firstAt, lastAt, count, untold, text, changed }) => [
          node,
          k,
          firstAt,
          lastAt,
          count,
          untold,
          text,
          changed,
        ]),
    ).toEqual([
      ['ship1', 'kind1', 100, 150, 6, 3, 'a lane starts again', 3],
      ['ship1', 'kind1', 101, 100, 1, 0, 'a lane starts again', 4],
      ['ship1', 'kind2', 100, 100, 1, 0, 'a lane starts again', 5],
      ['ship2', 'kind1', 100, 100, 1, 0, 'a lane starts again', 6],
    ]);
  });

  test('errors - what only becomes told is no news, and makes no row', () => {
    const store = fresh(
      add({ count: 2, untold: 2 }),
      add({ count: 0, untold: -2, lastAt: 300 }),
      add({ kind: 'no', count: 0 }),
    );
    expect(store.errors()).toMatchObject([{ count: 2, untold: 0, lastAt: 100, changed: 1 }]);
    store.apply(add({ count: 1, untold: -1 + 1 }));
    expect(store.errors()).toMatchObject([{ count: 3, changed: 2 }]);
  });

  test('errors - counts of a node that lies add up to no more than a number can be', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const store = fresh(add({ count: most, lastAt: most }), add({ count: most, lastAt: most }));
    expect(store.errors()).toMatchObject([{ count: most, lastAt: most }]);
  });

  test('errors - those of which something is untold are found, the oldest first', () => {
    const store = fresh(
      ...times(4, (index) => add({ kind: `kind${index}`, count: 2, untold: index % 2 })),
      add({ kind: 'kind0', count: 1, untold: 1 }),
    );
    const untold = store.query({ query: 'untold-errors', limit: 10 });
    expect(untold).toEqual([
      errorRow({ kind: 'kind0', count: 3, untold: 1 }),
      errorRow({ kind: 'kind1', count: 2, untold: 1 }),
      errorRow({ kind: 'kind3', count: 2, untold: 1 }),
    ]);
    expect(store.query({ query: 'untold-errors', limit: 1 })).toHaveLength(1);
  });

  test('errors - beyond so many rows the oldest go, but none of which something is untold', { timeout: 60_000 }, () => {
    const store = fresh(add({ kind: 'owed', untold: 1 }));
    store.apply(...times(maxErrorRows + 20, (index) => add({ kind: `kind${index}` })));
    const kinds = store.errors().map(({ kind: k }) => k);
    expect(kinds).toHaveLength(maxErrorRows + 1);
    expect(kinds.slice(0, 2)).toEqual(['owed', 'kind20']);
    store.apply(add({ kind: 'owed', count: 0, untold: -1 }), add({ kind: 'last' }));
    expect(store.errors()[0]?.kind).toBe('kind21');
    expect(store.errors().at(-1)?.kind).toBe('last');
  });

  test('errors - beyond so many bytes the oldest go', { timeout: 60_000 }, () => {
    const text = 'x'.repeat(600);
    const size = errorSize(errorRow({ text, kind: 'kind00000' }));
    const count = Math.ceil((1.2 * maxErrorBytes) / size);
    expect(count).toBeLessThan(maxErrorRows);
    const store = fresh(...times(count, (index) => add({ kind: `kind${index}`, text })));
    const kept = store.errors();
    // The last that does not fit stays.
    expect(kept.length * size).toBeGreaterThan(maxErrorBytes);
    expect((kept.length - 1) * size).toBeLessThanOrEqual(maxErrorBytes);
    expect(kept.at(-1)?.kind).toBe(`kind${count - 1}`);
    // Small ones after large ones make room as they come.
    store.apply(...times(500, (index) => add({ kind: `small${index}` })));
    expect(store.errors().reduce((sum, row) => sum + errorSize(row), 0)).toBeLessThanOrEqual(maxErrorBytes + size);
  });
});

test('errors - the views pick by node, code and time, and go on behind a change', () => {
  const store = new SqliteStore(':memory:', driverFor(process.versions.node));
  const apply = (...ops: readonly StoreOp[]): void => {
    const statements = store.apply(ops);
    while (statements.next().done !== true);
  };
  try {
    apply(
      add({ node: 'ship1', kind: 'a', lastAt: 100 }),
      add({ node: 'ship2', kind: 'b', lastAt: 200, code: 'link-down' }),
      add({ node: 'ship2', kind: 'c', lastAt: 300 }),
    );
    const all = { node: null, code: null, since: null } as const;
    const kinds = (view: Parameters<typeof answerView>[1]): readonly string[] =>
      (answerView(store, view) as readonly ErrorRecord[]).map((row) => row.kind);
    expect(kinds({ view: 'errors', ...all, limit: 10 })).toEqual(['c', 'b', 'a']);
    expect(kinds({ view: 'errors', ...all, limit: 2 })).toEqual(['c', 'b']);
    expect(kinds({ view: 'errors', ...all, node: 'ship2', limit: 10 })).toEqual(['c', 'b']);
    expect(kinds({ view: 'errors', ...all, code: 'link-down', limit: 10 })).toEqual(['b']);
    expect(kinds({ view: 'errors', ...all, since: 200, limit: 10 })).toEqual(['c', 'b']);
    expect(kinds({ view: 'errors', node: 'ship1', code: 'link-down', since: 1, limit: 10 })).toEqual([]);
    apply(add({ node: 'ship1', kind: 'a', lastAt: 400 }));
    expect(kinds({ view: 'errors', ...all, limit: 10 })).toEqual(['a', 'c', 'b']);
    expect(kinds({ view: 'changed-errors', ...all, after: 2, limit: 10 })).toEqual(['c', 'a']);
    expect(kinds({ view: 'changed-errors', ...all, after: 2, limit: 1 })).toEqual(['c']);
    expect(kinds({ view: 'changed-errors', ...all, node: 'ship1', after: 3, limit: 10 })).toEqual(['a']);
  } finally {
    store.close();
  }
});
