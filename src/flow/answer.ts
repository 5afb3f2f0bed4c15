// The end of a run: the outcome, and the reply that carries it, in one commit (I3).
import { inlineBodyBytes, type Message, type MessageId, type Outcome, type ReplyTo } from '../model/message.ts';
import { methodEntry, type MethodName } from '../model/method-name.ts';
import { wayBack } from '../model/route.ts';
import type { RunOf } from '../model/schedule.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { RunResult } from '../methods/run.ts';
import type { Change } from './change.ts';
import type { Context } from './context.ts';
import { noteDeadline } from './deadline.ts';
import { isOwnErrors } from './keep-errors.ts';
import { keptOp } from './keep-output.ts';
import { sendAfter } from './move-lane.ts';
import type { Accepted } from './in-lane.ts';
import { appendRecord, outLaneOf } from './out-lane.ts';
import { place } from './place.ts';
import { bodyOf } from './run-request.ts';
import { publisherOf } from './publisher.ts';
import { reportFailed, reportLost, wasTreated, whyFailed } from './report-failed.ts';
import { withHead } from './new-message.ts';
import { addOps, outboxRecord } from './outbox-record.ts';
import { peerOf, wake, type Peers } from './presence.ts';

const dayMs = 86_400_000;
const leastAckTimeoutMs = 10_000;

/** Adds to the change what follows from the result: for a request a reply to its sender, for a reply the word that it was handled. */
export function addAnswer(
  context: Context,
  peers: Peers,
  end: { accepted: Accepted; result: RunResult; change: Change },
): void {
  const { accepted, result, change } = end;
  context.runEnded(accepted, result.outcome, change);
  if (isOwnErrors(context, accepted.message)) return;
  if (accepted.message.passage !== undefined) return;
  if (accepted.message.replyTo === undefined) {
    // It brings the answer of another node: nobody but this one knows why that was not treated.
    if (accepted.message.answerOf !== undefined && !wasTreated(result))
      change.follow.push(() => reportFailed(context, accepted.message, whyFailed(result)));
    return addReply(context, peers, end);
  }
  const { id, part, run, isAsked } = accepted.message.replyTo;
  const at = context.wall();
  const givenUp = accepted.message.method === 'none' ? accepted.message.args[0] : undefined;
  const reason = givenUp ?? (result.outcome.state === 'succeeded' ? null : whyFailed(result));
  if (isAsked !== false && (givenUp !== undefined || !wasTreated(result)))
    change.follow.push(() => reportFailed(context, accepted.message, reason ?? ''));
  // How it went is told by the last of them, unless one is lost.
  if (part !== undefined || run !== undefined) {
    const which = run === undefined ? `part ${part} of the output` : `run ${run}`;
    if (reason !== null && isAsked === false) change.follow.push(() => reportLost(context, accepted.message, reason));
    else if (reason !== null)
      change.ops.push({ op: 'outbox-part-lost', id, to: accepted.record.from, reason: `${which}: ${reason}` });
    return;
  }
  const state = reason === null ? 'handled' : 'failed';
  change.ops.push({ op: 'outbox-reply', id, state, at, reason });
  const to = accepted.message.from;
  change.follow.push(() => context.notice({ type: 'reply', id, to, state, at, reason }));
}

function addReply(
  context: Context,
  peers: Peers,
  end: { accepted: Accepted; result: RunResult; change: Change },
): void {
  const { accepted, result, change } = end;
  const { outcome, keptAs } = result;
  // Of a run nobody is to treat the output, and nobody can look at it: there are many of them.
  const isForNobody = accepted.message.runOf !== undefined && accepted.message.reply?.method === 'none';
  const body = isForNobody && keptAs === undefined ? new Uint8Array() : bodyOf(result);
  const message = replyMessage(context, {
    request: accepted.message,
    outcome,
    bodySize: body.length,
    ...(keptAs === undefined ? {} : { id: keptAs }),
  });
  const submission = message.replyTo?.id ?? accepted.message.id;
  const record = outboxRecord(context, { ...withHead(message, body), submission });
  const peer = peerOf(context, peers, record.to);
  const lane = outLaneOf(peer, record.lane);
  if (result.keptAs === undefined) change.ops.push(...addOps(context, record, body));
  else change.ops.push({ op: 'outbox-add', record }, keptOp(result.keptAs));
  context.touch(publisherOf(context, lane));
  appendRecord(lane, record);
  noteDeadline(context, peers, record.deadline);
  change.lanes.add(lane);
  change.others.push(() => wake(context, peer));
}

/** Gives positions to the replies of a change, so that they leave as soon as it is durable. */
export function placeReplies(context: Context, change: Change): void {
  for (const lane of change.lanes) {
    const placed = place(context, lane);
    if (placed.length === 0) continue;
    change.ops.push(...placed);
    change.others.push(sendAfter(context, lane));
  }
  if (change.lanes.size > 0) placeAsAdded(change.ops);
}

/** A row that is added and given a position by one commit is written once. */
function placeAsAdded(ops: StoreOp[]): void {
  const places = new Map(ops.flatMap((op) => (op.op === 'outbox-place' ? [[op.ord, op] as const] : [])));
  const added = new Set<number>();
  const whole = ops.map((op): StoreOp => {
    const at = op.op === 'outbox-add' ? places.get(op.record.ord) : undefined;
    if (op.op !== 'outbox-add' || at === undefined) return op;
    added.add(at.ord);
    return { op: 'outbox-add', record: { ...op.record, position: at.position, tag: at.tag } };
  });
  ops.splice(0, ops.length, ...whole.filter((op) => op.op !== 'outbox-place' || !added.has(op.ord)));
}

/** `part`: it brings output of a run that goes on, and its outcome says only how much. */
export function replyMessage(
  context: Context,
  of: { request: Message; outcome: Outcome; bodySize: number; part?: number; id?: MessageId },
): Message {
  const { request, outcome, bodySize, part, id } = of;
  const spec = request.reply;
  // Nobody else can say of a node's messages where their output goes.
  const partsTo = request.from === context.node ? spec?.partsTo : undefined;
  // Of what did not run, or may not have, there is nothing to treat; but a web server is told how each ended.
  const hasAnswer = (outcome.state !== 'unknown' && outcome.state !== 'rejected') || spec?.method === 'httpPost';
  // What its runs had to say, they have said.
  const wanted = spec === undefined || !hasAnswer || request.schedule !== undefined ? 'none' : spec.method;
  const inParts = part !== undefined || outcome.streamed !== undefined;
  const method = partsTo !== undefined && part === undefined ? 'none' : methodOf(wanted, { outcome, part });
  return {
    id: id ?? context.options.newId(),
    from: context.node,
    to: part === undefined ? request.from : (partsTo ?? request.from),
    ...wayBack(request, context.node),
    method,
    args: spec === undefined || method === 'none' ? [] : spec.args,
    // The parts of an output keep their order, and the outcome comes last; and so do the results of a schedule.
    unordered: request.unordered && methodEntry(request.method).streams !== true && !inParts && !isOfSchedule(request),
    ...(request.priority === undefined ? {} : { priority: request.priority }),
    rerun: methodEntry(method).rerun,
    ...criteriaOf(request, { method, bodySize, inParts }),
    expiresMs: Math.max(request.expiresMs, 30 * dayMs),
    methodTimeoutMs: spec?.methodTimeoutMs ?? request.methodTimeoutMs,
    directory: request.directory,
    fileName: request.fileName,
    replyTo: {
      id: request.runOf?.id ?? request.id,
      method: request.method,
      outcome,
      ...(part === undefined ? {} : { part }),
      ...(part === undefined || partsTo === undefined ? {} : { isAsked: false }),
      ...(request.runOf === undefined ? {} : runSaid(request.runOf)),
    },
    bodySize,
  };
}

function runSaid({ number, due }: RunOf): Pick<ReplyTo, 'run' | 'due'> {
  return { run: number, ...(due === undefined ? {} : { due }) };
}

function isOfSchedule({ schedule, runOf }: Message): boolean {
  return schedule !== undefined || runOf !== undefined;
}

/** Parts for nobody else are kept. The outcome comes behind them, in their lane. */
function methodOf(
  wanted: MethodName,
  of: { readonly outcome: Outcome; readonly part: number | undefined },
): MethodName {
  const isStreamed = of.part !== undefined || (of.outcome.streamed?.parts ?? 0) > 0;
  return wanted === 'none' && isStreamed ? 'output' : wanted;
}

/**
 * How long a reply is tried. Its own criteria may end its output, never the outcome: a reply that is no more than the outcome
 * has none, and one to a request that wanted an ACK wants one too.
 */
function criteriaOf(
  request: Message,
  reply: { method: Message['method']; bodySize: number; inParts: boolean },
): Pick<Message, 'ackTimeoutMs' | 'retries' | 'retryWaitMs'> {
  const spec = request.reply;
  const wanted = spec?.ackTimeoutMs ?? request.ackTimeoutMs;
  // A large body goes ahead in pieces, which needs the receiver's answers; and of an output in parts none may be missing, nor overtaken by its end.
  const needsAck = request.ackTimeoutMs > 0 || reply.bodySize > inlineBodyBytes || reply.inParts;
  const ackTimeoutMs = wanted === 0 && needsAck ? leastAckTimeoutMs : wanted;
  if (spec === undefined || reply.method === 'none') return { ackTimeoutMs, retries: -1, retryWaitMs: 0 };
  return { ackTimeoutMs, retries: spec.retries, retryWaitMs: spec.retryWaitMs };
}
