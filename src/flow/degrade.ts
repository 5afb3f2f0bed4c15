// A reply whose own criteria ended it, or that its receiver refused, gives up its output but never the outcome:
// a message that only tells how the method ended takes its place (P3, I10).
import { unpackHead } from '../wire/message-head.ts';
import type { LaneName } from '../model/lane.ts';
import type { NodeName } from '../model/node-name.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { Message } from '../model/message.ts';
import type { Context } from './context.ts';
import { withHead } from './new-message.ts';
import { outboxRecord } from './outbox-record.ts';

const dayMs = 86_400_000;

/** The record of the message that takes the reply's place; undefined if the reply was already no more than that. */
export function degradedReply(
  context: Context,
  reply: { head: string; to: NodeName; lane: LaneName; reason: string },
): OutboxRecord | undefined {
  const message = unpackHead(JSON.parse(reply.head), { from: context.node, to: reply.to, lane: reply.lane });
  if (message.replyTo === undefined || message.method === 'none') return undefined;
  const short: Message = {
    ...message,
    id: context.options.newId(),
    method: 'none',
    args: [reply.reason],
    ackTimeoutMs: 10_000,
    retries: -1,
    retryWaitMs: 0,
    expiresMs: Math.max(message.expiresMs, 30 * dayMs),
    bodySize: 0,
  };
  return outboxRecord(context, { ...withHead(short, new Uint8Array()), submission: message.replyTo.id });
}
