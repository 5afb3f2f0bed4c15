// Brings the store to this version: makes a new one, and changes one that an earlier version wrote.
//
// Job: as soon as the database is open, before anything else is written. From: sqlite-store.ts. To: the database.
// 1. One transaction, the version in `meta` in it: whatever ends the process or takes the power, the store is of one version, whole.
// 2. Durable when `bringTo` comes back. The log of a store is otherwise synced by the commit queue, later (wal.ts); this transaction is
//    synced by SQLite itself (`synchronous=FULL`), so that nothing is done for anybody on a version that may be gone tomorrow.
// 3. What an earlier life left in the log is moved into the database, and synced, before a migration is written behind it (disk.ts). Its
//    sums are settled by then (examine.ts); those of the migration are before the log is moved again (disk.ts).
// 4. A store without a number and without a row was never used: its making was interrupted, and is begun anew.
// 5. What cannot be brought to this version stays as it is: neither a newer store nor one that no migration leads from is written to.
import { StewardError } from '../model/error.ts';
import type { Database, Row } from './driver.ts';
import { text } from './value.ts';
import { isCorrupt, reasonOf } from './store-error.ts';

/** Leads from the version before `to`. */
export interface Migration {
  readonly to: number;
  /** What it does, for the person who reads why it could not be done. */
  readonly what: string;
  /** In order, one at a time; each is taken when the one before it has been done. */
  readonly sql: Iterable<string>;
}

export interface StoreVersion {
  readonly version: number;
  /** Makes what is missing of the tables and indexes of this version: all of them in a new store, and what is new after a migration. */
  readonly tables: string;
  readonly migrations: readonly Migration[];
  /** Called before a store is changed, which may take long; `to`: the versions that it is brought to. */
  readonly onUpgrade?: (to: string) => void;
}

interface Opened {
  readonly path: string;
  readonly database: Database;
}

/** Throws `store-unavailable`, and what the database throws. The store is then as it was, and may be tried again. */
export function bringTo(present: StoreVersion, { path, database }: Opened): void {
  const steps = stepsTo(present, { path, database });
  try {
    if (steps.length > 0) {
      present.onUpgrade?.(versionsOf(steps));
      database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
      // A statement that changes every row keeps every page as it was until it has ended: not in memory.
      database.exec('PRAGMA temp_store=FILE');
    }
    synced(database, () => {
      if (steps.length === 0) dropUnused(database);
      for (const { sql } of steps) for (const statement of sql) database.exec(statement);
      database.exec(present.tables);
      // Writes nothing where it says so already, as at nearly every start.
      database
        .prepare(
          `INSERT INTO meta (key, value) VALUES ('schema', ?)
           ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`,
        )
        .run(String(present.version));
    });
    if (steps.length > 0) database.exec('PRAGMA temp_store=MEMORY');
  } catch (error) {
    throw steps.length === 0 || isCorrupt(error) ? error : notMigrated({ path, steps, error });
  }
}

/** In their order. Throws `store-unavailable` where one is missing, and where the store is newer. */
function stepsTo({ version, migrations }: StoreVersion, { path, database }: Opened): readonly Migration[] {
  const found = versionOf(database);
  if (found === undefined) return [];
  const from = Number(found);
  const steps = migrations.filter(({ to }) => to > from).sort((one, other) => one.to - other.to);
  if (steps.length === version - from && steps.every(({ to }, at) => to === from + 1 + at)) return steps;
  throw new StewardError(
    'store-unavailable',
    `${path} was written by another version of Steward (store ${found}, this one knows ${version})`,
    { hint: 'run the version that wrote it, or a newer one' },
  );
}

/** Undefined of a new store, and of one that was never used. Any other that has no number is of version 1, which wrote its number last. */
function versionOf(database: Database): string | undefined {
  if (database.prepare("SELECT name FROM sqlite_master WHERE name = 'meta'").get() === undefined) return undefined;
  const row = database.prepare("SELECT value FROM meta WHERE key = 'schema'").get() as Row | undefined;
  if (row !== undefined) return text(row['value']);
  return tablesOf(database).some((table) => database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined)
    ? '1'
    : undefined;
}

function tablesOf(database: Database): readonly string[] {
  const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as readonly Row[];
  return rows.map(({ name }) => text(name)).filter((name) => !name.startsWith('sqlite_'));
}

/** Of a store that has no number: `versionOf` has found no row in it. */
function dropUnused(database: Database): void {
  const tables = tablesOf(database);
  if (!tables.includes('meta')) return;
  if (database.prepare("SELECT 1 FROM meta WHERE key = 'schema'").get() !== undefined) return;
  for (const table of tables) database.exec(`DROP TABLE ${table}`);
}

/** All or nothing, and durable. */
function synced(database: Database, act: () => void): void {
  database.exec('PRAGMA synchronous=FULL; BEGIN IMMEDIATE');
  try {
    act();
    database.exec('COMMIT');
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself (a full disk does that): the first error tells more, and travels.
    }
    throw error;
  }
  database.exec('PRAGMA synchronous=NORMAL');
}

function versionsOf(steps: readonly Migration[]): string {
  const named = steps.map(({ to, what }) => `${to} (${what})`);
  return [named.slice(0, -1).join(', '), ...named.slice(-1)].filter((part) => part !== '').join(' and ');
}

function notMigrated(failed: {
  readonly path: string;
  readonly steps: readonly Migration[];
  readonly error: unknown;
}): StewardError {
  const { path, steps, error } = failed;
  return new StewardError(
    'store-unavailable',
    `the store ${path} cannot be brought to version ${versionsOf(steps)}: ${reasonOf(error)}`,
    {
      hint: 'it is left as it is, and the next start tries again: check that its folder is writable, and has room for the store once more',
      cause: error,
    },
  );
}
