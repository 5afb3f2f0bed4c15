// What the log of all messages, and who sends a message again, ask of the store.
import { inlineBodyBytes } from '../model/message.ts';
import type { MethodName } from '../model/method-name.ts';
import type { InboxRecord, OutboxRecord } from '../model/record.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { inboxRecord, outboxRecord } from './row.ts';
import { blob } from './value.ts';

/** Requests of a box, but those that are only carried, behind `afterOrd`, up to `upToOrd`, in order; with `since` only those of which something has been noted since that wall time. */
export interface HistoryQuery {
  readonly view: 'sent-history' | 'accepted-history';
  readonly afterOrd: number;
  readonly upToOrd: number;
  readonly since: number | null;
  readonly limit: number;
}

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

export function lastOrd(store: SqliteStore, table: 'outbox' | 'inbox'): number {
  return Number(store.get(`SELECT coalesce(max(ord), 0) AS last FROM ${table}`)?.['last'] ?? 0);
}

export function sentHistory(store: SqliteStore, of: HistoryQuery): readonly OutboxRecord[] {
  const { afterOrd, upToOrd, since, limit } = of;
  const noted = 'carriedAt >= ? OR deliveredAt >= ? OR runningAt >= ? OR endedAt >= ? OR replyAt >= ?';
  return store
    .all(
      `SELECT * FROM outbox WHERE ord > ? AND ord <= ? AND isReply = 0 AND origin IS NULL AND (? IS NULL OR ${noted}) ORDER BY ord LIMIT ?`,
      afterOrd,
      upToOrd,
      since,
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

export function answered(
  store: SqliteStore,
  of: { readonly method: MethodName; readonly afterOrd: number; readonly upToOrd: number; readonly limit: number },
): readonly OutboxRecord[] {
  const { method, afterOrd, upToOrd, limit } = of;
  // Names of methods are letters; another one may begin with the same.
  return store
    .all(
      `SELECT * FROM outbox WHERE ord > ? AND ord <= ? AND isReply = 0 AND origin IS NULL AND state = 'succeeded' AND answerOrd IS NOT NULL
       AND ltrim(lane, '+-') GLOB ? AND NOT ltrim(lane, '+-') GLOB ? ORDER BY ord DESC LIMIT ?`,
      afterOrd,
      upToOrd,
      `${method}*`,
      `${method}[A-Za-z]*`,
      limit,
    )
    .map(outboxRecord);
}
