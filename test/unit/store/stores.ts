// The stores that keep the contract, behind one face: what the flow uses, and all rows for the eyes of a test.
import { driverFor, type DriverName } from '../../../src/store/driver.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { storedError } from '../../../src/store/error-rows.ts';
import { answerQuery } from '../../../src/store/query.ts';
import { inboxRecord, outboxRecord } from '../../../src/store/row.ts';
import { SqliteStore } from '../../../src/store/sqlite-store.ts';
import type { InboxRecord, OutboxRecord, StoredError } from '../../../src/model/record.ts';
import type { QueryResult, StoreOp, StoreQuery } from '../../../src/model/store-op.ts';

export interface StoreUnderTest {
  apply(...ops: readonly StoreOp[]): void;
  query<Q extends StoreQuery>(query: Q): QueryResult<Q>;
  outbox(): readonly OutboxRecord[];
  inbox(): readonly InboxRecord[];
  errors(): readonly StoredError[];
  close(): void;
}

export interface StoreKind {
  readonly name: string;
  open(): StoreUnderTest;
}

function openMemory(): StoreUnderTest {
  const store = new MemoryStore();
  return {
    apply: (...ops) => store.apply(ops),
    query: (query) => store.query(query),
    outbox: () => [...store.contents().outbox].sort(byOrd),
    inbox: () => [...store.contents().inbox].sort(byOrd),
    errors: () => store.errors(),
    close: () => undefined,
  };
}

function openSqlite(driver: DriverName): StoreUnderTest {
  const store = new SqliteStore(':memory:', driver);
  return {
    apply(...ops) {
      store.begin();
      try {
        const statements = store.apply(ops);
        while (statements.next().done !== true);
        store.end();
      } catch (error) {
        store.rollback();
        throw error;
      }
    },
    query: <Q extends StoreQuery>(query: Q) => answerQuery(store, query) as QueryResult<Q>,
    outbox: () => store.all('SELECT * FROM outbox ORDER BY ord').map(outboxRecord),
    inbox: () => store.all('SELECT * FROM inbox ORDER BY ord').map(inboxRecord),
    errors: () => store.all('SELECT * FROM errors ORDER BY ord').map(storedError),
    close: () => store.close(),
  };
}

function byOrd(a: { readonly ord: number }, b: { readonly ord: number }): number {
  return a.ord - b.ord;
}

const drivers: readonly DriverName[] =
  driverFor(process.versions.node) === 'node:sqlite' ? ['libsql', 'node:sqlite'] : ['libsql'];

/** The real ones, of which this version of Node has one or two. */
export const sqliteKinds: readonly StoreKind[] = drivers.map((driver) => ({
  name: `SqliteStore(${driver})`,
  open: () => openSqlite(driver),
}));

export const storeKinds: readonly StoreKind[] = [{ name: 'MemoryStore', open: openMemory }, ...sqliteKinds];
