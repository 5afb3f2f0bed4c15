// What a reply says of its request, as a head says it.
import type { Outcome, ReplyTo, Streamed } from '../model/message.ts';
import { isMethodName } from '../model/method-name.ts';
import { fields, integer, integerOr, list, messageId, span, text, time, type Fields } from './field.ts';
import { invalid } from './frame.ts';

/** Characters of a reason; the rest is cut, because an outcome that its receiver refuses would be lost. */
export const longestReason = 4096;

export function packReplyTo(replyTo: ReplyTo): Record<string, unknown> {
  const { outcome } = replyTo;
  const head: Record<string, unknown> = {};
  put(head, 's', outcome.state, 'succeeded');
  put(head, 'e', outcome.exitCode, 0);
  if (outcome.exitCode === undefined) head['e'] = null;
  put(head, 'g', outcome.signal);
  put(head, 'a', outcome.startedAt);
  put(head, 'd', outcome.durationMs);
  put(head, 'p', outcome.stdoutBytes, 0);
  put(head, 'v', outcome.stderrBytes, 0);
  put(head, 'x', outcome.reason?.slice(0, longestReason));
  put(head, 'n', outcome.attempts, 1);
  const { streamed } = outcome;
  if (streamed !== undefined) head['f'] = [streamed.parts, streamed.stdoutBytes, streamed.stderrBytes];
  return {
    i: replyTo.id,
    m: replyTo.method,
    o: head,
    ...(replyTo.part === undefined ? {} : { p: replyTo.part }),
    ...(replyTo.isAsked === undefined ? {} : { u: 1 }),
    ...(replyTo.run === undefined ? {} : { r: replyTo.run }),
    ...(replyTo.due === undefined ? {} : { d: replyTo.due }),
  };
}

/** Drops what is undefined or equal to its default. */
function put(target: Record<string, unknown>, key: string, value: unknown, otherwise?: unknown): void {
  if (value !== undefined && value !== otherwise) target[key] = value;
}

const outcomeStates: readonly Outcome['state'][] = [
  'succeeded',
  'failed',
  'timedOut',
  'cancelled',
  'rejected',
  'unknown',
];

/** Throws `invalid-frame`. */
export function unpackReplyTo(head: Fields): ReplyTo {
  const from = fields(head['o']);
  const state = outcomeStates.find((known) => known === (from['s'] ?? 'succeeded'));
  if (state === undefined) throw invalid('"s" is no outcome');
  const outcome: Outcome = {
    state,
    ...(from['e'] === null ? {} : { exitCode: integerOr(from, 'e', 0) }),
    ...(from['g'] === undefined ? {} : { signal: text(from, 'g', 32) }),
    ...(from['a'] === undefined ? {} : { startedAt: time(from, 'a') }),
    ...(from['d'] === undefined ? {} : { durationMs: span(from, 'd') }),
    stdoutBytes: integerOr(from, 'p', 0),
    stderrBytes: integerOr(from, 'v', 0),
    ...(from['x'] === undefined ? {} : { reason: text(from, 'x', longestReason) }),
    ...(from['n'] === undefined ? {} : { attempts: integer(from, 'n', 1) }),
    ...(from['f'] === undefined ? {} : { streamed: streamedOf(from) }),
  };
  const method = text(head, 'm', 64);
  if (!isMethodName(method)) throw invalid(`unknown method "${method}"`);
  return {
    id: messageId(head, 'i'),
    method,
    outcome,
    ...(head['p'] === undefined ? {} : { part: integer(head, 'p', 1) }),
    ...(head['u'] === 1 ? { isAsked: false as const } : {}),
    ...(head['r'] === undefined ? {} : { run: integer(head, 'r', 1) }),
    ...(head['d'] === undefined ? {} : { due: time(head, 'd') }),
  };
}

function streamedOf(from: Fields): Streamed {
  const [parts, stdoutBytes, stderrBytes] = list(from, 'f', 3).map((value) => integer({ f: value }, 'f'));
  if (parts === undefined || stdoutBytes === undefined || stderrBytes === undefined)
    throw invalid('"f" is no three numbers');
  return { parts, stdoutBytes, stderrBytes };
}
