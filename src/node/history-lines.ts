// Lines of the log of all messages: what became durable, in the words of the log.
//
// 1. Every line of a message begins with `at`, `what` and `id`, and where it has one with `ord`: the log finds its end by that (find-end.ts).
// 2. The environment and keys of a node stand in none of them; the data of messages do.
import type { MessageLine } from '../contract/log-line.ts';
import type { Intake, Notice } from '../flow/effect.ts';
import { writeData, writeMessage } from '../intake/write-message.ts';
import { sumOf } from '../message-log/body-sum.ts';
import { isMethodName, methodEntry, type MethodName } from '../model/method-name.ts';
import { laneMethod } from '../model/lane.ts';
import type { Message, Outcome } from '../model/message.ts';
import type { InboxRecord, OutboxRecord } from '../model/record.ts';
import { isFinal } from '../model/state.ts';
import { acceptedMessage, sentMessage } from './sent-message.ts';

/** Data of a message up to here stand in its line; larger ones are named with their size and sum. */
export const maxDataBytes = 256 * 1024;

export function stateLine(notice: Notice & { type: 'state' }, node: string): MessageLine {
  const { id, to, state, at, reason, outcome } = notice;
  return {
    at,
    what: state,
    id,
    from: node,
    to,
    ...(outcome === undefined ? {} : { outcome }),
    ...(reason === null ? {} : { reason }),
  };
}

/** The body of `left` is not needed any more. */
export function queuedLine(intake: Omit<Intake, 'body'>, of: { at: number; body: Uint8Array | Left }): MessageLine {
  const { ord, submission, message, answerOf } = intake;
  const { id, from, to } = message;
  const { at, body } = of;
  const written = writeMessage(message);
  const data = body instanceof Uint8Array && body.length > 0 ? { data: writeData(body) } : {};
  return {
    at,
    what: 'queued',
    id,
    ord,
    from,
    to,
    submission,
    message: { ...written, ...data },
    ...(answerOf === undefined ? {} : { answerOf }),
    ...(body instanceof Uint8Array ? {} : { left: body }),
  };
}

export type Left = NonNullable<MessageLine['left']>;

/** What is done for another message is not made again by itself. */
export function bodyOrLeft(body: Uint8Array, method: MethodName): Uint8Array | Left {
  return body.length <= (methodEntry(method).passing === true ? 0 : maxDataBytes)
    ? body
    : { bytes: body.length, sha256: sumOf(body) };
}

export function replyLine(notice: Notice & { type: 'reply' }, node: string): MessageLine {
  const { id, to, state, at, reason } = notice;
  return { at, what: 'reply', id, from: node, to, state, ...(reason === null ? {} : { reason }) };
}

export function workLine(notice: Notice & { type: 'work' }): MessageLine {
  const { step, ord, message, at, attempts, outcome } = notice;
  const { id, from, to, method, args } = message;
  if (step === 'accepted') return { at, what: step, id, ord, from, to, method, args: [...args] };
  if (step === 'ended') return { at, what: step, id, from, to, ...(outcome === undefined ? {} : { outcome }) };
  return { at, what: step, id, from, to, ...(attempts > 1 ? { attempt: attempts } : {}) };
}

/** All that a row tells since a moment of wall time; of what is `fresh`, from its intake on. */
export function sentLines(
  record: OutboxRecord,
  of: { node: string; fresh: boolean; since: number },
): readonly MessageLine[] {
  const { node, fresh, since } = of;
  if (isPassing(laneMethod(record.lane))) return [];
  const { id, state, reason } = record;
  const to = record.target ?? record.to;
  const isNew = (at: number | null): at is number => at !== null && (fresh || at >= since);
  const base = { id, from: node, to };
  const outcome = record.outcome === null ? {} : { outcome: JSON.parse(record.outcome) as Outcome };
  const why = reason === null ? {} : { reason };
  const whyReply = record.replyReason === null ? {} : { reason: record.replyReason };
  const answered = record.replyState === 'handled' || record.replyState === 'failed' ? record.replyState : undefined;
  return [
    ...(fresh ? [queuedAgain(record, node)] : []),
    ...(isNew(record.carriedAt) ? [{ at: record.carriedAt, what: 'carried' as const, ...base }] : []),
    ...(isNew(record.deliveredAt) ? [{ at: record.deliveredAt, what: 'delivered' as const, ...base }] : []),
    // Of what has ended its outcome says when it began, by the clock of the receiver; and most were too short for such a line.
    ...(state === 'running' && isNew(record.runningAt)
      ? [{ at: record.runningAt, what: 'running' as const, ...base }]
      : []),
    ...(isNew(record.endedAt) && isFinal(state)
      ? [{ at: record.endedAt, what: state, ...base, ...outcome, ...why }]
      : []),
    ...(isNew(record.replyAt) && answered !== undefined
      ? [{ at: record.replyAt, what: 'reply' as const, ...base, state: answered, ...whyReply }]
      : []),
  ];
}

/** Done for another message, which is told of. */
function isPassing(method: string): boolean {
  return isMethodName(method) && methodEntry(method).passing === true;
}

function queuedAgain(record: OutboxRecord, node: string): MessageLine {
  const { ord, submission, bodySize, body, queuedAt } = record;
  const message = sentMessage(record, node);
  return queuedLine(
    { ord, submission, message, ...(record.answerOf === null ? {} : { answerOf: record.answerOf }) },
    { at: queuedAt, body: body ?? (bodySize === 0 ? new Uint8Array() : { bytes: bodySize }) },
  );
}

/** The same of a request that was accepted. A reply has no lines. */
export function acceptedLines(
  record: InboxRecord,
  of: { node: string; fresh: boolean; since: number },
): readonly MessageLine[] {
  const { node, fresh, since } = of;
  const message: Message = acceptedMessage(record, node);
  if (message.replyTo !== undefined || message.passage !== undefined || isPassing(message.method)) return [];
  const { ord, attempts, acceptedAt, startedAt, endedAt } = record;
  const isNew = (at: number | null): at is number => at !== null && (fresh || at >= since);
  const work = { type: 'work' as const, ord, message, attempts };
  const outcome = record.outcome === null ? {} : { outcome: JSON.parse(record.outcome) as Outcome };
  return [
    ...(fresh ? [workLine({ ...work, step: 'accepted', at: acceptedAt })] : []),
    ...(isNew(startedAt) ? [workLine({ ...work, step: 'started', at: startedAt })] : []),
    ...(isNew(endedAt) ? [workLine({ ...work, step: 'ended', at: endedAt, ...outcome })] : []),
  ];
}
