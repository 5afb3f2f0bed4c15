// The API's server: HTTP on a unix socket that only the node's own user can open.
// From: clients, one request a connection or many. To: the NodeService.
//
// 1. Every answer that is not 2xx is an ApiError.
// 2. Bounds: connections, bytes of a body, time until a request is complete (Node's 5 minutes); an event stream waits for its client.
// 3. After close() nothing of it is left: no connection, no watch, no timer, no socket file.
//
// Plain node:http: a web framework holds 10 MB in every idle node (measured with hono: 55 instead of 45), for eight routes.
import { once, setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { systemTimers, type Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { errorAnswer, streamError, type Answer } from './answer.ts';
import { followErrors } from './follow-errors.ts';
import { encodeEvent, followMessages } from './follow-messages.ts';
import { refuseCrossSite } from './refuse-cross-site.ts';
import { route } from './route.ts';
import type { NodeService } from './service.ts';
import { listenOn } from './socket-path.ts';

export interface ApiOptions {
  readonly path: string;
  readonly service: NodeService;
  readonly log: Log;
  readonly timers?: Timers;
}

export interface ApiServer {
  /** Ends the event streams, lets requests that have begun end for a second, then cuts them. */
  close(): Promise<void>;
}

const maxConnections = 256;
const closeGraceMs = 1000;

/** Throws what `listenOn` throws. */
export async function listenApi(options: ApiOptions): Promise<ApiServer> {
  const { log, timers = systemTimers } = options;
  const stopping = new AbortController();
  // Every event stream listens: as many as there are connections are no leak.
  setMaxListeners(maxConnections, stopping.signal);
  const context = { ...options, timers, stopping: stopping.signal };
  const server = createServer((request, response) => {
    serve(context, { request, response }).catch((error: unknown) => {
      // The client went away, or its answer broke off: nobody is left to tell.
      log.debug('api: a connection ended early', { error: String(error) });
      response.destroy();
    });
  });
  server.maxConnections = maxConnections;
  const removeSocket = await listenOn(options.path, server);
  const close = async (): Promise<void> => {
    stopping.abort();
    await removeSocket();
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const cancel = timers.after(closeGraceMs, () => server.closeAllConnections());
    await closed;
    cancel();
  };
  let closing: Promise<void> | undefined;
  return { close: () => (closing ??= close()) };
}

interface Context {
  readonly service: NodeService;
  readonly log: Log;
  readonly timers: Timers;
  readonly stopping: AbortSignal;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serve(context: Context, exchange: Exchange): Promise<void> {
  const answer = await decide(context, exchange.request);
  if (!exchange.request.complete) {
    // Answered before the body was read: the rest of it is thrown away, and the connection with it.
    exchange.response.setHeader('connection', 'close');
    exchange.request.resume();
  }
  if (answer.type === 'events') await streamEvents(context, exchange, answer.ids);
  else if (answer.type === 'error-events') await streamErrors(context, exchange, answer);
  else if (answer.type === 'lines') await streamLines(context, exchange, answer.lines);
  else write(exchange.response, answer);
}

async function decide({ service, log }: Context, request: IncomingMessage): Promise<Answer> {
  try {
    refuseCrossSite(request.headers);
    return await route(service, { method: request.method ?? '', url: request.url ?? '', body: bodyOf(request) });
  } catch (error) {
    if (request.destroyed && !request.complete) throw error;
    return errorAnswer(error, log);
  }
}

/** The body, which stays open when its reader has had enough: destroying it would take the connection before the answer. */
function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false });
}

function write(response: ServerResponse, answer: Answer & { type: 'json' | 'bytes' }): void {
  const json = answer.type === 'json';
  const bytes = json ? Buffer.from(`${JSON.stringify(answer.value)}\n`) : answer.bytes;
  response.writeHead(json ? answer.status : 200, {
    'content-type': json ? 'application/json' : 'application/octet-stream',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}

function streamEvents(context: Context, exchange: Exchange, ids: readonly string[]): Promise<void> {
  return stream(context, exchange, {
    contentType: 'text/event-stream',
    act: ({ send, signal }) => followMessages({ ...context, ids, write: send, signal }),
    failure: (error) => encodeEvent(streamError(error, context.log)),
  });
}

function streamErrors(context: Context, exchange: Exchange, answer: Answer & { type: 'error-events' }): Promise<void> {
  const { wanted, after } = answer;
  return stream(context, exchange, {
    contentType: 'text/event-stream',
    act: ({ send, signal }) => followErrors({ ...context, wanted, after, write: send, signal }),
    failure: (error) => encodeEvent(streamError(error, context.log)),
  });
}

function streamLines(
  context: Context,
  exchange: Exchange,
  lines: (signal: AbortSignal) => AsyncIterable<readonly string[]>,
): Promise<void> {
  return stream(context, exchange, {
    contentType: 'application/x-ndjson',
    async act({ send, signal }) {
      // Without lines, nothing has happened for a while: an empty one says that the node is there.
      for await (const some of lines(signal)) await send(`${some.join('\n')}\n`);
    },
    failure: (error) => `${JSON.stringify({ error: streamError(error, context.log).error })}\n`,
  });
}

interface Streaming {
  readonly contentType: string;
  readonly act: (stream: { send: (text: string) => Promise<void>; signal: AbortSignal }) => Promise<void>;
  /** The last words to a client, where `act` throws. */
  readonly failure: (error: unknown) => string;
}

async function stream(context: Context, { response }: Exchange, streaming: Streaming): Promise<void> {
  if (response.destroyed) return;
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const { signal } = ending;
  response.once('close', end);
  context.stopping.addEventListener('abort', end);
  if (context.stopping.aborted) end();
  response.writeHead(200, { 'content-type': streaming.contentType, 'cache-control': 'no-store' });
  response.flushHeaders();
  const send = async (text: string): Promise<void> => {
    if (!response.write(text)) await once(response, 'drain', { signal });
  };
  try {
    await streaming.act({ send, signal });
  } catch (error) {
    if (!signal.aborted) await send(streaming.failure(error));
  } finally {
    context.stopping.removeEventListener('abort', end);
    response.end();
  }
}
