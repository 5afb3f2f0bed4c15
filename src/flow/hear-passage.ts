// Word of a node that carries a message of this one: where it is, or that it goes no further.
//
// From: accept.ts, in the commit that accepts the word. To: the row of the message; and where that was cancelled, the order again.
// 1. The word says what is durable there: no other one is believed of what has been handed over.
// 2. An order to cancel may have come to a node before the message did: with every step that this takes, it is ordered again.
import type { Passage } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import { placeReplies } from './answer.ts';
import { applyChange, newChange, type Change } from './change.ts';
import type { Context } from './context.ts';
import { orderCancels } from './order-cancel.ts';
import { peerOf, wake, type Peers } from './presence.ts';

/** `to`: whom this node gave it. */
export function hearPassage(
  context: Context,
  peers: Peers,
  of: { readonly passage: Passage; readonly to: NodeName; readonly change: Change },
): void {
  const { passage, to, change } = of;
  const { id, state, hop = null, reason = null } = passage;
  const at = context.wall();
  change.ops.push({ op: 'outbox-passage', id, to, state, hop, at, reason });
  change.follow.push(() => context.notice({ type: 'state', id, to: passage.to, state, at, reason }));
  if (state === 'carried' || state === 'delivered') change.others.push(() => orderAgain(context, peers, { id, to }));
}

function orderAgain(
  context: Context,
  peers: Peers,
  { id, to }: { readonly id: Passage['id']; readonly to: NodeName },
): void {
  context.query({ query: 'cancelled-aboard', to, ids: [id] }, (items) => {
    if (items.length === 0) return;
    const peer = peerOf(context, peers, to);
    const change = newChange();
    orderCancels(context, peer, { items, running: true, change });
    placeReplies(context, change);
    change.others.push(() => wake(context, peer));
    applyChange(context, change);
  });
}
