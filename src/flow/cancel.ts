// Cancels messages of this node: what has never left, at once; of anything else its receiver has to say what became of it.
//
// Boundary. From: flow.ts (an event of the API). To: the store, and by orders (order-cancel.ts) the nodes that may have them.
// 1. `cancelled` is said at once only of what has no position. A void of its position is asked for of what may be under way
//    (custody rule 4), and an order goes to the node that may have accepted it: only its answer, an outcome, says `cancelled`.
// 2. The wish and the order that follows from it are one commit: no crash leaves one without the other.
// 3. However many there are, memory holds a page of them.
import { isMessageId } from '../model/id.ts';
import { kindOfLane, routeOf, wireLane } from '../model/lane.ts';
import { maxFilterIds, type QueueFilter } from '../model/queue-filter.ts';
import type { Message } from '../model/message.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { AboardRecord, StoreOp } from '../model/store-op.ts';
import { placeReplies } from './answer.ts';
import { applyChange, newChange } from './change.ts';
import type { Context } from './context.ts';
import { noteDeadline } from './deadline.ts';
import type { CancelAnswer, FlowEvent } from './event.ts';
import { orderCancels, supersededBy } from './order-cancel.ts';
import { releaseBuffer } from './out-lane.ts';
import { peerOf, wake, type Peers } from './presence.ts';

type CancelEvent = FlowEvent & { readonly type: 'cancel' };

export function cancel(context: Context, peers: Peers, event: CancelEvent): void {
  const { filter, answer, reason } = event;
  if (context.stopping || !context.ready) return answer(refusal('stopping', 'the node is starting or stopping'));
  if (context.stalled !== undefined) return answer(refusal('store-unavailable', context.stalled));
  const taken = takeBack(context, { filter, reason });
  context.commitOrRefuse([taken.op], (refused) => {
    if (refused !== undefined) return answer(refusal('store-unavailable', refused));
    taken.durable();
    askFor(context, peers, { event, cancelled: taken.cancelled(), afterOrd: 0, asked: 0 });
  });
  release(context, peers, filter);
}

/** Of what this node only carries: its sender hears of the end by what is told of passages. Goes before the commit that accepts the order. */
export function cancelPassing(context: Context, peers: Peers, order: Message, nothingIsLeft: () => void): void {
  const filter = { ids: order.args.filter(isMessageId).slice(0, maxFilterIds), origin: order.from };
  const reason = order.description ?? `cancelled by ${order.from}`;
  const taken = takeBack(context, { filter, reason });
  const answer = (answered: CancelAnswer): void => {
    if (answered.type === 'done' && answered.asked === 0) nothingIsLeft();
  };
  const event = { type: 'cancel' as const, filter, running: true, reason, answer };
  context.commit([taken.op], () => askFor(context, peers, { event, cancelled: 0, afterOrd: 0, asked: 0 }));
  release(context, peers, filter);
}

interface TakenBack {
  readonly op: StoreOp;
  /** To be called when the commit with the operation is durable. */
  readonly durable: () => void;
  readonly cancelled: () => number;
}

/** What has never left. To be followed at once by the commit of the operation: nothing may come between them. */
function takeBack(context: Context, { filter, reason }: Pick<CancelEvent, 'filter' | 'reason'>): TakenBack {
  context.cancels += 1;
  const at = context.wall();
  let cancelled = 0;
  context.query({ query: 'cancellable', filter }, (found) => {
    for (const { to, messages } of found) {
      cancelled += messages;
      const recount = context.ledger.outbox.recount(to);
      context.query({ query: 'outbox-load', to }, recount.found);
    }
  });
  return {
    op: { op: 'outbox-cancel', filter, at, reason },
    durable: () => {
      if (cancelled > 0) context.notice({ type: 'lost', to: filter.to ?? null, at });
    },
    cancelled: () => cancelled,
  };
}

export interface Superseding {
  /** Of the commit that adds the new messages. */
  readonly ops: readonly StoreOp[];
  /** To be called when that has been handed in. */
  readonly release: () => void;
  /** To be called when it is durable: of what may be at its node, that is asked. */
  readonly durable: () => void;
}

/** New messages with a key take the place of those of earlier submissions with the same one, to the same node, that have not started. */
export function supersede(context: Context, peers: Peers, records: readonly OutboxRecord[]): Superseding {
  const beforeOrd = records[0]?.ord;
  const newest = new Map(
    records.flatMap((one) => (one.key === null ? [] : [[`${one.target ?? one.to} ${one.key}`, one] as const])),
  );
  const all = [...newest.values()].map(({ to, target, key, id }) => {
    const what = { filter: { to: target ?? to, key: key ?? '', beforeOrd }, reason: `${supersededBy}${id}` };
    return { ...what, ...takeBack(context, what) };
  });
  return {
    ops: all.map(({ op }) => op),
    release: () => {
      for (const { filter } of all) release(context, peers, filter);
    },
    durable: () => {
      for (const { filter, reason, durable, cancelled } of all) {
        durable();
        const event = { type: 'cancel' as const, filter, running: false, reason, answer: () => undefined };
        askFor(context, peers, { event, cancelled: cancelled(), afterOrd: 0, asked: 0 });
      }
    },
  };
}

/** What waits in memory is read anew from the disk, behind the commit. */
function release(context: Context, peers: Peers, filter: QueueFilter): void {
  const { ids, to, lane: name } = filter;
  const wanted = new Set(ids);
  for (const peer of peers.values()) {
    let released = false;
    for (const lane of peer.lanes.values()) {
      if (to !== undefined && (routeOf(lane.name)?.to ?? peer.name) !== to) continue;
      if (name !== undefined && wireLane(lane.name) !== name && kindOfLane(lane.name) !== name) continue;
      if (ids !== undefined && !lane.paging && !lane.buffer.some(({ id }) => wanted.has(id))) continue;
      if (releaseBuffer(lane)) released = true;
    }
    if (released) wake(context, peer);
  }
}

interface AskedFor {
  readonly afterOrd: number;
  readonly asked: number;
}

/** A page of those that may be at their receivers. */
function askFor(context: Context, peers: Peers, of: AskedFor & { event: CancelEvent; cancelled: number }): void {
  const { event, cancelled, afterOrd, asked } = of;
  const { filter, running, reason } = event;
  const limit = maxFilterIds;
  context.query({ query: 'aboard', filter, running, afterOrd, limit }, (found) => {
    const last = found.at(-1);
    if (last === undefined) return event.answer({ type: 'done', cancelled, asked });
    const change = newChange();
    const byNode = new Map<string, AboardRecord[]>();
    for (const record of found) {
      const { ord, to, lane } = record;
      change.ops.push({ op: 'outbox-wish', ord, wish: 'cancelled', reason });
      const known = peers.get(to)?.lanes.get(lane);
      // A page that is being read does not know of the wish yet.
      if (known?.paging === true) Object.assign(known, { page: known.page + 1, paging: false, more: true });
      const item = known?.window.find((placed) => placed.ord === ord);
      if (item !== undefined) Object.assign(item, { wish: 'cancelled', wishReason: reason });
      // What is only carried its sender orders to be ended.
      if (filter.origin === undefined) byNode.set(to, [...(byNode.get(to) ?? []), { ...record, reason }]);
    }
    for (const [to, items] of byNode) {
      const peer = peerOf(context, peers, to);
      noteDeadline(context, peers, orderCancels(context, peer, { items, running, change }));
      change.others.push(() => wake(context, peer));
    }
    placeReplies(context, change);
    change.follow.push(() => {
      context.notice({ type: 'lost', to: filter.to ?? null, at: context.wall() });
      askFor(context, peers, { ...of, afterOrd: last.ord, asked: asked + found.length });
    });
    applyChange(context, change);
  });
}

function refusal(code: 'stopping' | 'store-unavailable', reason: string): CancelAnswer {
  return { type: 'refused', code, reason, hint: 'try it again when the node is up and can write' };
}
