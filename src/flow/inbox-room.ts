// Whether there is room for one more message of a sender, and who is to be told when there is room again.
//
// Boundary. From: accept.ts and receive.ts (what arrives), flow.ts (the end of every event). To: acknowledge.ts, whose ACKs say it.
// 1. No sender has more here than is free: at most half, and less where others flood, too. So whoever has nothing here is let in.
//    That holds for messages and for bytes; the message that passes the bound of bytes is the last one that is let in.
// 2. Answers to this node's own requests have bounds of their own, as large: no request keeps an outcome out.
// 3. Who was turned away is told without asking, when what it has here is at most half of what is free: not for every single message.
//    So many are remembered; the others ask, at growing pauses (held.ts), and go on as soon as there is any room.
import { isReplyLane, type LaneName } from '../model/lane.ts';
import type { NodeName } from '../model/node-name.ts';
import { heldReplies, heldRequests, storeStalled } from '../wire/ack.ts';
import type { KeptAmount as Share } from '../model/store-op.ts';
import type { Context } from './context.ts';

const maxTurnedAway = 1_024;
const nothing: Share = { messages: 0, bytes: 0 };

export class InboxRoom {
  private readonly context: Context;
  /** Senders, and what is not taken of them for now. The oldest first. */
  private readonly turnedAway = new Map<NodeName, number>();
  /** Senders that were told, or are to be told, that the store cannot write, and their newest question. */
  private readonly stalled = new Map<NodeName, string>();
  private endsSeen = 0;

  constructor(context: Context) {
    this.context = context;
  }

  /** `coming`: what is about to be accepted of this sender, beside what is here. */
  has(from: NodeName, lane: LaneName, coming: Share = nothing): boolean {
    const { mine, free } = this.shares(from, lane);
    return (
      mine.messages + coming.messages < free.messages - coming.messages &&
      mine.bytes + coming.bytes < free.bytes - coming.bytes
    );
  }

  turnAway(from: NodeName, lane: LaneName): void {
    this.turnedAway.set(from, (this.turnedAway.get(from) ?? 0) | bitOf(lane));
    bound(this.turnedAway);
  }

  /** It has asked: what there is room for is taken from now on. */
  reconsider(from: NodeName): void {
    const bits = this.turnedAway.get(from);
    if (bits !== undefined) this.keep(from, bits & ~this.bits(bits, (lane) => this.has(from, lane)));
  }

  /** What is not taken of this sender for now, as its ACK says it. */
  heldOf(from: NodeName): number {
    return (this.turnedAway.get(from) ?? 0) | (this.context.stalled === undefined ? 0 : storeStalled);
  }

  /** Answers whether the word that nothing can be written is news in this conversation. */
  noteStalled(from: NodeName, nonce: string): boolean {
    const isNew = this.stalled.get(from) !== nonce;
    this.stalled.set(from, nonce);
    bound(this.stalled);
    return isNew;
  }

  takeStalled(): readonly (readonly [from: NodeName, nonce: string])[] {
    const all = [...this.stalled];
    this.stalled.clear();
    return all;
  }

  /** Senders for whom there is room again; of those that wait, not more than may come in. */
  takeReleased(): readonly NodeName[] {
    const { ends } = this.context.ledger;
    if (this.turnedAway.size === 0 || ends === this.endsSeen) return [];
    this.endsSeen = ends;
    const released: NodeName[] = [];
    for (const [from, bits] of this.turnedAway) {
      const roomy = this.bits(bits, (lane) => this.isRoomy(from, lane) && released.length < this.free(lane).messages);
      if (roomy === 0) continue;
      this.keep(from, bits & ~roomy);
      released.push(from);
    }
    return released;
  }

  private keep(from: NodeName, bits: number): void {
    if (bits === 0) this.turnedAway.delete(from);
    else this.turnedAway.set(from, bits);
  }

  private bits(of: number, is: (lane: LaneName) => boolean): number {
    return kinds.reduce((bits, { bit, lane }) => ((of & bit) !== 0 && is(lane) ? bits | bit : bits), 0);
  }

  private isRoomy(from: NodeName, lane: LaneName): boolean {
    const { mine, free } = this.shares(from, lane);
    return this.has(from, lane) && 2 * mine.messages <= free.messages && 2 * mine.bytes <= free.bytes;
  }

  private shares(from: NodeName, lane: LaneName): { mine: Share; free: Share } {
    return { mine: this.context.ledger.inbox(lane).of(from), free: this.free(lane) };
  }

  private free(lane: LaneName): Share {
    const { inboxMessages, inboxBytes } = this.context.options.limits;
    const { messages, bytes } = this.context.ledger.inbox(lane).total;
    return { messages: inboxMessages - messages, bytes: inboxBytes - bytes };
  }
}

/** A lane of each kind stands for all of them: what there is room for depends on the kind alone. */
const kinds = [
  { bit: heldRequests, lane: 'ping' },
  { bit: heldReplies, lane: 'none<ping' },
] as const;

function bitOf(lane: LaneName): number {
  return isReplyLane(lane) ? heldReplies : heldRequests;
}

function bound(list: Map<NodeName, unknown>): void {
  const oldest = list.keys().next();
  if (list.size > maxTurnedAway && oldest.done !== true) list.delete(oldest.value);
}
