// Lets go what waited for other messages to succeed: on to its lane, or to its end where one of them did not.
//
// Boundary. From: flow.ts, at the end of an event after which something may have ended. To: the outbox, and the lane.
// 1. Who waits for what stands in the store, which also notes what has ended (store/held-tables.ts): however a life ends, the next goes on.
// 2. Nothing of it has a position, or is in any lane, before all have succeeded: it holds nobody up.
// 3. It enters its lane as what is submitted then does: behind what is there, with an order of its own. `heldAs` keeps the first one.
// 4. Each is a step of its own: one that fails is tried again later, and keeps nobody else from going.
import { releasedLane, wireLane } from '../model/lane.ts';
import { trySpanMs, type MessageId } from '../model/message.ts';
import { asFarAsKnown } from '../model/never-ran.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { AwaitedEnd, LetGo, StoreOp } from '../model/store-op.ts';
import { unpackHead } from '../wire/message-head.ts';
import type { Context } from './context.ts';
import { countClosed } from './count-waiting.ts';
import { noteDeadline } from './deadline.ts';
import { countMore, filledWith, type Filled } from './pass-on.ts';
import { outLaneOf } from './out-lane.ts';
import { peerOf, wake, type Peers } from './presence.ts';
import { publisherOf } from './publisher.ts';
import { stepProcess } from './step-process.ts';

const pageRows = 64;
/** After a step that failed. */
const failedPauseMs = 60_000;
const timerKey = 'let-go';

export class LetsGo {
  private readonly context: Context;
  private readonly peers: Peers;
  /** Orders of those whose step has failed, until they are tried again. */
  private readonly failed = new Set<number>();
  private looking = false;

  constructor(context: Context, peers: Peers) {
    this.context = context;
    this.peers = peers;
  }

  look(): void {
    const { context } = this;
    if (!context.held.due || this.looking || !context.ready || context.stopping) return;
    context.held.due = false;
    this.looking = true;
    const { cancels } = context;
    const { losses } = context.held;
    const limit = pageRows + this.failed.size;
    context.query({ query: 'let-go', limit }, (found) => {
      this.looking = false;
      // Some of them may have been cancelled since, or lost with their lanes.
      const isTrue = context.cancels === cancels && context.held.losses === losses;
      if (!isTrue || found.length === limit) context.held.due = true;
      if (isTrue) for (const one of found) this.letGoAlone(one);
    });
  }

  private letGoAlone(one: LetGo): void {
    const { context } = this;
    const { record, failed } = one;
    if (this.failed.has(record.ord) || context.expired.has(record.ord)) return;
    const data = { node: record.to, lane: releasedLane(record.lane), id: record.id };
    let follow: (() => void) | undefined;
    let isTaken = false;
    // What follows the commit is in memory only: nothing else would make up for it.
    const redo = (): void => (isTaken ? follow?.() : undefined);
    const process = stepProcess(context, { id: 'release', fate: 'is tried again', data, redo });
    const act = (): true => {
      if (record.answerOf !== null) follow = this.passOn(one, record.answerOf);
      else if (failed === null) follow = this.release(record);
      else follow = this.end(record, failed);
      return true;
    };
    isTaken = context.within(process, act, false);
    if (!isTaken) this.tryLater(record);
  }

  private tryLater(record: OutboxRecord): void {
    const { context } = this;
    this.failed.add(record.ord);
    context.timer(timerKey, failedPauseMs, () => {
      this.failed.clear();
      context.held.due = true;
    });
  }

  /** With the answer as its body, where there is one to treat. */
  private passOn({ record, failed, answered }: LetGo, id: MessageId): () => void {
    const filled = answered === undefined ? undefined : filledWith(this.context, record, answered);
    return filled === undefined ? this.end(record, failed ?? { id, state: 'forgotten' }) : this.release(record, filled);
  }

  /** Answers what follows its commit. */
  private release(record: OutboxRecord, brings?: Filled): () => void {
    const { context, peers } = this;
    const { ord, to } = record;
    const name = releasedLane(record.lane);
    const place = { from: context.node, to, lane: wireLane(name) };
    // What its ACK criteria bound begins now; `expires` has been counted from the beginning.
    const spanMs = trySpanMs(unpackHead(JSON.parse(record.head), place));
    const deadline = Math.min(record.deadline, context.nodeTime() + spanMs);
    const newOrd = context.nextOutboxOrd;
    context.nextOutboxOrd += 1;
    const peer = peerOf(context, peers, to);
    const lane = outLaneOf(peer, name);
    context.touch(publisherOf(context, lane));
    // It is read from the disk, and what is submitted meanwhile behind it.
    lane.more = true;
    const release: StoreOp = { op: 'outbox-release', ord, newOrd, lane: name, deadline };
    if (brings !== undefined) countMore(context, record, brings.filled);
    const ops = brings === undefined ? [release] : [...brings.ops, { ...release, filled: brings.filled }];
    const follow = (): void => {
      noteDeadline(context, peers, deadline);
      wake(context, peer);
    };
    context.commit(ops, follow);
    return follow;
  }

  /** It never left, and says so. Answers what follows its commit. */
  private end(record: OutboxRecord, { id, state }: AwaitedEnd): () => void {
    const { context } = this;
    const is = state === 'forgotten' ? 'this node does not know any more' : `is ${state}`;
    const end = asFarAsKnown({ state: 'cancelled', reason: `never sent: it waited for ${id}, which ${is}` }, record);
    const at = context.wall();
    context.expired.add(record.ord);
    context.undo(() => context.expired.delete(record.ord));
    countClosed(context, record.to, record);
    const follow = (): void => {
      context.expired.delete(record.ord);
      context.notice({ type: 'state', id: record.id, to: record.target ?? record.to, at, ...end });
    };
    context.commit([{ op: 'outbox-settle', ord: record.ord, at, ...end }], follow);
    return follow;
  }
}
