// Word of a node that carries a message of this one: where it is, or that it goes no further.
//
// From: accept.ts, in the commit that accepts the word. To: the row of the message; and where that was cancelled, the order again.
// 1. The word says what is durable there: no other one is believed of what has been handed over.
// 2. An order to cancel may have come to a node before the message did: with every step that this takes, it is ordered again, and so is
//    whatever was cancelled and has not ended when this node starts: a crash may have come between a word and its order.
import { maxFilterIds } from '../model/queue-filter.ts';
import type { MessageId, Passage } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import { placeReplies } from './answer.ts';
import { applyChange, newChange, type Change } from './change.ts';
import type { Context } from './context.ts';
import { noteDeadline } from './deadline.ts';
import { orderCancels } from './order-cancel.ts';
import { peerOf, wake, type Peers } from './presence.ts';
import { stepProcess } from './step-process.ts';

export class HeardPassages {
  private readonly context: Context;
  private readonly peers: Peers;
  /** Those that have come further, by whom this node gave them. */
  private readonly moved = new Map<NodeName, Set<MessageId>>();

  constructor(context: Context, peers: Peers) {
    this.context = context;
    this.peers = peers;
  }

  /** `to`: whom this node gave it. */
  hear(of: { readonly passage: Passage; readonly to: NodeName; readonly change: Change }): void {
    const { context } = this;
    const { passage, to, change } = of;
    const { id, state, hop = null, reason = null } = passage;
    const at = context.wall();
    change.ops.push({ op: 'outbox-passage', id, to, state, hop, at, reason });
    change.follow.push(() => context.notice({ type: 'state', id, to: passage.to, state, at, reason }));
    if (state !== 'carried' && state !== 'delivered') return;
    change.others.push(() => {
      const ids = this.moved.get(to) ?? new Set();
      if (ids.size === 0) this.moved.set(to, ids);
      ids.add(id);
    });
  }

  /** At the end of an event: one order for all that have moved by it. */
  look(): void {
    if (this.moved.size === 0) return;
    const moved = [...this.moved];
    this.moved.clear();
    for (const [to, ids] of moved) this.orderAgain(to, { ids: [...ids], afterOrd: 0 });
  }

  /** At a start. */
  begin(): void {
    if (!this.context.sendsByOthers) return;
    for (const to of this.peers.keys()) this.orderAgain(to, { ids: null, afterOrd: 0 });
  }

  /** Page by page: as many as one order holds. */
  private orderAgain(to: NodeName, of: { readonly ids: readonly MessageId[] | null; readonly afterOrd: number }): void {
    const { context } = this;
    context.query({ query: 'cancelled-aboard', to, ...of, limit: maxFilterIds }, (items) => {
      const last = items.at(-1);
      if (last === undefined) return;
      const process = stepProcess(context, { id: 'order', fate: 'was not given again', data: { node: to } });
      const act = (): void => {
        const peer = peerOf(context, this.peers, to);
        const change = newChange();
        noteDeadline(context, this.peers, orderCancels(context, peer, { items, running: true, change }));
        placeReplies(context, change);
        change.others.push(() => wake(context, peer));
        applyChange(context, change);
      };
      context.within(process, act, undefined);
      if (items.length === maxFilterIds) this.orderAgain(to, { ...of, afterOrd: last.ord });
    });
  }
}
