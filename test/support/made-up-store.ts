// The next two versions of the store, which there are not: the next one adds a column with its index, fills it, and drops another one; the
// one after it adds a table.
import { presentVersion } from '../../src/store/schema.ts';
import type { StoreVersion } from '../../src/store/migrate.ts';

/** The column that the next version adds: whether a body belongs to the message. */
export const added = 'hasBody';
/** The one that it drops. The rows can be read without it. */
export const dropped = 'replyReason';

const statements: readonly string[] = [
  `ALTER TABLE outbox ADD COLUMN ${added} INTEGER NOT NULL DEFAULT 0`,
  `UPDATE outbox SET ${added} = 1 WHERE bodySize > 0`,
  `CREATE INDEX outbox_${added} ON outbox (${added}, ord)`,
  `ALTER TABLE outbox DROP COLUMN ${dropped}`,
];

const notes = 'CREATE TABLE IF NOT EXISTS notes (ord INTEGER PRIMARY KEY, note TEXT)';

const tables = changed(presentVersion.tables, [
  [` ${dropped} TEXT,`, ` ${added} INTEGER NOT NULL DEFAULT 0,`],
  ['CREATE TABLE IF NOT EXISTS outlanes', `CREATE INDEX IF NOT EXISTS outbox_${added} ON outbox (${added}, ord);\n$&`],
]);

/** Where the migration to the next version can be stopped: before each of its statements, and behind the last. */
export const points = [0, 1, 2, 3, 4] as const;
export type Point = (typeof points)[number];

/** `reached` is called at each point, in the midst of the transaction. */
export function nextVersion(reached: (point: Point) => void = () => undefined): StoreVersion {
  const sql: Iterable<string> = {
    *[Symbol.iterator]() {
      for (const point of points) {
        reached(point);
        const statement = statements[point];
        if (statement !== undefined) yield statement;
      }
    },
  };
  const version = presentVersion.version + 1;
  const step = { to: version, what: 'says which messages have a body', sql };
  return { version, tables, migrations: [...presentVersion.migrations, step] };
}

export function versionAfterNext(): StoreVersion {
  const next = nextVersion();
  const version = next.version + 1;
  const step = { to: version, what: 'takes notes', sql: [notes, 'INSERT INTO notes SELECT ord, id FROM outbox'] };
  // In any order: the store puts them right.
  return { version, tables: `${next.tables}${notes};\n`, migrations: [step, ...next.migrations] };
}

/** Throws where a change does not find its place: the version would otherwise be this one. */
function changed(text: string, changes: readonly (readonly [old: string, now: string])[]): string {
  let now = text;
  for (const [old, replacement] of changes) {
    if (now.split(old).length !== 2) throw new Error(`"${old}" does not stand once in the tables`);
    now = now.replace(old, replacement);
  }
  return now;
}
