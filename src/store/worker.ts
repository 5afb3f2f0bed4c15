// The store's thread: one transaction for all commits that are waiting, then one sync for all of them.
//
// Boundary. From and to: store-client.ts, by messages.
// 1. Requests are answered in the order in which they came; a query sees every commit before it. Views may go ahead.
// 2. A commit that may be refused is refused when the disk cannot take it, and nothing of it is done. Every other is kept, in order,
//    and tried until it is durable: meanwhile the store is "stalled".
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { StewardError } from '../model/error.ts';
import type { DriverName } from './driver.ts';
import { lockStore, type StoreLock } from './lock.ts';
import { answerQuery } from './query.ts';
import { SqliteStore } from './sqlite-store.ts';
import type { Answer, FromWorker, Request, ToWorker } from './worker-message.ts';
import { answerView } from './view.ts';

const retryMs = 500;
/** Requests in one transaction, at most: a bound on how long the first of them waits. */
const maxGroup = 2000;

const port = parentPort;
if (port === null) throw new Error('the store worker runs as a worker thread only');
const { path, driver } = workerData as { path: string; driver: DriverName };

let queue: Request[] = [];
let stalled: string | undefined;
let retrying: NodeJS.Timeout | undefined;

const tell = (message: FromWorker): void => port.postMessage(message);

function open(): { readonly lock: StoreLock; readonly store: SqliteStore } {
  try {
    const lock = lockStore(path, driver);
    const opened = { lock, store: new SqliteStore(path, driver) };
    tell({ type: 'opened' });
    return opened;
  } catch (error) {
    const known = error instanceof StewardError ? error : isCorrupt(error) ? corrupt(error) : undefined;
    tell({
      type: 'not-opened',
      code: known?.code ?? 'store-unavailable',
      text: describe(known ?? error),
      hint: known?.hint,
    });
    process.exit(1);
  }
}

const opened = open();
let { store } = opened;
/** Not between a failed attempt to open it again and the next: one of the drivers may not be closed twice. */
let isOpen = true;

function receive(message: ToWorker): void {
  if (message.type === 'close') {
    drain();
    closeOnce();
    opened.lock.release();
    tell({ type: 'closed' });
    port?.close();
    return;
  }
  queue.push(...message.requests);
}

port.on('message', (message: ToWorker) => {
  receive(message);
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
    receive(next.message as ToWorker);
  drain();
});

function drain(): void {
  while (queue.length > 0 && stalled === undefined) drainGroup();
  if (stalled !== undefined) answerAhead();
}

function drainGroup(): void {
  const group = queue.slice(0, maxGroup);
  const answers: Answer[] = [];
  try {
    if (group.some((request) => request.type === 'commit'))
      store.transaction(() => group.forEach((request) => answers.push(perform(request))));
    else group.forEach((request) => answers.push(perform(request)));
  } catch (error) {
    return fallBack(group, error);
  }
  queue = queue.slice(group.length);
  tell({ type: 'answers', answers });
}

function perform(request: Request): Answer {
  switch (request.type) {
    case 'commit':
      store.apply(request.ops);
      return { token: request.token };
    case 'query':
      return { token: request.token, result: answerQuery(store, request.query) };
    case 'view':
      return { token: request.token, result: answerView(store, request.view) };
  }
}

/** One of the group cannot be written. Each is tried alone, so that a refusal names the one that is refused. */
function fallBack(group: readonly Request[], first: unknown): void {
  if (isOurFault(first)) throw first;
  if (isCorrupt(first)) return fail(first);
  for (const request of group) {
    try {
      const answers: Answer[] = [];
      if (request.type === 'commit') store.transaction(() => answers.push(perform(request)));
      else answers.push(perform(request));
      queue.shift();
      tell({ type: 'answers', answers });
    } catch (error) {
      if (isOurFault(error)) throw error;
      if (isCorrupt(error)) return fail(error);
      if (request.type === 'commit' && request.refusable) {
        queue.shift();
        tell({ type: 'answers', answers: [{ token: request.token, error: describe(error) }] });
      } else {
        return stall(describe(error));
      }
    }
  }
}

function stall(reason: string): void {
  stalled = reason;
  tell({ type: 'stalled', reason });
  retrying ??= setInterval(retry, retryMs);
}

/** What may be refused, or only looks, does not wait for the disk. */
function answerAhead(): void {
  const answers: Answer[] = [];
  queue = queue.filter((request) => {
    if (request.type === 'commit' && request.refusable) answers.push({ token: request.token, error: stalled ?? '' });
    else if (request.type === 'view') answers.push(tryView(request));
    else return true;
    return false;
  });
  if (answers.length > 0) tell({ type: 'answers', answers });
}

function tryView(request: Request & { type: 'view' }): Answer {
  try {
    return perform(request);
  } catch (error) {
    return { token: request.token, error: describe(error) };
  }
}

function closeOnce(): void {
  if (isOpen) store.close();
  isOpen = false;
}

function retry(): void {
  const reason = stalled;
  stalled = undefined;
  try {
    // A file system that was read-only needs a new connection to be written again.
    closeOnce();
    store = new SqliteStore(path, driver);
    isOpen = true;
    drain();
  } catch (error) {
    if (isCorrupt(error)) return fail(error);
    stalled = describe(error) || reason;
    return;
  }
  if (stalled !== undefined) return;
  clearInterval(retrying);
  retrying = undefined;
  tell({ type: 'ready' });
}

/** What stands on the disk is not what was written there: to go on would make it worse. */
function fail(error: unknown): never {
  const { code, message, hint } = corrupt(error);
  tell({ type: 'failed', code, text: message, hint });
  process.exit(1);
}

function corrupt(error: unknown): StewardError {
  return new StewardError('store-corrupt', `the store ${path} is damaged: ${describe(error)}`, {
    hint: 'it is left as it is: restore it from a copy, or move it away to begin a new one',
    cause: error,
  });
}

function isCorrupt(error: unknown): boolean {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return /^SQLITE_(CORRUPT|NOTADB)/.test(String(code)) || [11, 26].includes(Number(errcode) % 256);
}

/** A mistake of this program, not of the disk: to try again would not help. */
function isOurFault(error: unknown): boolean {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    String(code).startsWith('SQLITE_CONSTRAINT') ||
    Number(errcode) % 256 === 19
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
