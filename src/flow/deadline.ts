// Ends what nobody could deliver in its time, and keeps the node's own time.
//
// 1. `expired` is said at once only of what never left; of anything else a void of its position is asked for (custody rule 4).
// 2. Each message ends by a step of its own: one that fails is left, and tried again a minute later.
// 3. Spans count node time, which is saved as it passes (I8).
import { isHeldLane, wireLane } from '../model/lane.ts';
import { trySpanMs } from '../model/message.ts';
import { unpackHead } from '../wire/message-head.ts';
import type { OutboxRecord } from '../model/record.ts';
import { newChange, applyChange, type Change } from './change.ts';
import type { Context } from './context.ts';
import { countClosed } from './count-waiting.ts';
import { degradedReply } from './degrade.ts';
import { appendRecord, outLaneOf, type OutLane } from './out-lane.ts';
import { asFarAsKnown } from '../model/never-ran.ts';
import { dropOp } from './outbox-record.ts';
import type { Peers } from './presence.ts';
import { peerOf, wake } from './presence.ts';
import { publisherOf } from './publisher.ts';
import { stepProcess } from './step-process.ts';

const duePage = 256;
const saveEveryMs = 60_000;
const saveLeastMs = 1_000;
/** After a step that failed. */
const failedPauseMs = 60_000;
const timerKey = 'deadline';
const saveKey = 'node-time';

/** To be called with the deadline of every new record. */
export function noteDeadline(context: Context, peers: Peers, deadline: number): void {
  if (context.soonestDeadline !== undefined && context.soonestDeadline <= deadline) return;
  const before = context.soonestDeadline;
  context.undo(() => (context.soonestDeadline = before));
  context.soonestDeadline = deadline;
  const leftMs = Math.max(0, deadline - context.nodeTime());
  context.timer(timerKey, leftMs, () => expireDue(context, peers));
  if (!context.hasTimer(saveKey) || leftMs < saveEveryMs) saveNodeTime(context);
}

export function saveTime(context: Context): void {
  context.commit([{ op: 'meta', key: 'nodeTime', value: String(context.nodeTime()) }]);
}

/** A crash loses a quarter of a short time, and a minute of a long one. */
function saveNodeTime(context: Context): void {
  const leftMs = (context.soonestDeadline ?? Infinity) - context.nodeTime();
  context.timer(saveKey, Math.min(saveEveryMs, Math.max(saveLeastMs, leftMs / 4)), () => {
    if (context.soonestDeadline === undefined) return;
    saveTime(context);
    saveNodeTime(context);
  });
}

function expireDue(context: Context, peers: Peers): void {
  context.soonestDeadline = undefined;
  const { cancels } = context;
  context.query({ query: 'due', before: context.nodeTime(), limit: duePage }, (records) => {
    // Some of them may have been cancelled since.
    if (context.cancels !== cancels) return expireDue(context, peers);
    saveTime(context);
    const left = records.filter((record) => !expireAlone(context, peers, record));
    // They would be found again at once.
    if (left.length > 0) return noteDeadline(context, peers, context.nodeTime() + failedPauseMs);
    if (records.length === duePage) return expireDue(context, peers);
    context.query({ query: 'soonest-deadline' }, (soonest) => {
      if (soonest !== null) noteDeadline(context, peers, soonest);
    });
  });
}

/** A step of its own: one that fails keeps no other from its end. Answers whether it went well. */
function expireAlone(context: Context, peers: Peers, record: OutboxRecord): boolean {
  const data = { node: record.to, lane: record.lane, id: record.id };
  const process = stepProcess(context, { id: 'expiry', fate: 'is tried again later', data });
  const act = (): true => {
    const change = newChange();
    expire(context, peers, { record, change });
    applyChange(context, change);
    return true;
  };
  return context.within(process, act, false);
}

function expire(context: Context, peers: Peers, what: { record: OutboxRecord; change: Change }): void {
  const { record, change } = what;
  const lane = peers.get(record.to)?.lanes.get(record.lane);
  if (lane !== undefined) context.touch(publisherOf(context, lane));
  const item = lane?.window.find((placed) => placed.ord === record.ord);
  const reason = whyExpired(context, record);
  if (record.position !== null || record.ord <= (lane?.placedOrd ?? 0)) {
    if (item !== undefined) {
      item.wish = 'expired';
      item.wishReason = reason;
    }
    change.ops.push({ op: 'outbox-wish', ord: record.ord, wish: 'expired', reason });
    return;
  }
  closeUnsent(context, lane, { record, change });
  if (record.isReply) return giveUpReply(context, peers, { record, change, reason });
  const at = context.wall();
  const end = asFarAsKnown({ state: 'expired', reason }, record);
  change.ops.push({ op: 'outbox-settle', ord: record.ord, at, ...end });
  if (record.origin !== null) return;
  const to = record.target ?? record.to;
  change.follow.push(() => context.notice({ type: 'state', id: record.id, to, at, ...end }));
}

/** Ends what has not left: `cancelled`, as its sender hears. Nothing happens to what has its position. */
export function endUnsent(
  context: Context,
  peers: Peers,
  { record, reason }: { readonly record: OutboxRecord; readonly reason: string },
): void {
  const { to, ord } = record;
  const page = { query: 'outbox-page', to, lane: record.lane, afterOrd: ord - 1, limit: 1 } as const;
  context.query(page, ([waiting]) => {
    if (waiting?.ord === ord && waiting.position === null) endNow(context, peers, { record, reason });
  });
}

function endNow(
  context: Context,
  peers: Peers,
  { record, reason }: { readonly record: OutboxRecord; readonly reason: string },
): void {
  const lane = peers.get(record.to)?.lanes.get(record.lane);
  if ((lane !== undefined && record.ord <= lane.placedOrd) || context.expired.has(record.ord)) return;
  if (lane !== undefined) context.touch(publisherOf(context, lane));
  const change = newChange();
  closeUnsent(context, lane, { record, change });
  change.ops.push({ op: 'outbox-settle', ord: record.ord, at: context.wall(), state: 'cancelled', reason });
  applyChange(context, change);
}

/** It has no position, and gets none any more: its row is changed by the change. `lane`: undefined if memory does not hold it. */
function closeUnsent(
  context: Context,
  lane: OutLane | undefined,
  { record, change }: { readonly record: OutboxRecord; readonly change: Change },
): void {
  if (lane !== undefined) {
    lane.buffer = lane.buffer.filter((waiting) => waiting.ord !== record.ord);
    lane.bodiesSent.delete(record.id);
    if (lane.transfer?.id === record.id) lane.transfer = undefined;
    // What stood behind it may go now.
    change.follow.push(() => wake(context, lane.peer));
  }
  context.expired.add(record.ord);
  context.undo(() => context.expired.delete(record.ord));
  countClosed(context, record.to, record);
  change.follow.push(() => context.expired.delete(record.ord));
  if (record.origin !== null) context.passagesDue = true;
}

function giveUpReply(
  context: Context,
  peers: Peers,
  what: { record: OutboxRecord; change: Change; reason: string },
): void {
  const { record, change, reason } = what;
  change.ops.push(dropOp(context, record, record.lane));
  const degraded = degradedReply(context, { head: record.head, to: record.to, lane: wireLane(record.lane), reason });
  if (degraded === undefined) return;
  const peer = peerOf(context, peers, record.to);
  change.ops.push({ op: 'outbox-add', record: degraded });
  const lane = outLaneOf(peer, degraded.lane);
  context.touch(publisherOf(context, lane));
  appendRecord(lane, degraded);
  change.follow.push(() => wake(context, peer));
}

function whyExpired(context: Context, record: OutboxRecord): string {
  const message = unpackHead(JSON.parse(record.head), {
    from: context.node,
    to: record.to,
    lane: wireLane(record.lane),
  });
  const after = `within ${Math.round(message.expiresMs / 1000)} s`;
  if (isHeldLane(record.lane)) return `never sent: what it waited for did not succeed ${after}`;
  return trySpanMs(message) < message.expiresMs
    ? `max retries reached, check if node ${record.to} is up and running`
    : `not delivered ${after}`;
}
