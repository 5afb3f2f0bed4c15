// A submission, as those who ask for the whole of it need it.
import type { OutboxRecord } from '../model/record.ts';
import { isFinal, messageStates } from '../model/state.ts';
import type { SqlValue } from './driver.ts';
import { unended } from './queue-rows.ts';
import { outboxColumns, outboxRecord } from './row.ts';
import { text } from './value.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { standingCounts, standingMessages, standingOf, type StandingRow } from './standing-rows.ts';
import { requestOf } from './view-history.ts';

const stepRows = 500;
/** The most messages that one submission can have. */
const maxSubmissionRows = 100_000;
/** One that also goes to nodes that appear later may come to more; these are looked at to send some of them again. */
const maxStandingRows = 2 * maxSubmissionRows;

const columns = outboxColumns.map((column) => (column === 'body' ? 'NULL AS body' : column)).join(', ');

/** They lie side by side: one commit gave them their order, and nothing comes between. Without their bodies. */
export function submissionOf(store: SqliteStore, id: string): readonly OutboxRecord[] {
  const request = requestOf(store, id);
  const standing = standingOf(store, request?.submission ?? id);
  if (standing !== undefined) return standingMessages(store, { id: standing.id, limit: maxStandingRows });
  if (request === undefined) return [];
  const { submission } = request;
  const ord = placeOf(request);
  const before = side(store, { sql: 'ord < ? AND heldAs IS NULL ORDER BY ord DESC', ord, submission }).reverse();
  const behind = side(store, { sql: 'ord > ? AND heldAs IS NULL ORDER BY ord', ord, submission });
  const own = request.heldAs === null ? [request] : [];
  // What waited for others has got an order of its own since.
  const moved = store
    .all(`SELECT ${columns} FROM outbox WHERE submission = ? AND heldAs IS NOT NULL AND isReply = 0`, submission)
    .map(outboxRecord);
  return [...before, ...own, ...behind, ...moved].sort((one, other) => placeOf(one) - placeOf(other));
}

function placeOf({ ord, heldAs }: OutboxRecord): number {
  return heldAs ?? ord;
}

function side(store: SqliteStore, of: { sql: string; ord: number; submission: string }): OutboxRecord[] {
  const found: OutboxRecord[] = [];
  for (let { ord } = of; ;) {
    const rows = store.all(`SELECT ${columns} FROM outbox WHERE ${of.sql} LIMIT ${stepRows}`, ord);
    for (const row of rows) {
      if (text(row['submission']) !== of.submission) return found;
      const record = outboxRecord(row);
      found.push(record);
      ord = record.ord;
    }
    if (rows.length < stepRows) return found;
  }
}

/** How far a submission has come, as far as its messages are kept. */
export interface SubmissionState {
  readonly submission: string;
  readonly states: Readonly<Record<string, number>>;
  readonly open: readonly OutboxRecord[];
  /** What has ended, and did not succeed. */
  readonly unsuccessful: readonly OutboxRecord[];
  /** Of one that also goes, or went, to nodes that appear later. */
  readonly standing?: StandingRow;
}

const failedStates = messageStates.filter((state) => isFinal(state) && state !== 'succeeded' && state !== 'sent');
const unsuccessful = `state IN (${failedStates.map((state) => `'${state}'`).join(', ')})`;

/** Its messages stand behind each other: no more than one submission can have are looked at before this one, and after it. */
export function submissionState(
  store: SqliteStore,
  { id, limit }: { readonly id: string; readonly limit: number },
): SubmissionState | undefined {
  const request = requestOf(store, id);
  const standing = standingOf(store, request?.submission ?? id);
  if (standing !== undefined) {
    const those = (where: string): readonly OutboxRecord[] =>
      standingMessages(store, { id: standing.id, where, limit });
    const states = standingCounts(store, standing.id);
    return { submission: standing.id, states, open: those(unended), unsuccessful: those(unsuccessful), standing };
  }
  if (request === undefined) return undefined;
  const { where, values } = rowsOf(request);
  const counted = store.all(`SELECT state, count(*) AS n FROM outbox WHERE ${where} GROUP BY +state`, ...values);
  const those = (what: string): readonly OutboxRecord[] =>
    store
      .all(`SELECT ${columns} FROM outbox WHERE ${where} AND ${what} ORDER BY ord LIMIT ?`, ...values, limit)
      .map(outboxRecord);
  return {
    submission: request.submission,
    states: Object.fromEntries(counted.map((row) => [text(row['state']), Number(row['n'])])),
    open: those(unended),
    unsuccessful: those(unsuccessful),
  };
}

function rowsOf(request: OutboxRecord): { readonly where: string; readonly values: readonly SqlValue[] } {
  const { submission } = request;
  const at = placeOf(request);
  const where =
    '(ord BETWEEN ? AND ? AND heldAs IS NULL AND submission = ? OR heldAs IS NOT NULL AND submission = ?) AND isReply = 0';
  return { where, values: [at - maxSubmissionRows, at + maxSubmissionRows, submission, submission] };
}

export function unendedIds(
  store: SqliteStore,
  of: { readonly id: string; readonly afterOrd: number; readonly limit: number },
): readonly { readonly ord: number; readonly id: string }[] {
  const request = requestOf(store, of.id);
  const standing = standingOf(store, request?.submission ?? of.id);
  if (standing !== undefined) {
    return standingMessages(store, { ...of, id: standing.id, where: unended });
  }
  if (request === undefined) return [];
  const { where, values } = rowsOf(request);
  return store
    .all(
      `SELECT ord, id FROM outbox WHERE ${where} AND ${unended} AND ord > ? ORDER BY ord LIMIT ?`,
      ...values,
      of.afterOrd,
      of.limit,
    )
    .map((row) => ({ ord: Number(row['ord']), id: text(row['id']) }));
}
