// SQLite behind the smallest interface that two drivers share: node:sqlite where Node has it (22.14 and newer), otherwise libsql.
//
// 1. `synchronous` is as asked for, read back: a driver that opens otherwise is refused (it would lose acknowledged writes in a power cut).
// 2. Only prepare/run/get/all/exec are used; the drivers differ in everything else.
// 3. Values go to libsql as one array: it takes a lone object, null included, for named parameters and aborts the process.
import { createRequire } from 'node:module';
import { StewardError } from '../model/error.ts';

/** libsql reads blobs as ArrayBuffer in `all`, and as Buffer in `get`. */
export type SqlValue = string | number | bigint | null | Uint8Array | ArrayBuffer;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  run(...values: SqlValue[]): unknown;
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

interface Constructor {
  new (path: string): Database;
}

export type DriverName = 'node:sqlite' | 'libsql';

const require = createRequire(import.meta.url);
/** Another process may hold the lock for a moment. The main thread waits for it, and so not for long. */
const busyTimeoutMs = 50;

/** The driver for this version of Node, as in `process.versions.node`. */
export function driverFor(nodeVersion: string): DriverName {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 14) ? 'node:sqlite' : 'libsql';
}

/** `NORMAL`: the log is whole, and its caller syncs it (wal.ts). `FULL`: SQLite does. */
export type Synchronous = 'NORMAL' | 'FULL';

/** Of a new database. */
const pageBytes = 1024;
const levels = { NORMAL: 1, FULL: 2 } as const;

/** The log is moved into the database by the checkpointer only. */
export function openDatabase(path: string, driver: DriverName, synchronous: Synchronous): Database {
  const database = openDriver(path, driver);
  try {
    database.exec(`PRAGMA busy_timeout=${busyTimeoutMs}`);
    // Of a new one only: any other would be written to.
    const { page_count: pages } = database.prepare('PRAGMA page_count').get() as Row;
    if (pages === 0) database.exec(`PRAGMA page_size=${pageBytes}; PRAGMA auto_vacuum=INCREMENTAL;`);
    database.exec(`PRAGMA journal_mode=WAL;
      PRAGMA synchronous=${synchronous}; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=8388608; PRAGMA cache_size=-2048; PRAGMA temp_store=MEMORY;`);
    const row = database.prepare('PRAGMA synchronous').get() as Row;
    if (Number(row['synchronous']) !== levels[synchronous]) {
      throw new StewardError('store-unavailable', `the driver ${driver} does not sync every commit`, {
        hint: 'use another version of Node',
      });
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A connection without any setting. */
export function openDriver(path: string, driver: DriverName): Database {
  if (driver === 'node:sqlite') return new (require('node:sqlite') as { DatabaseSync: Constructor }).DatabaseSync(path);
  const database = new (require('libsql') as Constructor)(path);
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => statementOf(database, sql),
    close: () => database.close(),
  };
}

/**
 * Where `all` found nothing, `get` of the same statement finds nothing the next time, whatever is there: one for each. A `get` that has failed would
 * run again with the values of that call, whatever it is given: it is made anew.
 */
function statementOf(database: Database, sql: string): Statement {
  const first = withArrays(database.prepare(sql));
  let second: Statement | undefined;
  return {
    ...first,
    get: (...values) => {
      second ??= withArrays(database.prepare(sql));
      try {
        return second.get(...values);
      } catch (error) {
        second = undefined;
        throw error;
      }
    },
  };
}

function withArrays(statement: Statement): Statement {
  const { run, get, all } = statement as unknown as Record<
    'run' | 'get' | 'all',
    (values: readonly SqlValue[]) => unknown
  >;
  return {
    run: (...values) => run.call(statement, values),
    get: (...values) => get.call(statement, values),
    all: (...values) => all.call(statement, values) as unknown[],
  };
}
