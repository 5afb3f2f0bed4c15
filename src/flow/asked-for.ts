// Whether a reply that runs a command does what its request asked for. A command comes back over the wire, and whoever sends replies could
// send another one: it runs as the row of the request, in this node's own store, has it, or not at all.
import type { Message, ReplySpec } from '../model/message.ts';
import { wireLane } from '../model/lane.ts';
import { unpackHead } from '../wire/message-head.ts';
import type { Context } from './context.ts';

/** `then` gets the reason why it must not run, or nothing. */
export function checkAskedFor(context: Context, reply: Message, then: (refusal: string | undefined) => void): void {
  const { replyTo, from } = reply;
  if (replyTo === undefined) return then(undefined);
  context.query({ query: 'request', id: replyTo.id, to: from }, (record) => {
    if (record === undefined) return then('the request that it answers is not known here');
    const place = { from: context.node, to: record.to, lane: wireLane(record.lane) };
    const { reply: asked } = unpackHead(JSON.parse(record.head), place);
    then(asked !== undefined && isSame(asked, reply) ? undefined : 'the request did not ask for this command');
  });
}

function isSame(asked: ReplySpec, { method, args, methodTimeoutMs }: Message): boolean {
  return (
    asked.method === method &&
    asked.methodTimeoutMs === methodTimeoutMs &&
    asked.args.length === args.length &&
    asked.args.every((arg, index) => arg === args[index])
  );
}
