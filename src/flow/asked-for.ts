// Whether a reply that runs a command does what its request asked for. A command comes back over the wire, and whoever sends replies could
// send another one: it runs as the row of the request, in this node's own store, has it, or not at all.
import type { Message, ReplySpec } from '../model/message.ts';
import { wireLane } from '../model/lane.ts';
import { methodEntry } from '../model/method-name.ts';
import { unpackHead } from '../wire/message-head.ts';
import type { Context } from './context.ts';
import type { Accepted } from './in-lane.ts';

/** `then` gets the reason why it must not run, or nothing. */
export function checkAskedFor(context: Context, accepted: Accepted, then: (refusal: string | undefined) => void): void {
  const { message, record } = accepted;
  const { replyTo, from } = message;
  if (replyTo === undefined) return then(undefined);
  context.query({ query: 'request', id: replyTo.id, to: from }, (row) => {
    if (row === undefined) return then('the request that it answers is not known here');
    const place = { from: context.node, to: row.to, lane: wireLane(row.lane) };
    const request = unpackHead(JSON.parse(row.head), place);
    if (request.reply === undefined || !isSame(request.reply, message) || replyTo.method !== request.method)
      return then('the request did not ask for this command');
    const isRun = replyTo.run !== undefined && request.schedule !== undefined;
    if (isRun) return then(undefined);
    const isPart = replyTo.part !== undefined;
    // A request has one answer, the one that its row was ended by.
    const mayHaveParts = methodEntry(request.method).streams === true || request.largeOutput === true;
    if (isPart ? !mayHaveParts : row.answerOrd !== record.ord) return then('the request has another answer');
    then(undefined);
  });
}

/** With all that says how a command is run: a request says nothing of that for its answer. */
function isSame(asked: ReplySpec, reply: Message): boolean {
  const { method, args, methodTimeoutMs, methodRetries = 0, rerun, settings, stdinFile } = reply;
  const special = [settings, stdinFile, reply.onlyIfFact, reply.endsNode, reply.detach, reply.largeOutput];
  const isPlain = special.every((value) => value === undefined) && methodRetries === 0;
  return (
    isPlain &&
    rerun === methodEntry(method).rerun &&
    asked.method === method &&
    asked.methodTimeoutMs === methodTimeoutMs &&
    asked.args.length === args.length &&
    asked.args.every((arg, index) => arg === args[index])
  );
}
