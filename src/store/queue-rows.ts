// The rows of the outbox that a filter means.
import { controlLane, unackedLane, wireLane } from '../model/lane.ts';
import type { QueueFilter } from '../model/queue-filter.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { QueryResult, StoreQuery } from '../model/store-op.ts';
import type { SqlValue } from './driver.ts';
import { outboxRecord, text } from './row.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** It has not ended. */
export const unended = "state IN ('queued', 'delivered', 'running')";

interface Rows {
  readonly where: string;
  readonly values: readonly SqlValue[];
}

/** What never left, and can be cancelled by its sender alone. */
export function neverLeft(filter: QueueFilter): Rows {
  return those("open = 1 AND position IS NULL AND isReply = 0 AND state = 'queued'", filter);
}

function those(base: string, { ids, to, lane, key, beforeOrd, queuedBefore }: QueueFilter): Rows {
  const parts: (readonly [sql: string, ...values: SqlValue[]])[] = [[base]];
  if (ids !== undefined) parts.push(['id IN (SELECT value FROM json_each(?))', JSON.stringify(ids)]);
  if (to !== undefined) parts.push(['receiver = ?', to]);
  if (lane !== undefined) parts.push(['lane IN (?, ?)', lane, unackedLane(lane)]);
  if (key !== undefined) parts.push(['key = ?', key]);
  if (beforeOrd !== undefined) parts.push(['ord < ?', beforeOrd]);
  if (queuedBefore !== undefined) parts.push(['queuedAt < ?', queuedBefore]);
  return { where: parts.map(([sql]) => sql).join(' AND '), values: parts.flatMap(([, ...values]) => values) };
}

export function cancellable(
  store: SqliteStore,
  filter: QueueFilter,
): QueryResult<StoreQuery & { query: 'cancellable' }> {
  const { where, values } = neverLeft(filter);
  return store
    .all(`SELECT receiver, count(*) AS messages FROM outbox WHERE ${where} GROUP BY receiver`, ...values)
    .map((row) => ({ to: text(row['receiver']), messages: Number(row['messages']) }));
}

/** Two questions, each of its own index. */
export function aboard(
  store: SqliteStore,
  query: StoreQuery & { query: 'aboard' },
): QueryResult<StoreQuery & { query: 'aboard' }> {
  const { filter, running, afterOrd, limit } = query;
  const notWished = "isReply = 0 AND wish IS NOT 'cancelled' AND ord > ?";
  const states = running ? "'delivered', 'running'" : "'delivered'";
  const underWay = those(`open = 1 AND position IS NOT NULL AND ${notWished}`, filter);
  const accepted = those(
    `open = 0 AND state IN ('delivered', 'running') AND state IN (${states}) AND ${notWished}`,
    filter,
  );
  const rows = [underWay, accepted].flatMap(({ where, values }) =>
    store.all(
      `SELECT ord, id, receiver, lane FROM outbox WHERE ${where} ORDER BY ord LIMIT ?`,
      afterOrd,
      ...values,
      limit,
    ),
  );
  return rows
    .map((row) => ({
      ord: Number(row['ord']),
      id: text(row['id']),
      to: text(row['receiver']),
      lane: text(row['lane']),
    }))
    .sort((one, other) => one.ord - other.ord)
    .slice(0, limit);
}

/** What waits for one node in one lane. */
export interface WaitingLane {
  readonly to: string;
  readonly lane: string;
  readonly messages: number;
  readonly bytes: number;
  readonly oldestAt: number;
}

const waits = 'open = 1 AND isReply = 0';

export function waiting(
  store: SqliteStore,
  { filter, limit }: { readonly filter: QueueFilter; readonly limit: number },
): readonly OutboxRecord[] {
  const { where, values } = those(waits, filter);
  const order = `lane <> '${controlLane}', ord`;
  return store.all(`SELECT * FROM outbox WHERE ${where} ORDER BY ${order} LIMIT ?`, ...values, limit).map(outboxRecord);
}

export function waitingLanes(store: SqliteStore, filter: QueueFilter): readonly WaitingLane[] {
  const { where, values } = those(waits, filter);
  return store
    .all(
      `SELECT receiver, lane, count(*) AS messages, sum(bodySize + headSize) AS bytes, min(queuedAt) AS oldestAt
       FROM outbox WHERE ${where} GROUP BY receiver, lane`,
      ...values,
    )
    .map((row) => ({
      to: text(row['receiver']),
      lane: wireLane(text(row['lane'])),
      messages: Number(row['messages']),
      bytes: Number(row['bytes']),
      oldestAt: Number(row['oldestAt']),
    }));
}
