// The order to end messages at the node that may have them: an ordinary message of the control lane, by the way that they took.
//
// From: cancel.ts, and settle.ts and hear-passage.ts where one was accepted that its sender had wished back. To: the outbox.
import { routeOf, wireLane } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import { maxFilterIds } from '../model/queue-filter.ts';
import type { AboardRecord } from '../model/store-op.ts';
import { unpackHead } from '../wire/message-head.ts';
import type { Change } from './change.ts';
import type { Context } from './context.ts';
import { newMessage, ownDraft } from './new-message.ts';
import { appendRecord, outLaneOf } from './out-lane.ts';
import { addOps, outboxRecord } from './outbox-record.ts';
import type { Peer } from './peer.ts';
import { publisherOf } from './publisher.ts';

/** In the place of the first id: what runs goes on. */
export const onlyWaiting = 'waiting';

/** How the reason begins where a newer message with the same key has come: what runs goes on then, whenever the order is given. */
export const supersededBy = 'superseded by ';

/** `head`: of what goes by others; of any other it may be empty. */
export type Unwanted = Pick<AboardRecord, 'id' | 'to' | 'lane' | 'head' | 'reason'>;

interface Orders {
  readonly items: readonly Unwanted[];
  /** Also what runs there. */
  readonly running: boolean;
  readonly change: Pick<Change, 'ops' | 'lanes'>;
}

interface Order {
  readonly ids: MessageId[];
  readonly to: string;
  readonly via?: readonly string[];
  /** Who wishes it, as the outcomes will say. */
  readonly reason: string;
}

/**
 * Part of the change: the lanes get positions with the others (answer.ts). All of the items were given to `peer`.
 * Answers the soonest deadline of the orders, in node time.
 */
export function orderCancels(context: Context, peer: Peer, { items, running, change }: Orders): number {
  const orders = new Map<string, Order>();
  for (const item of items) {
    const way = wayTo(context, item);
    const reason = item.reason ?? 'cancelled';
    const key = JSON.stringify([way, reason]);
    const known = orders.get(key);
    if (known === undefined) orders.set(key, { ids: [item.id], ...way, reason });
    else known.ids.push(item.id);
  }
  let deadline = Infinity;
  for (const { ids, ...order } of orders.values()) {
    const ends = running && !order.reason.startsWith(supersededBy);
    for (let from = 0; from < ids.length; from += maxFilterIds) {
      const some = ids.slice(from, from + maxFilterIds);
      deadline = Math.min(
        deadline,
        add(context, peer, { ...order, args: ends ? some : [onlyWaiting, ...some], change }),
      );
    }
  }
  return deadline;
}

function wayTo(context: Context, { to, lane, head }: Unwanted): Pick<Order, 'to' | 'via'> {
  if (routeOf(lane) === undefined) return { to };
  const message = unpackHead(JSON.parse(head), { from: context.node, to, lane: wireLane(lane) });
  return { to: message.to, ...(message.via === undefined ? {} : { via: message.via }) };
}

function add(
  context: Context,
  peer: Peer,
  order: Omit<Order, 'ids'> & { readonly args: readonly string[]; readonly change: Orders['change'] },
): number {
  const { args, reason, change, ...way } = order;
  const draft = ownDraft({ ...way, method: 'opCancel', args, description: reason }, new Uint8Array());
  const made = newMessage(context.options, draft);
  const record = outboxRecord(context, { ...made, submission: made.message.id });
  const lane = outLaneOf(peer, record.lane);
  change.ops.push(...addOps(context, record, made.body));
  context.touch(publisherOf(context, lane));
  appendRecord(lane, record);
  change.lanes.add(lane);
  return record.deadline;
}
