// How long a message, its method and its answer have, and how often each is tried.
import type { Message, ReplySpec } from '../model/message.ts';
import { methodEntry, type MethodName } from '../model/method-name.ts';
import { fields } from './fields/fields.ts';
import { refuse, type Given } from './given-fields.ts';
import { readReplyMethod } from './read-method.ts';
import { readAckTimeout } from './read-stream.ts';
import { readCount, readSpan } from './read-value.ts';
import { readReplyArgs } from './read-work.ts';

export type Spans = Pick<Message, 'ackTimeoutMs' | 'retries' | 'retryWaitMs' | 'methodTimeoutMs'>;

export function readSpans(given: Given, defaults: Omit<Spans, 'retryWaitMs'>, method: MethodName): Spans {
  return {
    ackTimeoutMs: readAckTimeout(given) ?? defaults.ackTimeoutMs,
    retries: readCount(given, 'retries') ?? defaults.retries,
    retryWaitMs: readSpan(given, 'retryWait') ?? 0,
    // 0 is "not given": the original took it for a limit of nothing, so that the method expired at once.
    methodTimeoutMs: readSpan(given, 'methodTimeout') || (methodEntry(method).timeoutMs ?? defaults.methodTimeoutMs),
  };
}

export function readReply(given: Given, request: { readonly method: MethodName; readonly spans: Spans }): ReplySpec {
  const { spans } = request;
  const replyMethod = readReplyMethod(given, request.method);
  return {
    method: replyMethod,
    args: readReplyArgs(given, replyMethod),
    ackTimeoutMs: readSpan(given, 'replyACKTimeout') ?? spans.ackTimeoutMs,
    retries: readCount(given, 'replyRetries') ?? spans.retries,
    retryWaitMs: readSpan(given, 'replyRetryWait') ?? spans.retryWaitMs,
    methodTimeoutMs: readSpan(given, 'replyMethodTimeout') || spans.methodTimeoutMs,
  };
}

export function readExpires(given: Given): number | undefined {
  const ms = readSpan(given, 'expires');
  if (ms !== undefined && ms < fields.expires.leastMs)
    refuse(given, 'expires', { message: 'a message that expires at once is never sent' });
  return ms;
}
