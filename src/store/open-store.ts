// The store as the node uses it: messages to a thread of its own, so that a slow disk does not hold up the node.
//
// 1. Requests go out together at the end of the current task, in the order in which they were made.
// 2. Answers come in that order.
import { Worker } from 'node:worker_threads';
import type { StoreOp, StoreQuery } from '../model/store-op.ts';
import { StewardError } from '../model/error.ts';
import type { ErrorCode } from '../model/error-table.ts';
import type { DriverName } from './driver.ts';
import type { Answer, FromWorker, Request } from './worker-message.ts';
import type { ViewQuery, ViewResult } from './view.ts';

export interface StoreEvents {
  readonly onStalled: (reason: string) => void;
  readonly onReady: () => void;
  /** The thread is gone: nothing can be written any more. */
  readonly onFailed: (error: unknown) => void;
}

export interface StoreOptions extends StoreEvents {
  readonly path: string;
  readonly driver: DriverName;
  /** The compiled worker.ts. */
  readonly worker: URL;
}

export type StoreAnswer = (result: unknown, error?: string) => void;

export interface Store {
  commit(ops: readonly StoreOp[], how: { readonly refusable: boolean }, then: StoreAnswer): void;
  query(query: StoreQuery, then: StoreAnswer): void;
  view<V extends ViewQuery>(view: V): Promise<ViewResult<V>>;
  /** Everything asked before is durable when it resolves. */
  close(): Promise<void>;
}

/** Rejects with `already-running`, `store-corrupt` or `store-unavailable`. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const worker = new Worker(options.worker, {
    workerData: { path: options.path, driver: options.driver },
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  const waiting = new Map<number, StoreAnswer>();
  let requests: Request[] = [];
  let nextToken = 1;
  let closed = (): void => undefined;

  const answer = ({ token, result, error }: Answer): void => {
    const then = waiting.get(token);
    waiting.delete(token);
    then?.(result, error);
  };
  const send = (request: Request, then: StoreAnswer): void => {
    waiting.set(request.token, then);
    if (requests.length === 0) queueMicrotask(flush);
    requests.push(request);
  };
  const flush = (): void => {
    const batch = requests;
    requests = [];
    if (batch.length > 0) worker.postMessage({ type: 'requests', requests: batch });
  };
  const token = (): number => nextToken++;

  await new Promise<void>((resolve, reject) => {
    worker.once('error', (error) => reject(unavailable(options.path, error)));
    worker.once('message', (message: FromWorker) =>
      message.type === 'not-opened' ? reject(notOpened(options.path, message)) : resolve(),
    );
  });
  worker.removeAllListeners('error');
  let gone = false;
  worker.on('error', (error) => options.onFailed(error));
  worker.on('exit', (code) => {
    gone = true;
    closed();
    if (code !== 0)
      options.onFailed(new StewardError('store-unavailable', `the thread of the store ended with ${code}`));
  });
  worker.on('message', (message: FromWorker) => {
    switch (message.type) {
      case 'answers':
        return message.answers.forEach(answer);
      case 'failed':
        return options.onFailed(stewardError(message));
      case 'stalled':
        return options.onStalled(message.reason);
      case 'ready':
        return options.onReady();
      case 'closed':
        return closed();
      case 'opened':
      case 'not-opened':
    }
  });

  return {
    commit: (ops, { refusable }, then) => send({ type: 'commit', token: token(), ops, refusable }, then),
    query: (query, then) => send({ type: 'query', token: token(), query }, then),
    view: (view) =>
      new Promise((resolve, reject) => {
        send({ type: 'view', token: token(), view }, (result, error) => {
          if (error === undefined) resolve(result as ViewResult<typeof view>);
          else reject(new StewardError('store-unavailable', `the store cannot be read: ${error}`));
        });
      }),
    async close() {
      flush();
      if (gone) return;
      const done = new Promise<void>((resolve) => (closed = resolve));
      worker.postMessage({ type: 'close' });
      await done;
      await worker.terminate();
    },
  };
}

function notOpened(path: string, message: FromWorker & { type: 'not-opened' }): StewardError {
  const isPlain = message.code === 'store-unavailable' && message.hint === undefined;
  return isPlain ? unavailable(path, message.text) : stewardError(message);
}

function stewardError({ code, text, hint }: { code: ErrorCode; text: string; hint: string | undefined }): StewardError {
  return new StewardError(code, text, hint === undefined ? {} : { hint });
}

function unavailable(path: string, error: unknown): StewardError {
  const reason = error instanceof Error ? error.message : String(error);
  return new StewardError('store-unavailable', `the store ${path} cannot be opened: ${reason}`, {
    hint: 'check that its folder is writable and its disk is not full; the store itself is left as it is',
    cause: error,
  });
}
