// Draws the conclusions from where a receiver says that it stands in a lane.
//
// 1. A position up to `last` that is not excepted was accepted, whatever its sender had wished since (custody rule 4). Where the receiver does
//    not know any more what it excepted, nor does the sender.
// 2. An answer that does not fit what was sent is believed only when a fresh question gets it again (rule 8).
// 3. Nothing leaves the pending set in any other way (I4).
import { isPassing, routeOf } from '../model/lane.ts';
import type { NodeName } from '../model/node-name.ts';
import type { LaneException } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { MessageState } from '../model/state.ts';
import type { LaneStanding } from '../wire/ack.ts';
import type { Context } from './context.ts';
import { countClosed } from './count-waiting.ts';
import { degradedReply } from './degrade.ts';
import { answerLost } from './incarnation.ts';
import { pump, sendAfter } from './move-lane.ts';
import { asFarAsKnown } from '../model/never-ran.ts';
import { dropOp } from './outbox-record.ts';
import { appendRecord, outLaneOf, forgetLane, noRecord, type OutLane, type WindowItem } from './out-lane.ts';
import { orderCancels } from './order-cancel.ts';
import { place } from './place.ts';
import { publisherOf } from './publisher.ts';

export type Settled = 'progress' | 'nothing' | 'doubt' | 'lost';

export function settle(context: Context, lane: OutLane, standing: LaneStanding): Settled {
  return context.within(publisherOf(context, lane), () => conclude(context, lane, standing), 'nothing');
}

function conclude(context: Context, lane: OutLane, standing: LaneStanding): Settled {
  const { epoch, peerIncarnation } = lane.record;
  if (lane.phase !== 'ready' || peerIncarnation === null) return 'nothing';
  if (standing.epoch !== epoch || standing.last < lane.acked) return 'nothing';
  // The window is still being read: what it will hold decides, not what it lacks.
  if (lane.acked + lane.window.length < Math.min(standing.last, lane.placed)) return 'nothing';
  const tag = standing.last === lane.acked ? lane.ackedTag : lane.window[standing.last - lane.acked - 1]?.tag;
  if (standing.last > lane.durable || tag !== standing.tag) {
    if (!lane.doubted) {
      lane.doubted = true;
      return 'doubt';
    }
    loseLane(context, lane, 'this node had lost part of its store');
    return 'lost';
  }
  lane.doubted = false;
  lane.fitted = true;
  lane.runningMissed = false;
  const moved = standing.last > lane.acked;
  if (moved) advance(context, lane, standing);
  noteRunning(context, lane, standing);
  return moved ? 'progress' : 'nothing';
}

function advance(context: Context, lane: OutLane, standing: LaneStanding): void {
  const at = context.wall();
  const done = lane.window.splice(0, standing.last - lane.acked);
  const excepted = new Map(standing.exceptions.map((exception) => [exception.position, exception]));
  const forgotten = standing.exceptions.findLast(({ kind }) => kind === 'forgotten')?.position ?? 0;
  excepted.delete(forgotten);
  const ops: StoreOp[] = [];
  const notices: { id: string; state: MessageState; reason: string | null }[] = [];
  const follow: OutLane[] = [];
  const unwanted: WindowItem[] = [];
  for (const item of done) {
    lane.windowBytes -= item.head.length + item.body.length;
    lane.bodiesSent.delete(item.id);
    // An old word of a missing body may have begun it once more: nobody would answer that, and the next one would wait for it.
    if (lane.transfer?.id === item.id) lane.transfer = undefined;
    const exception = excepted.get(item.position);
    const isForgotten = exception === undefined && item.position <= forgotten && !item.answered;
    const { state, reason } = asFarAsKnown(isForgotten ? unknownEnd : endOf(context, lane, { item, exception }), item);
    countClosed(context, lane.peer.name, item);
    if (item.isReply) {
      ops.push(dropOp(context, item, lane.name));
      if (exception !== undefined || isForgotten)
        follow.push(...degrade(context, lane, { item, reason: reason ?? 'expired', ops }));
    } else {
      ops.push({ op: 'outbox-settle', ord: item.ord, state, at, reason });
      const isAboard = state === 'delivered' || state === 'carried';
      if (item.wish === 'cancelled' && isAboard && !item.answered) unwanted.push(item);
      if (!isOthers(context, lane) && !item.told) notices.push({ id: item.id, state, reason });
    }
  }
  if (isOthers(context, lane)) context.passagesDue = true;
  else follow.push(...orderAgain(context, lane, { items: unwanted, ops }));
  lane.acked = standing.last;
  lane.silent = false;
  // What was about to leave once more, and waits for a commit, need not.
  lane.sent = Math.max(lane.sent, standing.last);
  lane.ackedTag = standing.tag;
  lane.record = { ...lane.record, base: standing.last, baseTag: standing.tag };
  ops.push({
    op: 'outlane-base',
    to: lane.peer.name,
    lane: lane.name,
    base: standing.last,
    baseTag: standing.tag,
  });
  const unasked = done.filter(({ isUnasked }) => isUnasked).map(({ ord }) => ord);
  if (unasked.length > 0) ops.push({ op: 'outbox-prune', node: context.node, ords: unasked });
  const { load } = lane;
  for (const other of follow) ops.push(...place(context, other));
  const sends = follow.map((other) => sendAfter(context, other));
  const settled = (): void => {
    if (lane.load === load) lane.settled = Math.max(lane.settled, standing.last);
    for (const notice of notices) context.notice({ type: 'state', to: receiverOf(lane), at, ...notice });
  };
  context.commitAndFollow(ops, { follow: [settled], others: sends });
  pump(context, lane);
}

/** Of what was settled in a life of this store that is lost: only that knew which of it had been accepted. */
const unknownEnd = { state: 'unknown', reason: answerLost } as const;

/** Whether this node only carries what is in the lane. */
function isOthers(context: Context, { name }: OutLane): boolean {
  return isPassing(name, context.node);
}

function receiverOf({ name, peer }: OutLane): NodeName {
  return routeOf(name)?.to ?? peer.name;
}

function endOf(
  context: Context,
  lane: OutLane,
  { item, exception }: { readonly item: WindowItem; readonly exception: LaneException | undefined },
): { state: MessageState; reason: string | null } {
  const aboard = { state: isPassing(lane.name, lane.peer.name) ? 'carried' : 'delivered', reason: null } as const;
  // Its position may be a void, or doubtful: its end is known, and stays.
  if (item.answered) return aboard;
  if (exception === undefined)
    return item.ord <= context.doubtfulOutboxOrd ? { state: 'unknown', reason: answerLost } : aboard;
  if (exception.kind === 'rejected') return { state: 'rejected', reason: exception.reason };
  return { state: item.wish ?? 'expired', reason: item.wishReason };
}

/** What was accepted all the same has to be ended there: an order of before may have been too early. */
function orderAgain(
  context: Context,
  { peer, name }: OutLane,
  of: { readonly items: readonly WindowItem[]; readonly ops: StoreOp[] },
): readonly OutLane[] {
  const change = { ops: of.ops, lanes: new Set<OutLane>() };
  const items = of.items.map(({ id, head, wishReason }) => ({
    id,
    head,
    lane: name,
    to: peer.name,
    reason: wishReason,
  }));
  orderCancels(context, peer, { items, running: true, change });
  return [...change.lanes];
}

/** A reply that was taken back, or refused, or of which neither is known, still owes its outcome. */
function degrade(
  context: Context,
  lane: OutLane,
  reply: { item: WindowItem; reason: string; ops: StoreOp[] },
): readonly OutLane[] {
  const record = degradedReply(context, {
    head: reply.item.head,
    to: lane.peer.name,
    lane: lane.name,
    reason: reply.reason,
  });
  if (record === undefined) return [];
  const other = outLaneOf(lane.peer, record.lane);
  reply.ops.push({ op: 'outbox-add', record });
  context.touch(publisherOf(context, other));
  appendRecord(other, record);
  return [other];
}

/**
 * The lane starts again: what was sent and not settled is lost to knowledge, and so is whether that of what this life found waiting had
 * left in the one that was lost (custody rule 8). Where an answer had fitted in this life, it is no older store that was put back, but
 * a copy of the running node that goes on beside it, or did: it may have sent anything that waits.
 */
export function loseLane(context: Context, lane: OutLane, reason: string): void {
  context.report('lane-restarted', 'a lane starts again', { node: lane.peer.name, lane: lane.name, reason });
  const at = context.wall();
  const to = lane.peer.name;
  const mayHaveLeft = lane.fitted ? context.nextOutboxOrd - 1 : context.foundOutboxOrd;
  lane.fitted = false;
  context.commit(
    [
      { op: 'outlane-lost', to, lane: lane.name, delivered: false, mayHaveLeft, at, reason },
      { op: 'outlane', record: { ...noRecord(to, lane.name), epoch: context.token() } },
    ],
    () => context.notice({ type: 'lost', to, at }),
  );
  forgetLane(lane);
  lane.placedOrd = 0;
  pump(context, lane);
}

function noteRunning(context: Context, lane: OutLane, standing: LaneStanding): void {
  if (standing.running.length === 0) return;
  const accepted = { to: lane.peer.name, lane: lane.name, upTo: standing.last };
  const ops = standing.running.map(({ id, at }) => ({ op: 'outbox-running' as const, id, at, ...accepted }));
  if (isOthers(context, lane)) context.passagesDue = true;
  context.commit(ops, () => {
    if (isOthers(context, lane)) return;
    for (const { id, at } of ops)
      context.notice({ type: 'state', id, to: receiverOf(lane), state: 'running', at, reason: null });
  });
}
