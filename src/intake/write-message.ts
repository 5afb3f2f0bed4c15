// A message as a message file has it: what intake makes of these fields is the same message again.
import { isUtf8 } from 'node:buffer';
import { formatSpan } from '../base/span.ts';
import type { Draft, ReplySpec } from '../model/message.ts';
import type { Schedule } from '../model/schedule.ts';

export type WrittenMessage = Readonly<Record<string, unknown>>;

/**
 * Every field that has a say, also where it has its default: defaults may be others when it is read. A time that nobody named stays so.
 * Without the data.
 */
export function writeMessage(message: Draft['message']): WrittenMessage {
  const { methodRetries = 0, methodRetryWaitMs = 0, description, key, priority, reply } = message;
  return {
    toNode: message.to,
    ...(message.via === undefined ? {} : { via: message.via }),
    method: message.method,
    ...(message.args.length === 0 ? {} : { methodArgs: message.args }),
    ACKTimeout: formatSpan(message.ackTimeoutMs),
    retries: message.retries,
    ...(message.retryWaitMs === 0 ? {} : { retryWait: formatSpan(message.retryWaitMs) }),
    ...(message.isTimeOpen === true ? {} : { methodTimeout: methodTimeout(message.methodTimeoutMs) }),
    ...(methodRetries === 0 ? {} : { methodRetries }),
    ...(methodRetryWaitMs === 0 ? {} : { methodRetryWait: formatSpan(methodRetryWaitMs) }),
    expires: formatSpan(message.expiresMs),
    rerun: message.rerun,
    ...(message.unordered ? { unordered: true } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(message.endsNode === true ? { endsNode: true } : {}),
    ...(message.detach === true ? { detach: true } : {}),
    ...message.settings,
    ...(message.largeOutput === true ? { largeOutput: true } : {}),
    ...(message.stdinFile === undefined ? {} : { stdinFile: message.stdinFile }),
    ...(message.schedule === undefined ? {} : writeSchedule(message.schedule)),
    ...(message.onlyIfFact === undefined ? {} : { onlyIf: message.onlyIfFact }),
    ...(message.directory === '' ? {} : { directory: message.directory }),
    ...(message.fileName === '' ? {} : { fileName: message.fileName }),
    ...(description === undefined ? {} : { description }),
    ...(key === undefined ? {} : { key }),
    ...(reply === undefined ? {} : writeReply(message, reply)),
  };
}

/** The text itself where it is text and not made much longer by its escapes; `data` of the message file. */
export function writeData(body: Uint8Array): string | { readonly base64: string } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (isUtf8(bytes)) {
    const text = bytes.toString();
    if (Buffer.byteLength(JSON.stringify(text)) <= 2 * bytes.length + 2) return text;
  }
  return { base64: bytes.toString('base64') };
}

/** What is as in the request is left out: that is its default. */
function writeReply(request: Draft['message'], reply: ReplySpec): WrittenMessage {
  return {
    replyMethod: reply.method,
    ...(reply.args.length === 0 ? {} : { replyMethodArgs: reply.args }),
    ...(reply.ackTimeoutMs === request.ackTimeoutMs ? {} : { replyACKTimeout: formatSpan(reply.ackTimeoutMs) }),
    ...(reply.retries === request.retries ? {} : { replyRetries: reply.retries }),
    ...(reply.retryWaitMs === request.retryWaitMs ? {} : { replyRetryWait: formatSpan(reply.retryWaitMs) }),
    ...(reply.methodTimeoutMs === request.methodTimeoutMs && request.isTimeOpen !== true
      ? {}
      : { replyMethodTimeout: methodTimeout(reply.methodTimeoutMs) }),
  };
}

function writeSchedule({ when, catchUp, overlap, jitterMs }: Schedule): WrittenMessage {
  return {
    ...(when.type === 'every'
      ? { schedule: [formatSpan(when.intervalMs), formatSpan(when.totalMs)] }
      : { cron: when.pattern, ...(when.timezone === undefined ? {} : { timezone: when.timezone }) }),
    catchUp,
    ...(overlap ? { overlap } : {}),
    ...(jitterMs === 0 ? {} : { jitter: formatSpan(jitterMs) }),
  };
}

function methodTimeout(ms: number): string | number {
  return ms < 0 ? -1 : formatSpan(ms);
}
