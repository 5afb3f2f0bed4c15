// Has a thread move the log into the database, and ends the thread when that was a while ago.
//
// From: short-log.ts. To: checkpoint-thread.ts.
// 1. The thread is there only while it is needed: it holds some 10 MB.
// 2. Once it is closed no pass begins, and no thread: whoever closes it takes the database away next.
// 3. A pass that fails for want of room, or of a thread, is tried again when the log has become longer: the log itself has the data.
import { Worker } from 'node:worker_threads';
import type { Timers } from '../base/clock.ts';
import type { PassFailure } from './checkpoint-thread.ts';
import type { DriverName } from './driver.ts';
import type { OnForgotten } from './page-sums.ts';
import { reasonOf } from './store-error.ts';

const idleMs = 10_000;

export interface CheckpointerOptions {
  readonly path: string;
  readonly driver: DriverName;
  /** The compiled checkpoint-thread.ts. */
  readonly thread: URL;
  readonly timers: Timers;
  readonly onForgotten: OnForgotten;
}

type Passed = PassFailure | undefined;

export class Checkpointer {
  private readonly options: CheckpointerOptions;
  private worker: Worker | undefined;
  private gone: Promise<void> = Promise.resolve();
  private underWay: Promise<Passed> | undefined;
  private passed: (failure: Passed) => void = () => undefined;
  private cancelIdle = (): void => undefined;
  private closed = false;

  constructor(options: CheckpointerOptions) {
    this.options = options;
  }

  /** Moves what can be moved now; joins a pass that is under way. Never rejects. When it is closed, nothing is moved. */
  pass(): Promise<Passed> {
    if (this.closed) return Promise.resolve(undefined);
    this.underWay ??= this.begin();
    return this.underWay;
  }

  /** Resolves when the thread is gone, and with it its connection. */
  async close(): Promise<void> {
    this.closed = true;
    await this.underWay;
    this.end();
    await this.gone;
  }

  private begin(): Promise<Passed> {
    this.cancelIdle();
    return new Promise((resolve) => {
      this.passed = (failure) => {
        this.underWay = undefined;
        resolve(failure);
      };
      try {
        this.worker ??= this.start();
        this.worker.postMessage('pass');
      } catch (error) {
        // The system gives no more threads.
        setImmediate(() => this.passed({ reason: reasonOf(error), fatal: undefined }));
      }
    });
  }

  private start(): Worker {
    const { path, driver, thread, timers, onForgotten } = this.options;
    const worker = new Worker(thread, {
      workerData: { path, driver },
      resourceLimits: { maxYoungGenerationSizeMb: 1 },
    });
    let error: unknown = 'the thread of the checkpoint ended';
    worker.on('message', (message: { readonly failure: Passed } | { readonly forgotten: string }) => {
      if ('forgotten' in message) return onForgotten(message.forgotten);
      const { failure } = message;
      this.cancelIdle = timers.after(idleMs, () => this.end());
      this.passed(failure);
    });
    worker.on('error', (thrown) => (error = thrown));
    const before = this.gone;
    const exited = new Promise<void>((resolve) => {
      worker.on('exit', () => {
        resolve();
        if (this.worker !== worker) return;
        this.worker = undefined;
        this.passed({ reason: reasonOf(error), fatal: undefined });
      });
    });
    this.gone = before.then(() => exited);
    return worker;
  }

  private end(): void {
    this.cancelIdle();
    this.worker?.postMessage('end');
    this.worker = undefined;
  }
}
