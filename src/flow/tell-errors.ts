// Errors that this node has counted, on their way to central: an ordinary message of the method `errorLog`.
//
// Boundary. From: the error kernel, by an event. To: submit.ts; on central itself accept.ts, as if the message had arrived.
// 1. What the counts of the store lose by it is one commit with the message: no error is told twice, or not at all.
// 2. On central no message leaves, and nobody is answered; it runs as those of other nodes do, once, also across a crash.
import { laneOf } from '../model/lane.ts';
import type { Draft, Message } from '../model/message.ts';
import { packHead } from '../wire/message-head.ts';
import { accept, type Acceptance } from './accept.ts';
import { newChange, applyChange } from './change.ts';
import type { Context } from './context.ts';
import type { FlowEvent } from './event.ts';
import { createInLane, laneKey, type InLanes } from './in-lane.ts';
import { newMessage, ownDraft } from './new-message.ts';
import type { Peers } from './presence.ts';
import { submit } from './submit.ts';
import { isStopped, subscriberOf } from './subscriber.ts';

interface Parts extends Acceptance {
  readonly peers: Peers;
  readonly inLanes: InLanes;
}

type ErrorsEvent = FlowEvent & { readonly type: 'errors' };

export function tellErrors(context: Context, parts: Parts, event: ErrorsEvent): void {
  const { node, options } = context;
  if (node === options.central) return takeOwn(context, parts, event);
  const { body, ops, answer } = event;
  const messages = [newMessage(options, draftFor(options.central, body))];
  submit(context, parts.peers, {
    type: 'submit',
    messages,
    ops,
    isOwn: true,
    answer: (answered) => answer(answered.type === 'refused' ? 'refused' : { id: answered.ids[0] }),
  });
}

function takeOwn(context: Context, parts: Parts, { body, ops, answer }: ErrorsEvent): void {
  if (context.stopping || !context.ready || context.stalled !== undefined) return answer('refused');
  const message: Message = { ...draftFor(context.node, body).message, id: context.options.newId(), from: context.node };
  const name = laneOf(message);
  const key = laneKey(context.node, name);
  const lane = parts.inLanes.get(key) ?? { ...createInLane(context.node, name, false), phase: 'ready' as const };
  parts.inLanes.set(key, lane);
  // Memory does not tell yet, or not any more, what of it is on the disk.
  if (lane.phase !== 'ready' || isStopped(context, lane)) return answer('refused');
  const take = (): true => {
    const change = newChange();
    const item = { type: 'message' as const, id: message.id, message, head: packHead(message), body };
    accept(context, parts, { lane, item, change });
    change.ops.push(...ops);
    parts.runner.runWithin(lane, change);
    change.follow.push(() => {
      answer({ id: undefined });
      parts.runner.runNext(lane);
    });
    applyChange(context, change);
    return true;
  };
  if (!context.within(subscriberOf(context, lane), take, false)) answer('refused');
}

function draftFor(central: string, body: Uint8Array): Draft {
  return ownDraft({ to: central, method: 'errorLog' }, body);
}
