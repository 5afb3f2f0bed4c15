// Takes on a message that only passes here: it is accepted by becoming one of the outbox, under its own id and as it came.
//
// Boundary. From: accept.ts, in the place of an inbox record. To: the outbox, and the lane of the next node of the way.
// 1. The next node is asked to take it only when this node has it durably, and the one before lets go only then (custody).
// 2. Its head and body stay as they are. How long it may still take has been told beside it.
// 3. Its row stays until it has ended, here or elsewhere, which the answer or a word that passes says: what becomes of it until then, its sender is told (tell-passage.ts).
// 4. An order to cancel is obeyed here, too, before it goes on.
import { inlineBodyBytes, type Message, type MessageId } from '../model/message.ts';
import { previousOf } from '../model/route.ts';
import { isFinal, type MessageState } from '../model/state.ts';
import type { BatchItem } from '../wire/batch.ts';
import { isAsSealed } from '../wire/message-seal.ts';
import { cancelPassing } from './cancel.ts';
import type { Change } from './change.ts';
import type { Context } from './context.ts';
import { endUnsent, noteDeadline } from './deadline.ts';
import type { InLane } from './in-lane.ts';
import { appendRecord, outLaneOf } from './out-lane.ts';
import { bodyOwner, outboxRecord } from './outbox-record.ts';
import { peerOf, wake, type Peers } from './presence.ts';
import { publisherOf } from './publisher.ts';
import type { Bodies } from './receive-body.ts';

type MessageItem = BatchItem & { readonly type: 'message' };

export interface Passing {
  readonly lane: InLane;
  readonly item: MessageItem;
  /** That accepts it. */
  readonly change: Change;
}

/** Why it may not have come from there as it is; undefined if it may. A large body is looked at when it is read. */
export function refusePassage(
  context: Pick<Context, 'node'>,
  from: string,
  { message, head, body }: MessageItem,
): string | undefined {
  if (message.via === undefined) return undefined;
  if (message.ackTimeoutMs === 0) return 'what is carried wants an ACK';
  if (previousOf(message, context.node) !== from) return `${from} is not before ${context.node} on its way`;
  if (message.bodySize > inlineBodyBytes || isAsSealed(head, message, body)) return undefined;
  return `it was changed on its way, before ${context.node}`;
}

export function carry(context: Context, parts: { readonly peers: Peers; readonly bodies: Bodies }, of: Passing): void {
  const { peers, bodies } = parts;
  const { lane: from, item, change } = of;
  const { message, head, body, leftMs, mayHaveRun = false } = item;
  const record = {
    ...outboxRecord(context, { message, head, body, submission: message.id }),
    bodySize: message.bodySize,
    mayHaveRun,
    deadline: context.nodeTime() + (leftMs ?? message.expiresMs),
  };
  // An order of which nothing is left here has nobody to follow: it does not wait for a node that may be away for long.
  if (message.method === 'opCancel')
    cancelPassing(context, peers, message, () =>
      endUnsent(context, peers, { record, reason: 'it was carried out here' }),
    );
  if (message.bodySize > inlineBodyBytes) {
    const arrived = { box: 'in' as const, sender: from.from, id: message.id };
    change.ops.push(bodies.take(from.from, message.id));
    change.ops.push({ op: 'pieces-pass', from: arrived, to: bodyOwner(context, record) });
  }
  change.ops.push({ op: 'outbox-add', record });
  context.carries = true;
  const end = endOf(message);
  if (end !== undefined) change.ops.push({ op: 'outbox-answered', origin: message.to, ...end });
  const peer = peerOf(context, peers, record.to);
  const lane = outLaneOf(peer, record.lane);
  context.touch(publisherOf(context, lane));
  appendRecord(lane, record);
  noteDeadline(context, peers, record.deadline);
  change.lanes.add(lane);
  change.others.push(() => wake(context, peer));
}

/** What has ended elsewhere, where that is what the message tells. */
function endOf({ replyTo, passage }: Message): { readonly id: MessageId; readonly state: MessageState } | undefined {
  if (replyTo?.part !== undefined) return undefined;
  if (replyTo !== undefined) return { id: replyTo.id, state: replyTo.outcome.state };
  return passage !== undefined && isFinal(passage.state) ? { id: passage.id, state: passage.state } : undefined;
}
