// The rows of the outbox that a filter means, in the store in memory.
import { isNodesOwn, kindOfLane, routeOf, wireLane } from '../model/lane.ts';
import { acceptedStates, isFinal, type MessageState } from '../model/state.ts';
import type { QueueFilter } from '../model/queue-filter.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { AboardRecord, PieceOwner, QueryResult, StoreOp, StoreQuery } from '../model/store-op.ts';

export function neverLeft(outbox: Iterable<OutboxRecord>, filter: QueueFilter): readonly OutboxRecord[] {
  return [...outbox].filter(
    (row) =>
      row.open && row.position === null && row.state === 'queued' && !isNodesOwn(row.lane) && isMeant(row, filter),
  );
}

function isMeant(row: OutboxRecord, filter: QueueFilter): boolean {
  const { ids, to, origin = null, lane, key, beforeOrd, queuedBefore } = filter;
  return (
    !row.isReply &&
    (ids === undefined || ids.includes(row.id)) &&
    row.origin === origin &&
    (to === undefined || (row.target ?? row.to) === to) &&
    (lane === undefined ||
      wireLane(row.lane) === lane ||
      (to !== undefined && row.target !== null && kindOfLane(row.lane) === lane)) &&
    (key === undefined || row.key === key) &&
    (beforeOrd === undefined || row.ord < beforeOrd) &&
    (queuedBefore === undefined || row.queuedAt < queuedBefore)
  );
}

export function byReceiver(rows: readonly OutboxRecord[]): QueryResult<StoreQuery & { query: 'cancellable' }> {
  const counts = new Map<string, number>();
  for (const { to } of rows) counts.set(to, (counts.get(to) ?? 0) + 1);
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([to, messages]) => ({ to, messages }));
}

export function aboard(
  outbox: Iterable<OutboxRecord>,
  { filter, running, afterOrd, limit }: StoreQuery & { query: 'aboard' },
): QueryResult<StoreQuery & { query: 'aboard' }> {
  const isAboard = (row: OutboxRecord): boolean =>
    row.open
      ? row.position !== null && !isFinal(row.state)
      : row.state === 'carried' || row.state === 'delivered' || (running && row.state === 'running');
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
    .map(aboardRecord);
}

function aboardRecord({ ord, id, to, target, origin, lane, head, reason }: OutboxRecord): AboardRecord {
  return { ord, id, to, target, origin, lane, head: routeOf(lane) === undefined ? '' : head, reason };
}

export function cancelledAboard(
  outbox: Iterable<OutboxRecord>,
  { to, ids, afterOrd, limit }: StoreQuery & { query: 'cancelled-aboard' },
): QueryResult<StoreQuery & { query: 'cancelled-aboard' }> {
  return [...outbox]
    .filter(
      (row) =>
        !row.isReply &&
        row.to === to &&
        row.ord > afterOrd &&
        row.target !== null &&
        row.origin === null &&
        row.wish === 'cancelled' &&
        !row.open &&
        (row.state === 'carried' || row.state === 'delivered') &&
        (ids === null || ids.includes(row.id)),
    )
    .sort((one, other) => one.ord - other.ord)
    .slice(0, limit)
    .map(aboardRecord);
}

/** Of what this node carries: its sender is to be told of it, or it is to go. */
export function isNews({ origin, isReply, told, state, open }: OutboxRecord): boolean {
  return origin !== null && !isReply && (told !== state || (!open && isFinal(state)));
}

/** What its sender wants of it now, if that is kept. What has ended keeps its reason. */
export function noteWish(outbox: Map<number, OutboxRecord>, op: StoreOp & { op: 'outbox-wish' }): void {
  const row = outbox.get(op.ord);
  if (row === undefined || !(op.wish === 'expired' ? row.open : !isFinal(row.state))) return;
  outbox.set(op.ord, { ...row, wish: op.wish, reason: isFinal(row.state) ? row.reason : op.reason });
}

export function isAccepted(state: MessageState): boolean {
  return acceptedStates.some((one) => one === state);
}

/** Where a store was lost before this node, a second copy of the same message may be here, which has the same body. */
export function isCarriedAgain(outbox: Iterable<OutboxRecord>, { sender, id }: PieceOwner): boolean {
  return [...outbox].some((row) => row.origin === sender && row.id === id);
}
