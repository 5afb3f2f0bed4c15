// Runs many seeds on several threads.
//
// 1. Seeds are handed out in order, a few at a time; what each gives does not depend on which thread ran it.
// 2. A thread that dies ends the whole run with its error, and so does a seed that takes longer than any may: its error names it.
import { Worker } from 'node:worker_threads';
import type { FaultKind } from './faults.ts';
import type { SeedResult } from './run-seed.ts';
import type { WorkDone, WorkOrder } from './worker-message.ts';

export interface PoolOptions {
  /** The built worker.ts. */
  readonly worker: string | URL;
  readonly threads: number;
  readonly firstSeed: number;
  readonly seeds: number;
  readonly nodes?: number | undefined;
  readonly only?: readonly FaultKind[] | undefined;
  /** How long a seed may take, in milliseconds. */
  readonly mostMs?: number;
  /** Answers whether to go on: otherwise no more seeds are begun. */
  readonly onResult: (result: SeedResult) => boolean;
}

const atOnce = 4;
/** The slowest of 10,000 seeds takes some seconds; a world of 200 nodes, a minute. */
const usualMostMs = 300_000;

export async function runPool(options: PoolOptions): Promise<void> {
  let next = options.firstSeed;
  const end = options.firstSeed + options.seeds;
  let goOn = true;
  const take = (): number[] => {
    const from = next;
    next = goOn ? Math.min(end, next + atOnce) : next;
    return Array.from({ length: next - from }, (_none, index) => from + index);
  };
  const workers = Array.from(
    { length: options.threads },
    () => new Worker(options.worker, { resourceLimits: { maxYoungGenerationSizeMb: 64 } }),
  );
  try {
    await Promise.all(workers.map((worker) => serve(worker, take)));
  } finally {
    for (const worker of workers) worker.removeAllListeners();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  async function serve(worker: Worker, more: () => number[]): Promise<void> {
    const { mostMs = usualMostMs, nodes, only } = options;
    /** What the worker has not answered, in the order in which it does. */
    let open: number[] = [];
    let watch: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const watchNext = (): void => {
          clearTimeout(watch);
          const [seed] = open;
          if (seed !== undefined) watch = setTimeout(() => reject(tooLong(seed, mostMs)), mostMs);
        };
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`a worker of the simulator ended with ${code}`)));
        worker.on('message', (message: WorkDone) => {
          if (message.type === 'result') {
            open.shift();
            if (!options.onResult(message.result)) goOn = false;
          } else {
            open = more();
            if (open.length === 0) return resolve();
            const order: WorkOrder = { seeds: open, nodes, only };
            worker.postMessage(order);
          }
          watchNext();
        });
      });
    } finally {
      clearTimeout(watch);
    }
  }
}

function tooLong(seed: number, mostMs: number): Error {
  return new Error(
    `seed ${seed} did not end within ${mostMs / 1000} s; npm run simulate -- --seed ${seed} plays it alone`,
  );
}
