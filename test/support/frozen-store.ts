// Copies of the frozen stores of version 1, and what is in a store, for tests that bring them to another version.
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { driverFor, openDriver, type DriverName, type Row } from '../../src/store/driver.ts';
import { text } from '../../src/store/value.ts';

const fixtures = fileURLToPath(new URL('../fixtures/store-v1', import.meta.url));

export const frozenStores = ['libsql/central', 'libsql/ship1', 'node-sqlite/central', 'node-sqlite/ship1'] as const;
type FrozenStore = (typeof frozenStores)[number];

/** Those that this version of Node has. */
export const storeDrivers: readonly DriverName[] =
  driverFor(process.versions.node) === 'node:sqlite' ? ['libsql', 'node:sqlite'] : ['libsql'];

const parts = ['', '-wal', '-sum'];

/** The database, its log and its sums, as they lie on the disk. */
export function copyStore(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  for (const part of parts) if (existsSync(from + part)) copyFileSync(from + part, to + part);
}

export function removeStore(path: string): void {
  for (const part of [...parts, '-shm']) rmSync(path + part, { force: true });
}

/** Answers the path of the copy. */
export function copyFrozen(store: FrozenStore, folder: string): string {
  const copy = join(folder, 'steward.db');
  copyStore(join(fixtures, store, 'steward.db'), copy);
  return copy;
}

/** Looks into a store with a connection that has no setting, and without the store's own code. */
export class StoreEyes {
  readonly #path: string;
  readonly #driver: DriverName;

  constructor(path: string, driver: DriverName) {
    this.#path = path;
    this.#driver = driver;
  }

  all(sql: string): readonly Row[] {
    const database = openDriver(this.#path, this.#driver);
    try {
      return database.prepare(sql).all() as readonly Row[];
    } finally {
      database.close();
    }
  }

  /** As `meta` says it, once the database was found to be sound. */
  version(): string {
    const [row] = this.all(
      `SELECT (SELECT group_concat(integrity_check) FROM pragma_integrity_check) AS sound,
         (SELECT value FROM meta WHERE key = 'schema') AS version`,
    );
    return row?.['sound'] === 'ok' ? text(row['version']) : `damaged: ${text(row?.['sound'])}`;
  }

  /** The columns of each table. */
  columns(): Columns {
    const rows = this.all(
      `SELECT m.name AS tableName, c.name AS columnName FROM sqlite_master AS m, pragma_table_info(m.name) AS c
       WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid`,
    );
    const tables = [...new Set(rows.map((row) => text(row['tableName'])))];
    return tables.map((table) => ({
      table,
      columns: rows.filter((row) => row['tableName'] === table).map((row) => text(row['columnName'])),
    }));
  }

  /** Every row with those columns, as text; the version is none. */
  rows(tables: Columns): readonly string[] {
    return tables.flatMap(({ table, columns }) => {
      const values = columns.map((name) => `quote(${name})`).join(` || ',' || `);
      return this.all(`SELECT ${values} AS row FROM ${table} ORDER BY 1`)
        .map((row) => `${table}: ${text(row['row'])}`)
        .filter((row) => !row.startsWith(`meta: 'schema',`));
    });
  }

  /** What the tables and indexes are, whatever the order of the columns. */
  shape(): readonly string[] {
    const columns = this.all(
      `SELECT m.name || '.' || c.name || ' ' || c.type || c."notnull" || coalesce(c.dflt_value, '') || c.pk AS line
       FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'`,
    );
    const indexes = this.all("SELECT sql AS line FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL");
    return [...columns, ...indexes].map((row) => text(row['line']).replaceAll('IF NOT EXISTS ', '')).sort();
  }
}

export type Columns = readonly { readonly table: string; readonly columns: readonly string[] }[];

export function without(columns: Columns, dropped: string): Columns {
  return columns.map((one) => ({ ...one, columns: one.columns.filter((name) => name !== dropped) }));
}
