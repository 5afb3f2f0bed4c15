// What is posted: the data of a message, or the answer to a request, as JSON or as an event of CloudEvents 1.0.
import { answeredBy, type Message } from '../../model/message.ts';
import type { HttpHeader } from '../../model/http-get-args.ts';
import type { HttpPost } from '../../model/http-post-args.ts';
import type { RunRequest } from '../run.ts';

export interface Posted {
  readonly headers: readonly HttpHeader[];
  readonly body: Uint8Array;
}

/** `at`: wall clock in ms. */
export function postedOf({ message, body }: RunRequest, post: HttpPost, at: number): Posted {
  const content = contentOf(message, body);
  const id = idOf(message);
  // The same at each attempt, also of another life: who has seen it drops it.
  const headers: HttpHeader[] = [['Idempotency-Key', id]];
  if (post.event === undefined) return { headers: [...headers, json], body: encode(content) };
  const answer = answeredBy(message);
  const event = {
    specversion: '1.0',
    id,
    source: `/steward/${encodeURIComponent(answer?.from ?? message.from)}`,
    type: post.type ?? (answer === undefined ? 'steward.message' : `steward.answer.${answer.outcome.state}`),
    time: new Date(at).toISOString(),
    ...runOf(message),
  };
  if (post.event === 'structured')
    return {
      headers: [...headers, ['Content-Type', 'application/cloudevents+json; charset=UTF-8']],
      body: encode({ ...event, datacontenttype: 'application/json', data: content }),
    };
  const attributes = Object.entries(event).map(([name, value]): HttpHeader => [`ce-${name}`, String(value)]);
  return { headers: [...headers, ...attributes, json], body: encode(content) };
}

const json: HttpHeader = ['Content-Type', 'application/json'];

/** Of the message that was sent; each run of its schedule, and each part of its output, has one of its own. */
function idOf({ runOf: run, ...message }: Message): string {
  const answer = answeredBy(message);
  if (answer === undefined) return run === undefined ? message.id : `${run.id}-${run.number}`;
  const number = answer.part ?? answer.run;
  return number === undefined ? answer.id : `${answer.id}-${number}`;
}

/** Which run of a schedule it is, or tells of. */
function runOf(message: Message): { readonly run?: number; readonly due?: string } {
  const answer = answeredBy(message);
  const run = answer?.run ?? message.runOf?.number;
  if (run === undefined) return {};
  const due = answer?.due ?? message.runOf?.due;
  return { run, ...(due === undefined ? {} : { due: new Date(due).toISOString() }) };
}

function contentOf(message: Message, body: Uint8Array): unknown {
  const answer = answeredBy(message);
  if (answer === undefined) return dataOf(body);
  const { id, from, method, part, outcome } = answer;
  return {
    id,
    node: from,
    method,
    ...(part === undefined ? {} : { part }),
    ...runOf(message),
    outcome,
    ...textOf('stdout', body.subarray(0, outcome.stdoutBytes)),
    ...textOf('stderr', body.subarray(outcome.stdoutBytes)),
  };
}

/** JSON as it is; any other text as a text, other bytes as base64. */
function dataOf(body: Uint8Array): unknown {
  const text = decoded(body);
  if (text === undefined) return { base64: Buffer.from(body).toString('base64') };
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textOf(name: string, bytes: Uint8Array): Readonly<Record<string, string>> {
  const text = decoded(bytes);
  return text === undefined ? { [`${name}Base64`]: Buffer.from(bytes).toString('base64') } : { [name]: text };
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encode(content: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(content));
}
