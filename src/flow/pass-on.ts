// What passes an answer on to another node gets that answer as its body.
//
// Boundary. From: let-go.ts, when the request has ended. To: the commit that lets it go.
// 1. Of what did not run, or may not have, there is nothing to treat (answer.ts says the same of a reply).
// 2. The answer stays where it is as well, for who asks for the output of the request.
import { wireLane } from '../model/lane.ts';
import { inlineBodyBytes } from '../model/message.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { Answered, StoreOp } from '../model/store-op.ts';
import { packHead, unpackHead } from '../wire/message-head.ts';
import type { Context } from './context.ts';
import { bodyOwner } from './outbox-record.ts';

export interface Filled {
  readonly filled: Pick<OutboxRecord, 'head' | 'body' | 'bodySize'>;
  readonly ops: readonly StoreOp[];
}

/** Undefined where there is nothing to treat. */
export function filledWith(context: Context, record: OutboxRecord, found: Answered): Filled | undefined {
  const { request, answer } = found;
  const { node } = context;
  const reply = unpackHead(JSON.parse(answer.head), { from: answer.from, to: node, lane: answer.lane });
  if (reply.replyTo === undefined) return undefined;
  const { method, outcome } = reply.replyTo;
  if (outcome.state === 'unknown' || outcome.state === 'rejected') return undefined;
  const message = unpackHead(JSON.parse(record.head), { from: node, to: record.to, lane: wireLane(record.lane) });
  const { bodySize } = answer;
  const answerOf = { id: request.id, method, outcome, from: request.target ?? request.to };
  const head = packHead({ ...message, answerOf, bodySize });
  const isLarge = bodySize > inlineBodyBytes;
  const from = { box: 'in', sender: answer.from, id: answer.id } as const;
  return {
    filled: { head, body: isLarge ? null : answer.body, bodySize },
    ops: isLarge ? [{ op: 'pieces-copy', from, to: bodyOwner(context, record) }] : [],
  };
}

/** It takes more room now. */
export function countMore(context: Context, before: OutboxRecord, now: Filled['filled']): void {
  const bytes = now.head.length + now.bodySize - before.head.length - before.bodySize;
  context.ledger.outbox.add(before.to, { messages: 0, bytes });
  context.undo(() => context.ledger.outbox.add(before.to, { messages: 0, bytes: -bytes }));
}
