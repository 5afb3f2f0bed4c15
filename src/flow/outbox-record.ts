// A message as a new row of the outbox.
import { heldLane, laneOf, routeOf, unackedLane, type LaneName } from '../model/lane.ts';
import { inlineBodyBytes, trySpanMs, type MessageId } from '../model/message.ts';
import type { OutboxRecord } from '../model/record.ts';
import { nextOf } from '../model/route.ts';
import type { PieceOwner, StoreOp } from '../model/store-op.ts';
import { pieceBytes } from '../wire/piece.ts';
import type { Context } from './context.ts';
import type { NewMessage } from './new-message.ts';

export function outboxRecord(context: Context, of: NewMessage & { readonly submission: MessageId }): OutboxRecord {
  const { message, head, body, submission, after = [], answerOf = null } = of;
  const ord = context.nextOutboxOrd;
  context.nextOutboxOrd += 1;
  const isReply = message.replyTo !== undefined || message.passage !== undefined;
  const lane = message.ackTimeoutMs === 0 ? unackedLane(laneOf(message)) : laneOf(message);
  const to = nextOf(message, context.node) ?? message.to;
  return {
    ord,
    id: message.id,
    submission,
    to,
    target: message.to === to ? null : message.to,
    origin: message.from === context.node ? null : message.from,
    lane: after.length > 0 ? heldLane(lane) : lane,
    head,
    body: body.length > 0 && body.length <= inlineBodyBytes ? body : null,
    bodySize: body.length,
    isReply,
    rerun: message.rerun,
    mayHaveRun: false,
    state: 'queued',
    hop: null,
    told: message.from === context.node ? null : 'queued',
    open: true,
    position: null,
    tag: null,
    deadline: context.nodeTime() + (after.length > 0 ? message.expiresMs : trySpanMs(message)),
    key: message.key ?? null,
    wish: null,
    queuedAt: context.wall(),
    carriedAt: null,
    deliveredAt: null,
    runningAt: null,
    endedAt: null,
    outcome: null,
    reason: null,
    replyState: null,
    replyAt: null,
    replyReason: null,
    answerOrd: null,
    heldAs: null,
    answerOf,
  };
}

/** The row, and the pieces of its body where that is large. */
export function addOps(context: Context, record: OutboxRecord, body: Uint8Array): readonly StoreOp[] {
  const add: StoreOp = { op: 'outbox-add', record };
  if (body.length <= inlineBodyBytes) return [add];
  return [add, ...pieceOps(context, { id: record.id, body, from: 0, end: body.length })];
}

/** From the beginning of a piece on. */
export function pieceOps(
  context: Context,
  of: { readonly id: MessageId; readonly body: Uint8Array; readonly from: number; readonly end: number },
): readonly StoreOp[] {
  const { id, body, from, end } = of;
  const owner = bodyOwner(context, { id, origin: null });
  const ops: StoreOp[] = [];
  for (let at = from; at < end; at += pieceBytes) {
    const bytes = body.subarray(at, Math.min(end, at + pieceBytes));
    ops.push({ op: 'piece', owner, index: at / pieceBytes, bytes });
  }
  return ops;
}

/** Under which name the body lies in pieces. An id is its sender's: here it may be another message's, too. */
export function bodyOwner(context: Context, of: Pick<OutboxRecord, 'id' | 'origin'>): PieceOwner {
  return { box: 'out', sender: of.origin ?? context.node, id: of.id };
}

/** Takes the row of a reply away, and the pieces of its body where that is large. */
export function dropOp(context: Context, of: Pick<OutboxRecord, 'ord' | 'id' | 'bodySize'>, lane: LaneName): StoreOp {
  const owner = bodyOwner(context, { id: of.id, origin: routeOf(lane)?.from ?? null });
  return { op: 'outbox-drop', ord: of.ord, owner: of.bodySize > inlineBodyBytes ? owner : null };
}
