// The routes of the API: which request is answered with what.
import { maxFollowBytes, maxFollowedIds, maxSubmissionBytes } from '../contract/api-socket.ts';
import { StewardError } from '../model/error.ts';
import { isMessageId } from '../model/id.ts';
import type { MessageId } from '../model/message.ts';
import { messageStates, type MessageState } from '../model/state.ts';
import { resendWishSchema, retryWishSchema } from '../contract/send-again.ts';
import { cancelWishSchema, type WaitingFilter } from '../contract/queue.ts';
import { keepWishSchema, mostInputPiece } from '../contract/inputs.ts';
import { scheduleWishSchema } from '../contract/schedules.ts';
import { json, type Answer } from './answer.ts';
import { readQuestion, readWish } from './read-question.ts';
import { readBody } from './read-body.ts';
import { readErrorsWanted, readNumber } from './read-errors-wanted.ts';
import type { NodeService } from './service.ts';

/** Bytes of what is wished of a message. */
const maxWishBytes = 4096;
/** Of as many ids as are taken at a time. */
const maxCancelBytes = 64 * 1024;

export interface ApiRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: AsyncIterable<Uint8Array>;
}

type Handler = (service: NodeService, request: ApiRequest & { id: string; query: URLSearchParams }) => Promise<Answer>;

const routes: Readonly<Record<string, Handler>> = {
  'POST /v1/messages': async (service, { body, query }) => {
    const submission = { bytes: await readBody(body, maxSubmissionBytes), source: 'api' };
    if (query.has('cached')) return json(await service.lastAnswers(submission));
    return query.has('dryRun') ? json(await service.preview(submission)) : json(await service.submit(submission), 201);
  },
  'GET /v1/messages': async (service, { query }) => json(await service.inState(readState(query.get('state')))),
  'GET /v1/messages/:id': async (service, { id }) =>
    json((await service.message(id)) ?? (await missingMessage(service, id))),
  'GET /v1/messages/:id/submission': async (service, { id }) => json((await service.submissionOf(id)) ?? missing(id)),
  'GET /v1/submissions': async (service) => json(await service.openSubmissions()),
  'GET /v1/messages/:id/output': async (service, { id, query }) => getOutput(service, { id, query }),
  'POST /v1/messages/:id/resend': async (service, { id, body }) =>
    json(await service.resend(id, readWish(resendWishSchema, await readBody(body, maxWishBytes))), 201),
  'POST /v1/messages/:id/retry': async (service, { id, body }) => {
    const retried = await service.retry(id, readWish(retryWishSchema, await readBody(body, maxWishBytes)));
    return json(retried, retried.submission === undefined ? 200 : 201);
  },
  'POST /v1/inputs/:id': async (service, { id, query, body }) =>
    json(await service.addInput({ id, at: readNumber(query, 'at') ?? 0, bytes: await readBody(body, mostInputPiece) })),
  'POST /v1/inputs/:id/keep': async (service, { id, body }) =>
    json(await service.keepInput(id, readWish(keepWishSchema, await readBody(body, maxCancelBytes)))),
  'POST /v1/inputs/:id/drop': async (service, { id }) => json(await service.dropInput(id)),
  'GET /v1/queue': async (service, { query }) => json(await service.queue(readFilter(query))),
  'POST /v1/cancel': async (service, { body }) =>
    json(await service.cancel(readWish(cancelWishSchema, await readBody(body, maxCancelBytes)))),
  'GET /v1/log': async (service, { query }) => {
    const question = readQuestion(query);
    return { type: 'lines', lines: (signal) => service.log(question, signal) };
  },
  'GET /v1/counts': async (service) => json(await service.counts()),
  'GET /v1/nodes': async (service) => json(await service.nodes()),
  'GET /v1/processes': async (service) => json(service.processes()),
  'POST /v1/schedules': async (service, { body }) =>
    json(await service.schedules(readWish(scheduleWishSchema, await readBody(body, maxCancelBytes)))),
  'GET /v1/errors': async (service, { query }) => json(await service.errors(readErrorsWanted(query))),
  'GET /v1/info': async (service) => json(service.info()),
  'GET /v1/events': async (_service, { query }) =>
    follow((query.get('ids') ?? '').split(',').filter((id) => id !== '')),
  'POST /v1/follow': async (_service, { body }) => follow(readIds(await readBody(body, maxFollowBytes))),
  'GET /v1/error-events': async (_service, { query }) => ({
    type: 'error-events',
    wanted: readErrorsWanted(query),
    after: readNumber(query, 'after'),
  }),
};

/** Throws StewardErrors; whoever calls it turns them into answers. */
export async function route(service: NodeService, request: ApiRequest): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const [, version = '', collection = '', id = '', ...rest] = pathname.split('/');
  const pattern = ['', version, collection, ...(id === '' ? [] : [':id']), ...rest].join('/');
  const name = `${request.method} ${pattern}`;
  const handler = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (handler === undefined) {
    throw new StewardError('not-found', `there is no ${request.method} ${pathname}`, {
      hint: `there are: ${Object.keys(routes).join(', ')}`,
    });
  }
  if (id !== '' && !isMessageId(id)) missing(id);
  return handler(service, { ...request, id, query: searchParams });
}

async function getOutput(service: NodeService, options: { id: string; query: URLSearchParams }): Promise<Answer> {
  const { id, query } = options;
  const stream = query.get('stream') ?? 'stdout';
  if (stream !== 'stdout' && stream !== 'stderr') {
    throw new StewardError('invalid-usage', `there is no stream "${stream}"`, { hint: 'stdout or stderr' });
  }
  const from = readNumber(query, 'from') ?? 0;
  const streamed = await service.streamedOutput({ id, stream, from });
  if (streamed !== undefined) return { type: 'bytes', bytes: streamed };
  const output = await service.output(id);
  if (output !== undefined) return { type: 'bytes', bytes: output[stream].subarray(from) };
  const { state } = (await service.message(id)) ?? missing(id);
  throw new StewardError('not-finished', `message ${id} has no output: it is ${state}`, {
    hint: `steward status ${id} says more`,
  });
}

function readFilter(query: URLSearchParams): WaitingFilter {
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  const [to, lane, before] = [text('to'), text('lane'), query.has('before') ? readNumber(query, 'before') : undefined];
  return {
    ...(to === undefined ? {} : { to }),
    ...(lane === undefined ? {} : { lane }),
    ...(before === undefined ? {} : { before }),
  };
}

function readState(text: string | null): MessageState {
  const state = messageStates.find((known) => known === text);
  if (state !== undefined) return state;
  throw new StewardError(
    'invalid-usage',
    text === null ? 'no state is named' : `there is no state "${text.slice(0, 40)}"`,
    {
      hint: `one of ${messageStates.join(', ')}`,
    },
  );
}

function follow(ids: readonly string[]): Answer {
  if (ids.length === 0 || ids.length > maxFollowedIds) {
    throw new StewardError(
      'invalid-usage',
      `from 1 to ${maxFollowedIds} ids are followed at a time, not ${ids.length}`,
    );
  }
  const wrong = ids.find((id) => !isMessageId(id));
  if (wrong !== undefined) missing(wrong);
  return { type: 'events', ids };
}

function readIds(bytes: Uint8Array): readonly MessageId[] {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch (error) {
    throw new StewardError('invalid-usage', 'the body is no JSON', { hint: '{"ids": ["…"]}', cause: error });
  }
  const ids: unknown = typeof value === 'object' && value !== null && 'ids' in value ? value.ids : undefined;
  if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return ids;
  throw new StewardError('invalid-usage', 'the body names no ids', { hint: '{"ids": ["…"]}' });
}

/** The name of a submission is no message. */
async function missingMessage(service: NodeService, id: string): Promise<never> {
  if ((await service.submissionOf(id)) === undefined) return missing(id);
  throw new StewardError('not-found', `${id} names a submission, not a message`, {
    hint: `steward status --submission ${id}`,
  });
}

function missing(id: string): never {
  throw new StewardError('not-found', `this node knows no message ${id.slice(0, 40)}`, {
    hint: 'ask the node that it was submitted to; one that finished some time ago may be gone (KeepMessages, StoreQuota)',
  });
}
