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

const change = `SET open = 0, endedAt = ?, doneAt = ?,
  state = CASE WHEN rerun = '${ranPerhaps}' THEN 'unknown' ELSE 'cancelled' END,
  reason = CASE WHEN rerun = '${ranPerhaps}' THEN ? ELSE ? END`;
const set = `UPDATE outbox ${change}`;

/** A walk over what is open, by an index that holds all that it needs to find where to stop. */
interface Walk {
  readonly index: string;
  readonly place: string;
  /** Of the index. */
  readonly holds: string;
  readonly placeOf: (row: Row) => readonly SqlValue[];
}

const byReceiver: Walk = {
  index: 'outbox_open',
  place: 'receiver, lane, ord',
  holds: 'open = 1',
  placeOf: (row) => [text(row['receiver']), text(row['lane']), Number(row['ord'])],
};
/** About in the order of intake, in which the rows lie: where all nodes are meant, half the time is for finding pages. */
const byDeadline: Walk = {
  index: 'outbox_deadline',
  place: 'deadline, ord',
  holds: 'open = 1 AND wish IS NULL',
  placeOf: (row) => [Number(row['deadline']), Number(row['ord'])],
};

/** One statement at a time, as far as its caller goes. */
export function* cancelWaiting(
  op: StoreOp & { readonly op: 'outbox-cancel' },
  { run, all, nodeTime }: CancelParts,
): Generator<void, void> {
  const given = [op.at, nodeTime, mayHaveRun(op.reason), op.reason] as const;
  const { to, ids, key } = op.filter;
  if (waysOf(op.filter).includes('by others')) {
    const { where, values } = neverLeft(op.filter, 'by others');
    const some = `SELECT ord FROM outbox WHERE ${where} ORDER BY ord LIMIT ${rowsAtOnce}`;
    for (let rows = all(some, ...values); rows.length > 0; rows = all(some, ...values)) {
      const ords = JSON.stringify(rows.map(({ ord }) => Number(ord)));
      run(`${set} WHERE ord IN (SELECT value FROM json_each(?))`, ...given, ords);
      yield;
    }
  }
  const { where, values } = neverLeft(op.filter, 'straight');
  const rest = (): void => run(`${set} WHERE ${where}`, ...given, ...values);
  // These are few, and have indexes of their own.
  if (ids !== undefined || key !== undefined) return rest();
  const { index, place, holds, placeOf } = to === undefined ? byDeadline : byReceiver;
  const marks = place.replaceAll(/\w+/g, '?');
  const next = `SELECT ${place} FROM outbox INDEXED BY ${index} WHERE ${holds} AND (${place}) > (${marks})
    ORDER BY ${place} LIMIT 1 OFFSET ${rowsAtOnce - 1}`;
  const some = `UPDATE outbox INDEXED BY ${index} ${change} WHERE ${where} AND ${holds} AND (${place}) > (${marks}) AND (${place}) <= (${marks})`;
  let after: readonly SqlValue[] = to === undefined ? [-1, 0] : [to, '', 0];
  for (;;) {
    const [row] = all(next, ...after);
    // What is left is less than a step, and what this index does not hold.
    if (row === undefined || (to !== undefined && row['receiver'] !== to)) return rest();
    const until = placeOf(row);
    run(some, ...given, ...values, ...after, ...until);
    after = until;
    yield;
  }
}
