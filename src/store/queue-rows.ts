// The rows of the outbox that a filter means.
import { controlLane, unackedLane, wireLane } from '../model/lane.ts';
import type { QueueFilter } from '../model/queue-filter.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { QueryResult, StoreQuery } from '../model/store-op.ts';
import type { SqlValue } from './driver.ts';
import { outboxRecord } from './row.ts';
import { text } from './value.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** It has not ended. */
export const unended = "state IN ('queued', 'delivered', 'running')";

interface Rows {
  readonly where: string;
  readonly values: readonly SqlValue[];
}

/** Of the lanes that hold what the node itself has to say or to order, nothing. */
const mayBeTakenBack = `lane NOT IN (${[controlLane, 'errorLog'].flatMap((lane) => [`'${lane}'`, `'${unackedLane(lane)}'`]).join(', ')})`;

/** What never left, and can be cancelled by its sender alone. */
export function neverLeft(filter: QueueFilter): Rows {
  return those(`open = 1 AND position IS NULL AND isReply = 0 AND state = 'queued' AND ${mayBeTakenBack}`, filter);
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
  // What was wished back while it waited is ordered once more where it is to be ended while it runs.
  const wished = running ? '' : "AND wish IS NOT 'cancelled'";
  const mayBeMeant = `isReply = 0 ${wished} AND ${mayBeTakenBack} AND ord > ?`;
  const states = running ? "'delivered', 'running'" : "'delivered'";
  const underWay = those(`open = 1 AND position IS NOT NULL AND ${mayBeMeant}`, filter);
  const accepted = those(
    `open = 0 AND state IN ('delivered', 'running') AND state IN (${states}) AND ${mayBeMeant}`,
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

/** What has not left or not been answered, and what waits at its node: each has an index of its own. */
const waits = [
  'open = 1 AND isReply = 0',
  "open = 0 AND state IN ('delivered', 'running') AND state = 'delivered' AND isReply = 0",
];

export function waiting(
  store: SqliteStore,
  { filter, limit }: { readonly filter: QueueFilter; readonly limit: number },
): readonly OutboxRecord[] {
  const found = waits.flatMap((base) => {
    const { where, values } = those(base, filter);
    const order = `lane <> '${controlLane}', ord`;
    return store.all(`SELECT * FROM outbox WHERE ${where} ORDER BY ${order} LIMIT ?`, ...values, limit);
  });
  const rank = ({ lane }: OutboxRecord): number => (lane === controlLane ? 0 : 1);
  return found
    .map(outboxRecord)
    .sort((one, other) => rank(one) - rank(other) || one.ord - other.ord)
    .slice(0, limit);
}

export function waitingLanes(store: SqliteStore, filter: QueueFilter): readonly WaitingLane[] {
  const lanes = new Map<string, WaitingLane>();
  for (const base of waits) {
    const { where, values } = those(base, filter);
    const rows = store.all(
      `SELECT receiver, lane, count(*) AS messages, sum(bodySize + headSize) AS bytes, min(queuedAt) AS oldestAt
       FROM outbox WHERE ${where} GROUP BY receiver, lane`,
      ...values,
    );
    for (const row of rows) {
      const [to, lane] = [text(row['receiver']), wireLane(text(row['lane']))];
      const other = lanes.get(`${to} ${lane}`);
      lanes.set(`${to} ${lane}`, {
        to,
        lane,
        messages: Number(row['messages']) + (other?.messages ?? 0),
        bytes: Number(row['bytes']) + (other?.bytes ?? 0),
        oldestAt: Math.min(Number(row['oldestAt']), other?.oldestAt ?? Infinity),
      });
    }
  }
  return [...lanes.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, lane]) => lane);
}
