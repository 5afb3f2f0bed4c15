// The rows of the outbox that a filter means, in the store in memory.
import { isNodesOwn, unackedLane } from '../model/lane.ts';
import type { QueueFilter } from '../model/queue-filter.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { QueryResult, StoreQuery } from '../model/store-op.ts';

export function neverLeft(outbox: Iterable<OutboxRecord>, filter: QueueFilter): readonly OutboxRecord[] {
  return [...outbox].filter(
    (row) =>
      row.open && row.position === null && row.state === 'queued' && !isNodesOwn(row.lane) && isMeant(row, filter),
  );
}

function isMeant(row: OutboxRecord, { ids, to, lane, key, beforeOrd, queuedBefore }: QueueFilter): boolean {
  return (
    !row.isReply &&
    (ids === undefined || ids.includes(row.id)) &&
    (to === undefined || row.to === to) &&
    (lane === undefined || row.lane === lane || row.lane === unackedLane(lane)) &&
    (key === undefined || row.key === key) &&
    (beforeOrd === undefined || row.ord < beforeOrd) &&
    (queuedBefore === undefined || row.queuedAt < queuedBefore)
  );
}

export function byReceiver(rows: readonly OutboxRecord[]): QueryResult<StoreQuery & { query: 'cancellable' }> {
  const counts = new Map<string, number>();
  for (const { to } of rows) counts.set(to, (counts.get(to) ?? 0) + 1);
  return [...counts].map(([to, messages]) => ({ to, messages }));
}

export function aboard(
  outbox: Iterable<OutboxRecord>,
  { filter, running, afterOrd, limit }: StoreQuery & { query: 'aboard' },
): QueryResult<StoreQuery & { query: 'aboard' }> {
  const isAboard = ({ open, position, state }: OutboxRecord): boolean =>
    open ? position !== null : state === 'delivered' || (running && state === 'running');
  return [...outbox]
    .filter(
      (row) =>
        row.ord > afterOrd &&
        (running || row.wish !== 'cancelled') &&
        isAboard(row) &&
        !isNodesOwn(row.lane) &&
        isMeant(row, filter),
    )
    .sort((one, other) => one.ord - other.ord)
    .slice(0, limit)
    .map(({ ord, id, to, lane }) => ({ ord, id, to, lane }));
}

/** Whether what its sender wants of it now is kept. */
export function mayBeWished(row: OutboxRecord | undefined, wish: 'expired' | 'cancelled'): boolean {
  if (row === undefined) return false;
  return wish === 'expired' ? row.open : ['queued', 'delivered', 'running'].includes(row.state);
}
