// What the log of all messages, and who sends a message again, ask of the store.
import { inlineBodyBytes } from '../model/message.ts';
import type { InboxRecord, OutboxRecord } from '../model/record.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { blob, inboxRecord, outboxRecord, text } from './row.ts';

/** Requests of a box behind `afterOrd`, up to `upToOrd`, in order; with `since` only those of which something has been noted since that wall time. */
export interface HistoryQuery {
  readonly view: 'sent-history' | 'accepted-history';
  readonly afterOrd: number;
  readonly upToOrd: number;
  readonly since: number | null;
  readonly limit: number;
}

const stepRows = 500;

export function requestOf(store: SqliteStore, id: string): OutboxRecord | undefined {
  const row = store.get('SELECT * FROM outbox WHERE id = ? AND isReply = 0', id);
  return row === undefined ? undefined : outboxRecord(row);
}

export function sent(
  store: SqliteStore,
  id: string,
): { readonly record: OutboxRecord; readonly body: Uint8Array | null } | undefined {
  const record = requestOf(store, id);
  if (record === undefined) return undefined;
  if (record.bodySize <= inlineBodyBytes) return { record, body: record.body ?? new Uint8Array() };
  const pieces = store
    .all("SELECT bytes FROM pieces WHERE box = 'out' AND id = ? ORDER BY number", id)
    .map((piece) => blob(piece['bytes']) ?? new Uint8Array());
  const body = Buffer.concat(pieces);
  return { record, body: body.length === record.bodySize ? body : null };
}

/** They lie side by side: one commit gave them their order, and nothing comes between. Without their bodies. */
export function submissionOf(store: SqliteStore, id: string): readonly OutboxRecord[] {
  const request = requestOf(store, id);
  if (request === undefined) return [];
  const { ord, submission } = request;
  const before = side(store, { sql: 'ord < ? ORDER BY ord DESC', ord, submission }).reverse();
  return [...before, request, ...side(store, { sql: 'ord > ? ORDER BY ord', ord, submission })];
}

const columns = `ord, id, submission, receiver, lane, head, NULL AS body, bodySize, isReply, rerun, state, open, position, tag,
  deadline, wish, queuedAt, deliveredAt, runningAt, endedAt, outcome, reason, replyState, replyAt, replyReason, answerOrd`;

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

export function lastOrd(store: SqliteStore, table: 'outbox' | 'inbox'): number {
  return Number(store.get(`SELECT coalesce(max(ord), 0) AS last FROM ${table}`)?.['last'] ?? 0);
}

export function sentHistory(store: SqliteStore, of: HistoryQuery): readonly OutboxRecord[] {
  const { afterOrd, upToOrd, since, limit } = of;
  const noted = 'deliveredAt >= ? OR runningAt >= ? OR endedAt >= ? OR replyAt >= ?';
  return store
    .all(
      `SELECT * FROM outbox WHERE ord > ? AND ord <= ? AND isReply = 0 AND (? IS NULL OR ${noted}) ORDER BY ord LIMIT ?`,
      afterOrd,
      upToOrd,
      since,
      since,
      since,
      since,
      since,
      limit,
    )
    .map(outboxRecord);
}

export function acceptedHistory(store: SqliteStore, of: HistoryQuery): readonly InboxRecord[] {
  const { afterOrd, upToOrd, since, limit } = of;
  return store
    .all(
      `SELECT * FROM inbox WHERE ord > ? AND ord <= ? AND (? IS NULL OR startedAt >= ? OR endedAt >= ?) ORDER BY ord LIMIT ?`,
      afterOrd,
      upToOrd,
      since,
      since,
      since,
      limit,
    )
    .map(inboxRecord);
}
