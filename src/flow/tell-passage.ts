// Tells those whose messages this node carries what has become of them: where they are, or that they go no further.
//
// Boundary. From: flow.ts, at the end of an event after which something may be news. To: the outbox: a message by the way back.
// 1. What is news stands in the store, in the rows themselves: whatever changes them, and whenever a life ends, it is told.
// 2. Word and row are one commit, one step for each: what has ended goes with it, and a row that fails harms no other.
// 3. What was handed on, and of which nothing is heard for 30 days after its time, is `unknown`: no row stays for ever.
// 4. The answer to a message tells more than this node could: when it has passed, nothing more is told.
import { isControl, wireLane } from '../model/lane.ts';
import type { OutboxRecord } from '../model/record.ts';
import { wayBack } from '../model/route.ts';
import { isFinal, isPassage, type PassageState } from '../model/state.ts';
import type { StoreOp } from '../model/store-op.ts';
import { unpackHead } from '../wire/message-head.ts';
import { placeReplies } from './answer.ts';
import { applyChange, newChange, type Change } from './change.ts';
import type { Context } from './context.ts';
import { noteDeadline } from './deadline.ts';
import { newMessage, ownDraft } from './new-message.ts';
import { appendRecord, outLaneOf } from './out-lane.ts';
import { dropOp, outboxRecord } from './outbox-record.ts';
import { peerOf, wake, type Peers } from './presence.ts';
import { publisherOf } from './publisher.ts';
import { stepProcess } from './step-process.ts';

const pageRows = 64;
/** After a step that failed, and how often. */
const failedPauseMs = 60_000;
const mostFailures = 5;
/** So long after its time a message that was handed on is waited for: its receiver may be gone for good. */
const forsakenAfterMs = 30 * 86_400_000;
const forsakenEveryMs = 3_600_000;

export class Passages {
  private readonly context: Context;
  private readonly peers: Peers;
  /** By order, how often the step of a row has failed. */
  private readonly failures = new Map<number, number>();
  private looking = false;

  constructor(context: Context, peers: Peers) {
    this.context = context;
    this.peers = peers;
  }

  /** Every hour, from the first message that it carries on. */
  private watch(): void {
    const { context } = this;
    context.timer('forsaken', forsakenEveryMs, () => this.watch());
    this.endForsaken(context.nodeTime() - forsakenAfterMs);
  }

  /** What nobody will ever answer ends as `unknown`, page by page. `before`: node time. */
  private endForsaken(before: number): void {
    const { context } = this;
    if (before < 0) return;
    context.query({ query: 'forsaken', before, limit: pageRows }, (records) => {
      if (records.length === 0) return;
      const [at, reason] = [context.wall(), 'no answer has passed'];
      const state = 'unknown' as const;
      context.passagesDue = true;
      const ops = records.map(({ ord }) => ({ op: 'outbox-settle' as const, ord, state, at, reason }));
      context.commit(ops, () => this.endForsaken(before));
    });
  }

  look(): void {
    const { context } = this;
    if (context.carries && context.ready && !context.hasTimer('forsaken')) this.watch();
    if (!context.passagesDue || this.looking || !context.ready || context.stopping) return;
    context.passagesDue = false;
    this.looking = true;
    context.query({ query: 'passages', limit: pageRows }, (records) => {
      this.looking = false;
      if (records.length === pageRows) context.passagesDue = true;
      for (const record of records) this.tellAlone(record);
    });
  }

  /** A step of its own. Of one that fails again and again nothing is told: it keeps nobody else from being told of. */
  private tellAlone(record: OutboxRecord): void {
    const { context } = this;
    const data = { node: record.to, lane: record.lane, id: record.id };
    const process = stepProcess(context, { id: 'passage', fate: 'is tried again', data });
    const act = (): true => {
      const change = newChange();
      this.tellOf(record, change);
      placeReplies(context, change);
      applyChange(context, change);
      return true;
    };
    if (context.within(process, act, false)) return void this.failures.delete(record.ord);
    const failures = (this.failures.get(record.ord) ?? 0) + 1;
    this.failures.set(record.ord, failures);
    if (failures < mostFailures) return context.timer('passage', failedPauseMs, () => (context.passagesDue = true));
    this.failures.delete(record.ord);
    context.commit([this.toldOp(record)]);
  }

  private toldOp(record: OutboxRecord): StoreOp {
    const { ord, state, lane, open } = record;
    return isFinal(state) && !open ? dropOp(this.context, record, lane) : { op: 'outbox-told', ord, state };
  }

  private tellOf(record: OutboxRecord, change: Change): void {
    const { state, told } = record;
    const ended = isFinal(state);
    // That it goes again, since a store was lost, nobody needs to know; of an order only its end is of interest.
    if (told !== state && isPassage(state) && (ended || !isControl(record.lane)))
      this.addWord({ ...record, state }, change);
    change.ops.push(this.toldOp(record));
  }

  private addWord(of: OutboxRecord & { readonly state: PassageState }, change: Change): void {
    const { head, to, lane: name, state, reason } = of;
    const { context } = this;
    const message = unpackHead(JSON.parse(head), { from: context.node, to, lane: wireLane(name) });
    const { id, method, from } = message;
    const passage = {
      id,
      to: message.to,
      method,
      state,
      ...(state === 'carried' ? { hop: to } : {}),
      ...(reason === null ? {} : { reason }),
    };
    const draft = ownDraft({ to: from, ...wayBack(message, context.node), method: 'none', passage }, new Uint8Array());
    const record = outboxRecord(context, { ...newMessage(context.options, draft), submission: id });
    const peer = peerOf(context, this.peers, record.to);
    const lane = outLaneOf(peer, record.lane);
    change.ops.push({ op: 'outbox-add', record });
    context.touch(publisherOf(context, lane));
    appendRecord(lane, record);
    noteDeadline(context, this.peers, record.deadline);
    change.lanes.add(lane);
    change.others.push(() => wake(context, peer));
  }
}
