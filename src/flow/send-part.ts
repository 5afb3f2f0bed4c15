// Output of a method that goes on, as messages of its own: parts of the answer, in the lane of the answer.
//
// Boundary. From: the engine, some parts at a time for each run. To: the outbox, and back when they are durable.
// 1. A part is durable before the run is asked for the next one, and all of them before its outcome: whatever dies, what was sent before
//    arrives, once and in order, by the same rules as every message (custody; docs/protocol.md).
// 2. Bound: while more than `mostWaitingBytes` wait for the receiver, the run is told so, and hands over only what it ends with.
// 3. A step that fails is done again: the parts are still in hand.
import { wake, peerOf, type Peers } from './presence.ts';
import type { OutputPart, Pace, RunKey } from '../methods/run.ts';
import type { Message } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import { placeReplies, replyMessage } from './answer.ts';
import { applyChange, newChange, type Change } from './change.ts';
import type { Context } from './context.ts';
import { noteDeadline } from './deadline.ts';
import type { FlowEvent } from './event.ts';
import type { Job } from './job.ts';
import { withHead } from './new-message.ts';
import { appendRecord, outLaneOf } from './out-lane.ts';
import { addOps, outboxRecord } from './outbox-record.ts';
import { publisherOf } from './publisher.ts';

export const mostWaitingBytes = 64 * 1024 * 1024;
/** So many messages of one node may wait before a run sends larger parts. */
const mostOnTheirWay = 8;
const againMs = 500;

type Coming = FlowEvent & { readonly type: 'parts' };

interface Stream {
  readonly job: Job;
  readonly request: Message;
  /** The node that its parts leave for. */
  to: NodeName;
  parts: number;
}

export class Parts {
  private readonly context: Context;
  private readonly peers: Peers;
  private readonly streams = new Map<RunKey, Stream>();

  constructor(context: Context, peers: Peers) {
    this.context = context;
    this.peers = peers;
  }

  /** A run that may send parts has begun. */
  open(key: RunKey, job: Job, request: Message): void {
    const own = request.from === this.context.node ? request.reply?.partsTo : undefined;
    this.streams.set(key, { job, request, to: own ?? request.from, parts: 0 });
  }

  close(key: RunKey): void {
    this.streams.delete(key);
  }

  take(coming: Coming): void {
    const stream = this.streams.get(coming.key);
    if (stream === undefined) return coming.next('go on');
    if (coming.parts.length === 0 && coming.mark === undefined) return coming.next(this.paceTo(stream.to));
    const { context } = this;
    const sent = context.within(stream.job.process, () => this.send(stream, coming), false);
    if (!sent) context.timer(`part:${coming.key}`, againMs, () => this.take(coming));
  }

  /** All of them in one commit. */
  private send(stream: Stream, { parts, mark, next }: Coming): true {
    const { context } = this;
    const before = stream.parts;
    context.undo(() => (stream.parts = before));
    const change = newChange();
    for (const part of parts) stream.to = this.add(stream, part, change);
    const ord = stream.job.accepted[0]?.record.ord;
    if (mark !== undefined && ord !== undefined) change.ops.push({ op: 'inbox-mark', ord, mark: JSON.stringify(mark) });
    placeReplies(context, change);
    change.others.push(() => next(this.paceTo(stream.to)));
    applyChange(context, change);
    return true;
  }

  /** Answers the node that it goes to. */
  private add(stream: Stream, { stdout, stderr }: OutputPart, change: Change): NodeName {
    const { context, peers } = this;
    const { request } = stream;
    stream.parts += 1;
    const body = stderr.length === 0 ? stdout : Buffer.concat([stdout, stderr]);
    const message = replyMessage(context, {
      request,
      outcome: { state: 'succeeded', stdoutBytes: stdout.length, stderrBytes: stderr.length },
      bodySize: body.length,
      part: stream.parts,
    });
    const record = outboxRecord(context, { ...withHead(message, body), submission: request.id });
    const peer = peerOf(context, peers, record.to);
    const lane = outLaneOf(peer, record.lane);
    change.ops.push(...addOps(context, record, body));
    context.touch(publisherOf(context, lane));
    appendRecord(lane, record);
    noteDeadline(context, peers, record.deadline);
    change.lanes.add(lane);
    change.others.push(() => wake(context, peer));
    return record.to;
  }

  private paceTo(to: NodeName): Pace {
    const { bytes, messages } = this.context.ledger.outbox.of(to);
    if (bytes > mostWaitingBytes) return 'full';
    return messages > mostOnTheirWay ? 'behind' : 'go on';
  }
}
