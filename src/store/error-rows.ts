// The table of errors: what was counted is added up, and the oldest rows give way.
import type { ErrorRecord, StoredError } from '../model/record.ts';
import { errorSize, maxErrorBytes, maxErrorRows } from '../model/store-op.ts';
import type { Row, SqlValue } from './driver.ts';
import { text, textOrNull } from './value.ts';

/** Rows that may go when one comes: as many as the largest row is larger than the smallest, and more. */
export const maxErrorsGoing = 16;

type Run = (sql: string, ...values: SqlValue[]) => void;

const sum = (column: string): string => `min(${column} + excluded.${column}, ${Number.MAX_SAFE_INTEGER})`;
/** `endBytes` is the size of all rows up to this one since the first that ever was: what lies between two rows is a difference. */
const addStatement = `
  INSERT INTO errors (node, kind, code, lane, id, text, hint, count, untold, firstAt, lastAt, changed, endBytes)
  VALUES (?,?,?,?,?,?,?,?,?,?,?,
    (SELECT coalesce(max(changed), 0) + 1 FROM errors),
    ? + coalesce((SELECT endBytes FROM errors ORDER BY ord DESC LIMIT 1), 0))
  ON CONFLICT (node, kind, firstAt) DO UPDATE SET
    count = ${sum('count')}, untold = ${sum('untold')}, lastAt = max(lastAt, excluded.lastAt), changed = excluded.changed`;
const trimStatement = `
  DELETE FROM errors WHERE ord IN (SELECT ord FROM errors WHERE untold <= 0 ORDER BY ord LIMIT ${maxErrorsGoing})
    AND (ord <= (SELECT max(ord) FROM errors) - ${maxErrorRows}
      OR endBytes <= (SELECT endBytes FROM errors ORDER BY ord DESC LIMIT 1) - ${maxErrorBytes})`;

export function addError(run: Run, record: ErrorRecord): void {
  const { node, kind, code, lane, id, text: words, hint, count, untold, firstAt, lastAt } = record;
  // Only what is untold changes: nobody who follows the errors need hear of it.
  if (count === 0) {
    const change = 'UPDATE errors SET untold = untold + ? WHERE node = ? AND kind = ? AND firstAt = ?';
    return run(change, untold, node, kind, firstAt);
  }
  const values = [node, kind, code, lane, id, words, hint, count, untold, firstAt, lastAt];
  run(addStatement, ...values, errorSize(record));
  run(trimStatement);
}

export function storedError(row: Row): StoredError {
  return {
    node: text(row['node']),
    kind: text(row['kind']),
    code: text(row['code']),
    lane: textOrNull(row['lane']),
    id: textOrNull(row['id']),
    text: text(row['text']),
    hint: textOrNull(row['hint']),
    count: Number(row['count']),
    untold: Number(row['untold']),
    firstAt: Number(row['firstAt']),
    lastAt: Number(row['lastAt']),
    changed: Number(row['changed']),
  };
}

export interface ErrorFilter {
  readonly node: string | null;
  readonly code: string | null;
  /** Of which one came at this wall time or later, by the clock of its node. */
  readonly since: number | null;
}

interface ErrorReader {
  all(sql: string, ...values: SqlValue[]): readonly Row[];
}

const passes = '(?1 IS NULL OR node = ?1) AND (?2 IS NULL OR code = ?2) AND (?3 IS NULL OR lastAt >= ?3)';

/** The newest first. */
export function newestErrors(store: ErrorReader, of: ErrorFilter & { readonly limit: number }): readonly StoredError[] {
  const sql = `SELECT * FROM errors WHERE ${passes} ORDER BY changed DESC LIMIT ?4`;
  return store.all(sql, of.node, of.code, of.since, of.limit).map(storedError);
}

/** What has changed since, in that order. */
export function changedErrors(
  store: ErrorReader,
  of: ErrorFilter & { readonly after: number; readonly limit: number },
): readonly StoredError[] {
  const sql = `SELECT * FROM errors WHERE changed > ?4 AND ${passes} ORDER BY changed LIMIT ?5`;
  return store.all(sql, of.node, of.code, of.since, of.after, of.limit).map(storedError);
}
