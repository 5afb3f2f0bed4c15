// Whether there is room for one more message of a sender, and who is to be told when there is room again.
//
// Boundary. From: accept.ts and receive.ts (what arrives), flow.ts (the end of every event). To: acknowledge.ts, whose ACKs say it.
// 1. No sender has more here than is free: at most half, and less where others flood, too. So whoever has nothing here is let in.
//    That holds for messages and for bytes; the message that passes the bound of bytes is the last one that is let in.
// 2. Answers to this node's own requests have bounds of their own, as large: no request keeps an outcome out.
// 3. What only passes here has room in the outbox beyond that of this node's own messages, and the more of it the further it has
//    come: nodes that carry for each other never wait for each other. Answers that pass are always taken.
// 4. Who was turned away is told without asking, when what it has here is at most half of what is free: not for every single message.
//    So many are remembered; the others ask, at growing pauses (held.ts), and go on as soon as there is any room.
import { isPassing, isReplyLane, type LaneName } from '../model/lane.ts';
import type { NodeName } from '../model/node-name.ts';
import { maxHops } from '../model/route.ts';
import { heldPassing, heldReplies, heldRequests, storeStalled } from '../wire/ack.ts';
import type { KeptAmount as Share } from '../model/store-op.ts';
import type { Context } from './context.ts';

const maxTurnedAway = 1_024;
/** Of the questions of one sender, so many to one answer that is about what has come furthest. */
const farEvery = 16;
const nothing: Share = { messages: 0, bytes: 0 };

export class InboxRoom {
  private readonly context: Context;
  /** Senders, and what is not taken of them for now. The oldest first. */
  private readonly turnedAway = new Map<NodeName, TurnedAway>();
  /** Senders that were told, or are to be told, that the store cannot write, and their newest question. */
  private readonly stalled = new Map<NodeName, string>();
  private endsSeen: number | undefined = 0;

  constructor(context: Context) {
    this.context = context;
  }

  /** `coming`: what is about to be accepted of this sender, beside what is here. `hop`: of what passes, which node of its way this is. */
  has(from: NodeName, lane: LaneName, coming: Share = nothing, hop = maxHops): boolean {
    if (this.passes(lane)) return isReplyLane(lane) || this.mayPass(coming, hop);
    const { mine, free } = this.shares(from, lane);
    return (
      mine.messages + coming.messages < free.messages - coming.messages &&
      mine.bytes + coming.bytes < free.bytes - coming.bytes
    );
  }

  /** `nonce`: of the batch that is turned away. */
  turnAway(from: NodeName, lane: LaneName, nonce: string, hop = 1): void {
    const before = this.turnedAway.get(from);
    const bits = (before?.bits ?? 0) | bitOf(lane, this.context.node);
    const told = before?.bits === bits && before.told;
    this.turnedAway.set(from, { bits, nonce, told, hop, asks: before?.asks ?? 0 });
    bound(this.turnedAway);
  }

  /** It has asked: what there is room for is taken from now on. */
  reconsider(from: NodeName, nonce: string): void {
    const entry = this.turnedAway.get(from);
    if (entry === undefined) return;
    const asks = entry.asks + 1;
    // What has come far may find room where what was turned away does not: now and then that is tried.
    const hop = asks % farEvery === 0 ? maxHops : entry.hop;
    const free = this.bits(entry.bits, (lane) => this.has(from, lane, nothing, hop));
    this.keep(from, { ...entry, asks, nonce, bits: entry.bits & ~free });
  }

  /** What is not taken of this sender for now, as its ACK says it. */
  heldOf(from: NodeName): number {
    return (this.turnedAway.get(from)?.bits ?? 0) | (this.context.stalled === undefined ? 0 : storeStalled);
  }

  /** An ACK has said what is not taken of it: only from now on is the word that it is taken again understood. */
  noteTold(from: NodeName): void {
    const entry = this.turnedAway.get(from);
    if (entry === undefined || entry.told) return;
    this.turnedAway.set(from, { ...entry, told: true });
    this.endsSeen = undefined;
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

  /** Senders for whom there is room again, and their newest questions; of those that wait, not more than may come in. */
  takeReleased(): readonly (readonly [from: NodeName, nonce: string])[] {
    const { ends } = this.context.ledger;
    if (this.turnedAway.size === 0 || ends === this.endsSeen) return [];
    this.endsSeen = ends;
    const released: (readonly [NodeName, string])[] = [];
    for (const [from, entry] of this.turnedAway) {
      const { bits, told, nonce } = entry;
      if (!told) continue;
      const roomy = this.bits(
        bits,
        (lane) => this.isRoomy(from, lane) && (this.passes(lane) || released.length < this.free(lane).messages),
      );
      if (roomy === 0) continue;
      this.keep(from, { ...entry, bits: bits & ~roomy });
      released.push([from, nonce]);
    }
    return released;
  }

  private keep(from: NodeName, entry: TurnedAway): void {
    if (entry.bits === 0) this.turnedAway.delete(from);
    else this.turnedAway.set(from, entry);
  }

  private bits(of: number, is: (lane: LaneName) => boolean): number {
    return kinds.reduce((bits, { bit, lane }) => ((of & bit) !== 0 && is(lane) ? bits | bit : bits), 0);
  }

  private isRoomy(from: NodeName, lane: LaneName): boolean {
    if (this.passes(lane)) return this.mayPass(nothing, 0);
    const { mine, free } = this.shares(from, lane);
    return this.has(from, lane) && 2 * mine.messages <= free.messages && 2 * mine.bytes <= free.bytes;
  }

  private shares(from: NodeName, lane: LaneName): { mine: Share; free: Share } {
    return { mine: this.context.ledger.inbox(lane).of(from), free: this.free(lane) };
  }

  private passes(lane: LaneName): boolean {
    return isPassing(lane, this.context.node);
  }

  /** What has come further may go beyond what keeps the others out. */
  private mayPass(coming: Share, hop: number): boolean {
    const { queuedMessages, queuedBytes } = this.context.options.limits;
    const { messages, bytes } = this.context.ledger.outbox.total;
    const share = 1 + hop / maxHops;
    return messages + coming.messages < queuedMessages * share && bytes + coming.bytes < queuedBytes * share;
  }

  private free(lane: LaneName): Share {
    const { inboxMessages, inboxBytes } = this.context.options.limits;
    const { messages, bytes } = this.context.ledger.inbox(lane).total;
    return { messages: inboxMessages - messages, bytes: inboxBytes - bytes };
  }
}

interface TurnedAway {
  readonly bits: number;
  readonly told: boolean;
  /** Of the newest question that came: what was answered last may be older. */
  readonly nonce: string;
  /** Of what passes: how far the message had come that was turned away last, and how often its sender has asked since. */
  readonly hop: number;
  readonly asks: number;
}

/** A lane of each kind stands for all of them: what there is room for depends on the kind alone. */
const kinds = [
  { bit: heldRequests, lane: 'ping' },
  { bit: heldReplies, lane: 'none<ping' },
  // No node has these names.
  { bit: heldPassing, lane: 'ping@-/-' },
] as const;

function bitOf(lane: LaneName, node: NodeName): number {
  if (isPassing(lane, node)) return heldPassing;
  return isReplyLane(lane) ? heldReplies : heldRequests;
}

function bound(list: Map<NodeName, unknown>): void {
  const oldest = list.keys().next();
  if (list.size > maxTurnedAway && oldest.done !== true) list.delete(oldest.value);
}
