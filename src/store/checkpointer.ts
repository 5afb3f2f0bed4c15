// Keeps the log short: has a thread move it into the database when it has become long, and ends the thread when that was a while ago.
//
// From: commit-queue.ts. To: checkpoint-thread.ts.
// 1. The thread is there only while it is needed: it holds some 10 MB.
// 2. A pass that fails is tried again when the log has become longer still: the log itself has the data.
import { Worker } from 'node:worker_threads';
import type { Timers } from '../base/clock.ts';
import type { DriverName } from './driver.ts';

const idleMs = 10_000;

export interface CheckpointerOptions {
  readonly path: string;
  readonly driver: DriverName;
  /** The compiled checkpoint-thread.ts. */
  readonly thread: URL;
  readonly timers: Timers;
}

interface Thread {
  readonly worker: Worker;
  readonly gone: Promise<void>;
}

/** Why it failed. */
type Passed = string | undefined;

export class Checkpointer {
  private readonly options: CheckpointerOptions;
  private thread: Thread | undefined;
  private underWay: Promise<Passed> | undefined;
  private passed: (error: Passed) => void = () => undefined;
  private cancelIdle = (): void => undefined;

  constructor(options: CheckpointerOptions) {
    this.options = options;
  }

  /** Moves what can be moved now; joins a pass that is under way. */
  pass(): Promise<Passed> {
    this.underWay ??= this.begin();
    return this.underWay;
  }

  /** A pass that begins after now. */
  async wholePass(): Promise<Passed> {
    await this.underWay;
    return this.pass();
  }

  /** Resolves when the thread is gone, and with it its connection. */
  async close(): Promise<void> {
    await this.underWay;
    this.cancelIdle();
    const { thread } = this;
    this.end();
    await thread?.gone;
  }

  private begin(): Promise<Passed> {
    this.cancelIdle();
    this.thread ??= this.start();
    const { worker } = this.thread;
    return new Promise((resolve) => {
      this.passed = (error) => {
        this.underWay = undefined;
        resolve(error);
      };
      worker.postMessage('pass');
    });
  }

  private start(): Thread {
    const { path, driver, thread, timers } = this.options;
    const worker = new Worker(thread, {
      workerData: { path, driver },
      resourceLimits: { maxYoungGenerationSizeMb: 1 },
    });
    let failure: string | undefined;
    worker.on('message', ({ error }: { readonly error: Passed }) => {
      this.cancelIdle = timers.after(idleMs, () => this.end());
      this.passed(error);
    });
    worker.on('error', (error) => (failure = error instanceof Error ? error.message : String(error)));
    const gone = new Promise<void>((resolve) => {
      worker.on('exit', () => {
        resolve();
        if (this.thread?.worker !== worker) return;
        this.thread = undefined;
        this.passed(failure ?? 'the thread of the checkpoint ended');
      });
    });
    return { worker, gone };
  }

  private end(): void {
    this.thread?.worker.postMessage('end');
    this.thread = undefined;
  }
}
