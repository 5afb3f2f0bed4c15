// The statements that write many operations of one kind at once. With thousands of messages under way most of a node's time
// goes into calls of the driver: one call for many rows is two to four times as fast as one for each, and new rows, in a third less time.
import { messageStates, predecessors, timeColumn, type MessageState } from '../model/state.ts';
import type { SqlValue } from './driver.ts';
import { insertInto } from './insert-into.ts';
import { rowsAtOnce, type JoinedOps } from './join-ops.ts';
import { newInboxColumns, newInboxValues, newOutboxColumns, newOutboxValues } from './row.ts';

interface WriteParts {
  readonly run: (sql: string, ...values: SqlValue[]) => void;
  readonly nodeTime: number;
}

const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(',');
/** One value is compared directly: to take a list apart costs as much as to change a row. */
const isGiven = (column: string, count: number): string =>
  count === 1 ? `${column} = ?` : `${column} IN (SELECT value FROM json_each(?))`;
const given = (values: readonly (number | string)[]): number | string =>
  values.length === 1 ? (values[0] ?? 0) : JSON.stringify(values);

/** By state: the lane is done with the messages; their state changes only where it may follow. */
const settleStatements = Object.fromEntries(
  messageStates.map((state) => {
    const time = timeColumn(state);
    const where = `WHEN state IN (${list(predecessors(state))}) THEN`;
    return [
      state,
      `UPDATE outbox SET open = 0, doneAt = ?, state = CASE ${where} '${state}' ELSE state END,
       reason = CASE ${where} ? ELSE reason END, ${time} = CASE ${where} ? ELSE ${time} END`,
    ];
  }),
) as Record<MessageState, string>;

/** Which state may follow which, as pairs. */
const follows = list(messageStates.flatMap((to) => predecessors(to).map((from) => `${from} ${to}`)));
const answerStatement = `
  UPDATE outbox SET state = given.state, outcome = given.outcome, reason = NULL,
    deliveredAt = coalesce(outbox.deliveredAt, iif(outbox.state = 'sent', NULL, given.endedAt)), runningAt = coalesce(given.runningAt, outbox.runningAt),
    endedAt = given.endedAt, answerOrd = given.answerOrd, replyState = given.replyState, doneAt = ?1
  FROM (
    SELECT value->>0 AS id, value->>1 AS receiver, value->>2 AS state, value->>3 AS outcome, value->>4 AS runningAt,
      value->>5 AS endedAt, value->>6 AS answerOrd, value->>7 AS replyState
    FROM json_each(?2)
  ) AS given
  WHERE outbox.id = given.id AND outbox.isReply = 0 AND outbox.receiver = given.receiver AND outbox.origin IS NULL
    AND outbox.state || ' ' || given.state IN (${follows})`;

/** By the number of rows. */
const inserts = (table: string, columns: readonly string[]): readonly string[] =>
  Array.from({ length: rowsAtOnce + 1 }, (_none, rows) => insertInto(table, columns, rows));
const addOutbox = inserts('outbox', newOutboxColumns);
const addInbox = inserts('inbox', [...newInboxColumns, 'doneAt']);

export function writeJoined(joined: JoinedOps, { run, nodeTime }: WriteParts): void {
  switch (joined.op) {
    case 'outbox-add all':
      return run(addOutbox[joined.records.length] ?? '', ...joined.records.flatMap(newOutboxValues));
    case 'inbox-add all':
      return run(
        addInbox[joined.records.length] ?? '',
        ...joined.records.flatMap((record) => [...newInboxValues(record), nodeTime]),
      );
    case 'outbox-settle all': {
      const { state, reason, at, ords } = joined;
      return run(`${settleStatements[state]} WHERE ${isGiven('ord', ords.length)}`, nodeTime, reason, at, given(ords));
    }
    case 'outbox-drop all':
      return run(`DELETE FROM outbox WHERE ${isGiven('ord', joined.ords.length)}`, given(joined.ords));
    case 'outbox-answer all':
      return run(answerStatement, nodeTime, answersOf(joined));
    case 'outbox-reply all': {
      const { state, reason, at, ids } = joined;
      return run(
        `UPDATE outbox SET replyState = CASE WHEN replyReason IS NULL THEN ? ELSE 'failed' END, replyAt = ?, replyReason = coalesce(replyReason, ?), doneAt = ?
         WHERE isReply = 0 AND replyState = 'pending' AND ${isGiven('id', ids.length)}`,
        state,
        at,
        reason,
        nodeTime,
        given(ids),
      );
    }
  }
}

function answersOf({ answers }: JoinedOps & { op: 'outbox-answer all' }): string {
  return JSON.stringify(
    [...answers.values()].map(({ id, to, state, outcome, runningAt, endedAt, answerOrd, replyState }) => [
      id,
      to,
      state,
      outcome,
      runningAt,
      endedAt,
      answerOrd,
      replyState,
    ]),
  );
}
