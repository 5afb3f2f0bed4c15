// Intake: a submission becomes rows of the outbox, all of them or none.
//
// 1. The answer "accepted" is given only after the commit is durable (I1); "refused" only if nothing of it is.
// 2. Beyond the bounds of what waits (queue-limits.ts) nothing of it is taken, and memory counts, so that this costs no look at the disk.
// 3. What may leave at once gets its position by the same commit. If that is refused, its lane is read anew from the disk.
// 4. A submission whose handling fails is refused. What fails of it when it is durable is done once more.
import { isHeldLane } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import { supersede } from './cancel.ts';
import type { Context } from './context.ts';
import { noteDeadline } from './deadline.ts';
import type { Intake } from './effect.ts';
import type { FlowEvent, SubmitAnswer } from './event.ts';
import { pump, sendAfter } from './move-lane.ts';
import { appendRecord, forgetLane, outLaneOf, type OutLane } from './out-lane.ts';
import { addOps, outboxRecord } from './outbox-record.ts';
import { placeNew, takeRecord } from './place.ts';
import { queueFull } from './queue-limits.ts';
import { peerOf, wake, type Peers } from './presence.ts';
import { publisherOf } from './publisher.ts';
import { stepProcess } from './step-process.ts';

type SubmitEvent = FlowEvent & { readonly type: 'submit' };

const mistake: SubmitAnswer = {
  type: 'refused',
  code: 'internal',
  reason: 'this node could not handle it',
  hint: 'see its log, and report it',
};

export function submit(context: Context, peers: Peers, event: SubmitEvent): void {
  if (context.stopping || !context.ready) {
    const reason = context.stopping ? 'the node is stopping' : 'the node is starting';
    return event.answer({ type: 'refused', code: 'stopping', reason, hint: 'send it again when the node is up' });
  }
  if (context.stalled !== undefined) return event.answer(storeRefuses(context.stalled));
  const process = stepProcess(context, { id: 'submission', fate: 'was refused' });
  const made = context.within(process, () => make(context, event), undefined);
  if (made === undefined) return event.answer(mistake);
  const { records, intakes } = made;
  const full = event.isOwn === true ? undefined : queueFull(context, records);
  if (full !== undefined) return event.answer({ type: 'refused', code: 'queue-full', ...full });
  const isHandedIn = context.within(process, () => handIn(context, peers, { event, records, intakes }), false);
  if (!isHandedIn) event.answer(mistake);
}

interface Made {
  readonly records: readonly OutboxRecord[];
  readonly intakes: readonly Intake[];
}

function make(context: Context, event: SubmitEvent): Made {
  const records: OutboxRecord[] = [];
  const intakes: Intake[] = [];
  const submission = event.submission ?? event.messages[0]?.message.id ?? '';
  for (const made of event.messages) {
    const record = outboxRecord(context, { ...made, submission });
    records.push(record);
    const answerOf = made.answerOf === undefined ? {} : { answerOf: made.answerOf };
    intakes.push({ ord: record.ord, submission, message: made.message, body: made.body, ...answerOf });
  }
  return { records, intakes };
}

/** Answers true when the commit is on its way. */
function handIn(context: Context, peers: Peers, what: Made & { readonly event: SubmitEvent }): true {
  const { event, records, intakes } = what;
  const arrivals = arrive(context, peers, records);
  const placed = new Map(arrivals.flatMap((arrival) => arrival.placed.map((record) => [record.ord, record] as const)));
  const ops = records.flatMap((record, index) => [
    ...addOps(context, placed.get(record.ord) ?? record, intakes[index]?.body ?? new Uint8Array()),
    ...holdOps(context, record, event.messages[index]?.after),
  ]);
  const superseding = supersede(context, peers, records);
  const { cancels } = context;
  ops.unshift(...superseding.ops);
  context.commitOrRefuse([...ops, ...arrivals.flatMap((arrival) => arrival.ops), ...(event.ops ?? [])], (reason) => {
    if (reason !== undefined) {
      for (const arrival of arrivals) refused(context, arrival);
      return event.answer(storeRefuses(reason));
    }
    event.answer({ type: 'accepted', ids: records.map((record) => record.id) });
    const redo = (): void => takeIn(context, peers, { records, intakes, arrivals, cancels });
    const process = stepProcess(context, { id: 'submission', fate: 'began anew', redo });
    context.within(process, redo, undefined);
    superseding.durable();
  });
  superseding.release();
  return true;
}

/** Of one that waits for others to succeed (let-go.ts). */
function holdOps(context: Context, { ord }: OutboxRecord, after: readonly MessageId[] = []): readonly StoreOp[] {
  if (after.length === 0) return [];
  context.held.any = true;
  return [{ op: 'outbox-hold', ord, after }];
}

function storeRefuses(reason: string): SubmitAnswer {
  return { type: 'refused', code: 'store-unavailable', reason, hint: 'send it again when the node can write' };
}

/** What of a submission goes to a lane that is in memory. */
interface Arrival {
  readonly lane: OutLane;
  readonly load: number;
  readonly placed: readonly OutboxRecord[];
  /** How many of them wait for a position. */
  readonly rest: number;
  readonly ops: readonly StoreOp[];
  readonly send: () => void;
}

function arrive(context: Context, peers: Peers, records: readonly OutboxRecord[]): readonly Arrival[] {
  const byLane = new Map<OutLane, OutboxRecord[]>();
  for (const record of records) {
    const lane = peers.get(record.to)?.lanes.get(record.lane);
    if (lane === undefined) continue;
    const known = byLane.get(lane);
    if (known === undefined) byLane.set(lane, [record]);
    else known.push(record);
  }
  return [...byLane].map(([lane, all]): Arrival => {
    context.touch(publisherOf(context, lane));
    const placed = placeNew(context, lane, all);
    const rest = all.length - placed.length;
    countArriving(context, lane, rest);
    const ops: StoreOp[] = placed.length === 0 ? [] : [{ op: 'outlane', record: takeRecord(lane) }];
    return { lane, load: lane.load, placed, rest, ops, send: sendAfter(context, lane) };
  });
}

/** Taken back if the step fails. */
function countArriving(context: Context, lane: OutLane, arriving: number): void {
  lane.arriving += arriving;
  context.undo(() => (lane.arriving -= arriving));
}

/** The positions that it got do not exist: what memory holds of the lane is no longer what the disk does. */
function refused(context: Context, { lane, load, placed, rest }: Arrival): void {
  lane.arriving -= rest;
  if (placed.length === 0 || lane.load !== load) return;
  forgetLane(lane);
  // What was under way goes on: one commit may be refused where others are not.
  pump(context, lane);
}

function takeIn(
  context: Context,
  peers: Peers,
  what: {
    records: readonly OutboxRecord[];
    intakes: readonly Intake[];
    arrivals: readonly Arrival[];
    /** As many cancels as there had been when they were handed in. */
    cancels: number;
  },
): void {
  const { records, intakes, arrivals, cancels } = what;
  const woken = new Set<string>();
  const leaving = new Set<number>();
  for (const { lane, load, placed, rest } of arrivals) {
    context.touch(publisherOf(context, lane));
    countArriving(context, lane, -rest);
    if (lane.load === load) lane.tentative = false;
    // If the lane has been read anew meanwhile, it has them from the disk.
    for (const record of placed) leaving.add(record.ord);
  }
  for (const [index, record] of records.entries()) {
    const { id, to, queuedAt } = record;
    const intake = intakes[index];
    noteDeadline(context, peers, record.deadline);
    context.notice({
      type: 'state',
      id,
      to,
      state: 'queued',
      at: queuedAt,
      reason: null,
      ...(intake === undefined ? {} : { intake }),
    });
    if (leaving.has(record.ord) || isHeldLane(record.lane)) continue;
    const lane = outLaneOf(peerOf(context, peers, record.to), record.lane);
    context.touch(publisherOf(context, lane));
    // Some of them may have been cancelled since: the disk tells.
    if (context.cancels === cancels) appendRecord(lane, record);
    else lane.more = true;
    woken.add(record.to);
  }
  for (const { placed, send } of arrivals) if (placed.length > 0) send();
  for (const name of woken) wake(context, peerOf(context, peers, name));
}
