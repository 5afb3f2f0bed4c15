// The rows of the outbox that a filter means.
import { heldLane, priorityOf, unackedLane, wireLane } from '../model/lane.ts';
import { highestPriority, usualPriority } from '../model/message.ts';
import type { QueueFilter } from '../model/queue-filter.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { AboardRecord, QueryResult, StoreQuery } from '../model/store-op.ts';
import type { Row, SqlValue } from './driver.ts';
import { outboxRecord } from './row.ts';
import { accepted } from './schema.ts';
import { text, textOrNull } from './value.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** It has not ended. */
export const unended = `state IN ('queued', ${accepted})`;

interface Rows {
  readonly where: string;
  readonly values: readonly SqlValue[];
}

/** Without the names of those whose messages they are. */
const kind = "CASE instr(lane, '@') WHEN 0 THEN lane ELSE substr(lane, 1, instr(lane, '@') - 1) END";
/** As `priorityOf` of model/lane.ts. */
const priority = `CASE WHEN ${kind} IN ('control', '-control') THEN ${highestPriority + 1}
  WHEN instr(lane, ':') = 0 THEN ${usualPriority} ELSE CAST(substr(lane, instr(lane, ':') + 1, 1) AS INTEGER) END`;
/** Of the lanes that hold what the node itself has to say or to order, nothing. */
const mayBeTakenBack = `lane NOT IN ('control', '-control', 'errorLog', '-errorLog') AND lane NOT LIKE 'control@%'`;

/** How a node is reached: each has an index of its own. */
export type Way = 'straight' | 'by others';

export function waysOf({ to }: QueueFilter): readonly Way[] {
  return to === undefined ? ['straight'] : ['straight', 'by others'];
}

/** What never left, and can be cancelled by its sender alone. */
export function neverLeft(filter: QueueFilter, way: Way): Rows {
  const base = `open = 1 AND position IS NULL AND isReply = 0 AND state = 'queued' AND ${mayBeTakenBack}`;
  return those(ofSender(base, filter), filter, way);
}

function ofSender(base: string, { origin }: QueueFilter): string {
  return `${base} AND origin IS ${origin === undefined ? 'NULL' : 'NOT NULL'}`;
}

function those(base: string, filter: QueueFilter, way: Way): Rows {
  const { ids, to, origin, lane, key, beforeOrd, queuedBefore } = filter;
  const parts: (readonly [sql: string, ...values: SqlValue[]])[] = [[base]];
  if (ids !== undefined) parts.push(['id IN (SELECT value FROM json_each(?))', JSON.stringify(ids)]);
  if (to !== undefined) parts.push([way === 'straight' ? 'receiver = ? AND target IS NULL' : 'target = ?', to]);
  if (origin !== undefined) parts.push(['origin = ?', origin]);
  if (lane !== undefined) {
    // What others carry goes in lanes that are named after its receiver, too.
    if (way === 'straight')
      parts.push(['lane IN (?, ?, ?, ?)', lane, unackedLane(lane), heldLane(lane), heldLane(unackedLane(lane))]);
    else parts.push([`(lane IN (?, ?) OR ltrim(${kind}, '+-') = ?)`, lane, heldLane(lane), lane]);
  }
  if (key !== undefined) parts.push(['key = ?', key]);
  if (beforeOrd !== undefined) parts.push(['ord < ?', beforeOrd]);
  if (queuedBefore !== undefined) parts.push(['queuedAt < ?', queuedBefore]);
  return { where: parts.map(([sql]) => sql).join(' AND '), values: parts.flatMap(([, ...values]) => values) };
}

export function cancellable(
  store: SqliteStore,
  filter: QueueFilter,
): QueryResult<StoreQuery & { query: 'cancellable' }> {
  const counts = new Map<string, number>();
  for (const way of waysOf(filter)) {
    const { where, values } = neverLeft(filter, way);
    for (const row of store.all(
      `SELECT receiver, count(*) AS messages FROM outbox WHERE ${where} GROUP BY receiver`,
      ...values,
    ))
      counts.set(text(row['receiver']), (counts.get(text(row['receiver'])) ?? 0) + Number(row['messages']));
  }
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([to, messages]) => ({ to, messages }));
}

const aboardColumns =
  "ord, id, receiver, target, origin, lane, reason, CASE instr(lane, '@') WHEN 0 THEN '' ELSE head END AS head";

function aboardRecord(row: Row): AboardRecord {
  return {
    ord: Number(row['ord']),
    id: text(row['id']),
    to: text(row['receiver']),
    target: textOrNull(row['target']),
    origin: textOrNull(row['origin']),
    lane: text(row['lane']),
    head: text(row['head']),
    reason: textOrNull(row['reason']),
  };
}

/** Each of its own index. */
export function aboard(
  store: SqliteStore,
  query: StoreQuery & { query: 'aboard' },
): QueryResult<StoreQuery & { query: 'aboard' }> {
  const { filter, running, afterOrd, limit } = query;
  // What was wished back while it waited is ordered once more where it is to be ended while it runs.
  const wished = running ? '' : "AND wish IS NOT 'cancelled'";
  const mayBeMeant = ofSender(`isReply = 0 ${wished} AND ${mayBeTakenBack} AND ord > ?`, filter);
  const states = running ? accepted : "'carried', 'delivered'";
  const rows = waysOf(filter).flatMap((way) => {
    const underWay = those(`open = 1 AND position IS NOT NULL AND ${unended} AND ${mayBeMeant}`, filter, way);
    const there = those(`open = 0 AND state IN (${accepted}) AND state IN (${states}) AND ${mayBeMeant}`, filter, way);
    return [underWay, there].flatMap(({ where, values }) =>
      store.all(`SELECT ${aboardColumns} FROM outbox WHERE ${where} ORDER BY ord LIMIT ?`, afterOrd, ...values, limit),
    );
  });
  return rows
    .map(aboardRecord)
    .sort((one, other) => one.ord - other.ord)
    .slice(0, limit);
}

export function cancelledAboard(
  store: SqliteStore,
  { to, ids, afterOrd, limit }: StoreQuery & { query: 'cancelled-aboard' },
): QueryResult<StoreQuery & { query: 'cancelled-aboard' }> {
  const wished = `isReply = 0 AND receiver = ? AND ord > ? AND target IS NOT NULL AND origin IS NULL AND wish = 'cancelled'
    AND open = 0 AND state IN (${accepted}) AND state <> 'running'`;
  const named = ids === null ? '' : 'AND id IN (SELECT value FROM json_each(?))';
  return store
    .all(
      `SELECT ${aboardColumns} FROM outbox WHERE ${wished} ${named} ORDER BY ord LIMIT ?`,
      to,
      afterOrd,
      ...(ids === null ? [] : [JSON.stringify(ids)]),
      limit,
    )
    .map(aboardRecord);
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
  `open = 1 AND isReply = 0 AND ${unended}`,
  `open = 0 AND state IN (${accepted}) AND state <> 'running' AND isReply = 0`,
];

function questions(filter: QueueFilter): readonly Rows[] {
  return waits.flatMap((base) => waysOf(filter).map((way) => those(base, filter, way)));
}

export function waiting(
  store: SqliteStore,
  { filter, limit }: { readonly filter: QueueFilter; readonly limit: number },
): readonly OutboxRecord[] {
  const found = questions(filter).flatMap(({ where, values }) => {
    return store.all(`SELECT * FROM outbox WHERE ${where} ORDER BY ${priority} DESC, ord LIMIT ?`, ...values, limit);
  });
  return found
    .map(outboxRecord)
    .sort((one, other) => priorityOf(other.lane) - priorityOf(one.lane) || one.ord - other.ord)
    .slice(0, limit);
}

export function waitingLanes(store: SqliteStore, filter: QueueFilter): readonly WaitingLane[] {
  const lanes = new Map<string, WaitingLane>();
  for (const { where, values } of questions(filter)) {
    const rows = store.all(
      `SELECT coalesce(target, receiver) AS receiver, lane, count(*) AS messages, sum(bodySize + headSize) AS bytes, min(queuedAt) AS oldestAt
       FROM outbox WHERE ${where} GROUP BY coalesce(target, receiver), lane`,
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
