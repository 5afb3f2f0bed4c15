// Accepts the messages of a batch: exactly once, in the order of their positions.
//
// Boundary. From: receive.ts (a decoded batch that is meant for this life of the node). To: the store, run.ts, acknowledge.ts.
// 1. Only `last + 1`, with the tag that this node holds itself, is accepted; accept, void and reject all advance `last` (I5).
// 2. The ACK is owed only when the commit is durable (I2).
// 3. Beyond the bounds of the inbox (inbox-room.ts) nothing is accepted: the lane stays where it is, and its sender is told.
// 4. What is refused advances the lane with its reason; what is not understood as a place in the lane changes nothing.
import { isControl, isPassing, laneOf } from '../model/lane.ts';
import { inlineBodyBytes } from '../model/message.ts';
import { isMethodName } from '../model/method-name.ts';
import type { NodeName } from '../model/node-name.ts';
import type { InboxRecord, InLaneRecord, LaneException } from '../model/record.ts';
import { hopOf } from '../model/route.ts';
import { maxExceptionReason, maxExceptions } from '../wire/ack.ts';
import type { Batch, BatchItem } from '../wire/batch.ts';
import type { Acknowledgements } from './acknowledge.ts';
import { placeReplies } from './answer.ts';
import { refusePassage, type Passing } from './carry.ts';
import { nextTag } from './chain.ts';
import { applyChange, newChange, type Change } from './change.ts';
import type { Context } from './context.ts';
import { noteWork } from './note-work.ts';
import { enqueue, keepStanding, standingOf, type Accepted, type InLane } from './in-lane.ts';
import { isHere } from './is-here.ts';
import type { InboxRoom } from './inbox-room.ts';
import { amountOf } from './ledger.ts';
import { maxBodyBytes, type Bodies } from './receive-body.ts';
import type { Runner } from './run.ts';
import { subscriberOf } from './subscriber.ts';

/** Of so many the word that they were accepted may wait a moment; of more, their sender's window does. */
const fewItems = 16;
/** Orders of one sender that may wait to be carried out; the rest is sent again. */
const maxOrders = 64;

export interface Acceptance {
  readonly acknowledgements: Acknowledgements;
  readonly bodies: Bodies;
  readonly runner: Runner;
  readonly room: InboxRoom;
}

export function acceptBatch(context: Context, parts: Acceptance, what: { lane: InLane; batch: Batch }): void {
  const { lane, batch } = what;
  const { acknowledgements, runner } = parts;
  const point = { lane: lane.name, epoch: batch.epoch, nonce: batch.nonce, base: batch.base };
  const standing = standingOf(context, lane, batch.epoch);
  const before = standing.now;
  const items = itemsAfter(before, batch);
  if (items === undefined || items.length === 0) return acknowledgements.oweLane(lane.from, point);

  const change = newChange();
  const exceptions = before.exceptions.filter((exception) => exception.position > batch.base);
  const forgotten = before.exceptions.findLast((exception) => exception.position <= batch.base);
  // A sender that is put back to an older store does not know of these any more: it has to be told that they are not known here either.
  if (forgotten !== undefined) exceptions.unshift({ position: forgotten.position, kind: 'forgotten', reason: '' });
  let { last, tag } = before;
  /** Of the message that there is no room for: which node of its way this is. */
  let full: number | undefined;
  let coming = { messages: 0, bytes: 0 };
  for (const item of items) {
    if (exceptions.length >= maxExceptions) break;
    const verdict = judge(context, parts, { lane, item });
    if (verdict === 'body missing') {
      acknowledgements.owePiece(lane.from, {
        id: item.id,
        have: parts.bodies.want(lane.from, item.id),
        nonce: batch.nonce,
      });
      break;
    }
    if (verdict === 'accept' && item.type === 'message' && takesRoom(context, parts, { lane, item })) {
      const hop = hopOf(item.message, context.node);
      full = parts.room.has(lane.from, lane.name, coming, hop) ? undefined : hop;
      if (full !== undefined) break;
      const { messages, bytes } = amountOf({ head: item.head, bodySize: item.message.bodySize });
      coming = { messages: coming.messages + messages, bytes: coming.bytes + bytes };
    }
    if (isControl(lane.name) && lane.queue.length >= maxOrders) break;
    last += 1;
    tag = nextTag(tag, item.id);
    if (verdict !== 'accept') exceptions.push({ position: last, ...verdict });
    else if (item.type !== 'message') continue;
    else if (isPassing(lane.name, context.node)) context.carry({ lane, item, change });
    else if (isHere(context, { lane, epoch: before.epoch, message: item.message }))
      takeAgain(parts, { lane, item, change });
    else accept(context, parts, { lane, item, change });
  }
  if (full !== undefined) parts.room.turnAway(lane.from, lane.name, batch.nonce, full);
  if (last === before.last) return acknowledgements.oweLane(lane.from, point);
  standing.now = { ...before, last, tag, exceptions };
  keepStanding(lane, standing);
  const record: InLaneRecord = standing.now;
  change.ops.push({ op: 'inlane', record });
  placeReplies(context, change);
  runner.runWithin(lane, change);
  change.follow.push(() => {
    standing.durable = record;
    if (last - before.last <= fewItems && full === undefined) acknowledgements.oweLaneSoon(lane.from, point);
    else acknowledgements.oweLane(lane.from, point);
    runner.runNext(lane);
  });
  applyChange(context, change);
}

/** The items of a batch that come next; undefined if it does not continue what this node holds. */
function itemsAfter(standing: InLaneRecord, batch: Batch): readonly BatchItem[] | undefined {
  if (batch.first > standing.last + 1) return undefined;
  const skip = standing.last + 1 - batch.first;
  if (skip > batch.items.length) return [];
  const tag = batch.items.slice(0, skip).reduce((before, item) => nextTag(before, item.id), batch.tag);
  return tag === standing.tag ? batch.items.slice(skip) : undefined;
}

/** What ends in the commit that accepts it takes no room, and orders have their own (`maxOrders`). */
export function takesRoom(
  context: Context,
  parts: Acceptance,
  what: { lane: InLane; item: BatchItem & { type: 'message' } },
): boolean {
  const { lane, item } = what;
  if (isControl(lane.name)) return false;
  if (isPassing(lane.name, context.node)) return true;
  const body = item.message.bodySize > inlineBodyBytes ? undefined : item.body;
  return !parts.runner.mayRunInline(lane, { message: item.message, body });
}

/** Its body belongs to the one that is here. */
function takeAgain(parts: Acceptance, of: Passing): void {
  const { lane, item, change } = of;
  if (item.message.bodySize > inlineBodyBytes) change.ops.push(parts.bodies.take(lane.from, item.id));
}

type Verdict = 'accept' | 'body missing' | Omit<LaneException, 'position'>;

function judge(context: Context, parts: Acceptance, what: { lane: InLane; item: BatchItem }): Verdict {
  const { lane, item } = what;
  if (item.type === 'void') return { kind: 'voided', reason: '' };
  const reason = refusal(context, lane.from, item);
  if (reason !== undefined) return { kind: 'rejected', reason: reason.slice(0, maxExceptionReason) };
  if (
    item.type === 'message' &&
    item.message.bodySize > inlineBodyBytes &&
    parts.bodies.have(lane.from, item.id) !== item.message.bodySize
  ) {
    return 'body missing';
  }
  return 'accept';
}

export function refusal(context: Context, from: NodeName, item: BatchItem): string | undefined {
  if (item.type === 'invalid') return item.reason;
  if (item.type === 'void') return undefined;
  const { message, body } = item;
  if (!isMethodName(message.method)) return `unknown method "${String(message.method)}"`;
  if (message.bodySize <= inlineBodyBytes && body.length !== message.bodySize) return 'its body is missing';
  if (message.bodySize > maxBodyBytes)
    return `its data is ${message.bodySize} bytes, and this node takes at most ${maxBodyBytes}`;
  if (message.runOf !== undefined) return 'a run of a schedule is made by the node that has that';
  const refused = refusePassage(context, from, item);
  if (refused !== undefined || isPassing(laneOf(message), context.node)) return refused;
  return (
    context.subscriptions.refuse(message.method, message.from) ?? context.options.policy.refuse(message, message.from)
  );
}

export function accept(
  context: Context,
  parts: Acceptance,
  what: { lane: InLane; item: BatchItem & { type: 'message' }; change: Change; storeLane?: string },
): void {
  const { lane, item, change } = what;
  const { message } = item;
  const large = message.bodySize > inlineBodyBytes;
  const record: InboxRecord = {
    ord: context.nextInboxOrd,
    from: lane.from,
    id: message.id,
    lane: lane.name,
    head: item.head,
    body: item.body.length > 0 ? item.body : null,
    bodySize: message.bodySize,
    state: 'accepted',
    mark: null,
    pid: null,
    pidStart: null,
    acceptedAt: context.wall(),
    startedAt: null,
    endedAt: null,
    outcome: null,
    attempts: 0,
    retryAt: null,
    cancel: null,
  };
  context.nextInboxOrd += 1;
  context.touch(subscriberOf(context, lane));
  const accepted: Accepted = { record, message, body: large ? undefined : item.body };
  if (large) change.ops.push(parts.bodies.take(lane.from, message.id));
  const inline = parts.runner.mayRunInline(lane, accepted);
  const result = inline ? parts.runner.runInline(accepted) : undefined;
  const ended = record.acceptedAt;
  change.ops.push({
    op: 'inbox-add',
    record:
      result === undefined
        ? record
        : { ...record, state: 'ended', startedAt: ended, endedAt: ended, outcome: JSON.stringify(result.outcome) },
  });
  if (message.passage !== undefined) context.hearPassage({ passage: message.passage, to: lane.from, change });
  else if (message.replyTo !== undefined) addOutcome(context, { accepted, change });
  else noteWork(context, change, { accepted, at: ended, step: 'accepted' });
  if (result === undefined) return enqueue(lane, accepted);
  parts.runner.answer(accepted, result, change);
  noteWork(context, change, { accepted, at: ended, step: 'ended', outcome: result.outcome });
}

/** A reply tells how the request ended: that is known from the moment it is accepted, whatever becomes of its output. */
function addOutcome(context: Context, what: { accepted: Accepted; change: Change }): void {
  const { accepted, change } = what;
  const { replyTo, from } = accepted.message;
  if (replyTo === undefined) return;
  const { id, outcome, part, run } = replyTo;
  if (part !== undefined || run !== undefined) return;
  const endedAt = context.wall();
  const reason = outcome.reason ?? null;
  const untold = context.noteAnswered(accepted.record.from, replyTo);
  change.ops.push({
    op: 'outbox-answer',
    id,
    to: accepted.record.from,
    state: outcome.state,
    outcome: JSON.stringify(outcome),
    reason,
    runningAt: outcome.startedAt ?? null,
    endedAt,
    answerOrd: accepted.record.ord,
    replyState: 'pending',
  });
  change.follow.push(() => {
    if (untold !== undefined) {
      untold.answered = true;
      context.notice({ type: 'state', id, to: from, state: 'delivered', at: endedAt, reason: null });
    }
    context.notice({ type: 'state', id, to: from, state: outcome.state, at: endedAt, reason, outcome });
  });
}
