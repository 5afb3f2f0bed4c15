// Cancels what has never left, some hundred rows at a time: the thread is held for one statement, and the database keeps little to undo it.
//
// From: sqlite-store.ts, within a transaction. What its filter means is in queue-rows.ts.
import { mayHaveRun } from '../model/never-ran.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { Row, SqlValue } from './driver.ts';
import { neverLeft, waysOf } from './queue-rows.ts';
import { ranPerhaps } from './row.ts';
import { text } from './value.ts';

interface CancelParts {
  readonly run: (sql: string, ...values: SqlValue[]) => void;
  readonly all: (sql: string, ...values: SqlValue[]) => readonly Row[];
  readonly nodeTime: number;
}

const rowsAtOnce = 500;

const set = `UPDATE outbox SET open = 0, endedAt = ?, doneAt = ?,
  state = CASE WHEN rerun = '${ranPerhaps}' THEN 'unknown' ELSE 'cancelled' END,
  reason = CASE WHEN rerun = '${ranPerhaps}' THEN ? ELSE ? END`;

/** In the order of the index of what is open, which alone is read to find where to stop. */
const place = '(receiver, lane, ord)';
const next = `SELECT receiver, lane, ord FROM outbox WHERE open = 1 AND ${place} > (?, ?, ?)
  ORDER BY receiver, lane, ord LIMIT 1 OFFSET ${rowsAtOnce - 1}`;

type Place = readonly [receiver: string, lane: string, ord: number];

/** One statement at a time, as far as its caller goes. */
export function* cancelWaiting(
  op: StoreOp & { readonly op: 'outbox-cancel' },
  { run, all, nodeTime }: CancelParts,
): Generator<void, void> {
  const change = [op.at, nodeTime, mayHaveRun(op.reason), op.reason] as const;
  if (waysOf(op.filter).includes('by others')) {
    const { where, values } = neverLeft(op.filter, 'by others');
    const some = `SELECT ord FROM outbox WHERE ${where} ORDER BY ord LIMIT ${rowsAtOnce}`;
    for (let rows = all(some, ...values); rows.length > 0; rows = all(some, ...values)) {
      const ords = JSON.stringify(rows.map(({ ord }) => Number(ord)));
      run(`${set} WHERE ord IN (SELECT value FROM json_each(?))`, ...change, ords);
      yield;
    }
  }
  const { where, values } = neverLeft(op.filter, 'straight');
  const given = [...change, ...values] as const;
  // These are few, and have indexes of their own.
  if (op.filter.ids !== undefined || op.filter.key !== undefined) return run(`${set} WHERE ${where}`, ...given);
  let after: Place = [op.filter.to ?? '', '', 0];
  for (;;) {
    const [row] = all(next, ...after);
    if (row === undefined || (op.filter.to !== undefined && row['receiver'] !== op.filter.to))
      return run(`${set} WHERE ${where} AND ${place} > (?, ?, ?)`, ...given, ...after);
    const until: Place = [text(row['receiver']), text(row['lane']), Number(row['ord'])];
    run(`${set} WHERE ${where} AND ${place} > (?, ?, ?) AND ${place} <= (?, ?, ?)`, ...given, ...after, ...until);
    after = until;
    yield;
  }
}
