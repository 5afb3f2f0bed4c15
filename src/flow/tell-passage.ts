// Tells those whose messages this node carries what has become of them: where they are, or that they go no further.
//
// Boundary. From: flow.ts, at the end of an event after which something may be news. To: the outbox: a message by the way back.
// 1. What is news stands in the store, in the rows themselves: whatever changes them, and whenever a life ends, it is told.
// 2. Word and row are one commit. What has ended goes with it.
// 3. The answer to a message tells more than this node could: when it has passed, nothing more is told.
import { isControl, wireLane } from '../model/lane.ts';
import type { OutboxRecord } from '../model/record.ts';
import { wayBack } from '../model/route.ts';
import { isFinal, isPassage, type PassageState } from '../model/state.ts';
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
/** After a step that failed. */
const failedPauseMs = 60_000;

export class Passages {
  private readonly context: Context;
  private readonly peers: Peers;
  private looking = false;

  constructor(context: Context, peers: Peers) {
    this.context = context;
    this.peers = peers;
  }

  look(): void {
    const { context } = this;
    if (!context.passagesDue || this.looking || !context.ready || context.stopping) return;
    context.passagesDue = false;
    this.looking = true;
    context.query({ query: 'passages', limit: pageRows }, (records) => {
      this.looking = false;
      if (records.length === pageRows) context.passagesDue = true;
      const process = stepProcess(context, { id: 'passage', fate: 'is tried again later' });
      if (!context.within(process, () => this.tell(records), false)) this.later();
    });
  }

  private later(): void {
    this.context.timer('passage', failedPauseMs, () => (this.context.passagesDue = true));
  }

  private tell(records: readonly OutboxRecord[]): true {
    const change = newChange();
    for (const record of records) this.tellOf(record, change);
    placeReplies(this.context, change);
    applyChange(this.context, change);
    return true;
  }

  private tellOf(record: OutboxRecord, change: Change): void {
    const { context } = this;
    const { ord, state, told, open } = record;
    const ended = isFinal(state);
    // That it goes again, since a store was lost, nobody needs to know; of an order only its end is of interest.
    if (told !== state && isPassage(state) && (ended || !isControl(record.lane)))
      this.addWord({ ...record, state }, change);
    change.ops.push(ended && !open ? dropOp(context, record, record.lane) : { op: 'outbox-told', ord, state });
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
