// Runs many seeds on several threads.
//
// 1. Seeds are handed out in order, a few at a time; what each gives does not depend on which thread ran it.
// 2. A thread that dies ends the whole run with its error.
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
  /** Answers whether to go on: otherwise no more seeds are begun. */
  readonly onResult: (result: SeedResult) => boolean;
}

const atOnce = 4;

export async function runPool(options: PoolOptions): Promise<void> {
  let next = options.firstSeed;
  const end = options.firstSeed + options.seeds;
  let goOn = true;
  const take = (): number[] => {
    const from = next;
    next = goOn ? Math.min(end, next + atOnce) : next;
    return Array.from({ length: next - from }, (_none, index) => from + index);
  };
  await Promise.all(
    Array.from({ length: options.threads }, async () => {
      const worker = new Worker(options.worker, { resourceLimits: { maxYoungGenerationSizeMb: 64 } });
      try {
        await new Promise<void>((resolve, reject) => {
          worker.once('error', reject);
          worker.once('exit', (code) => reject(new Error(`a worker of the simulator ended with ${code}`)));
          worker.on('message', (message: WorkDone) => {
            if (message.type === 'result') {
              if (!options.onResult(message.result)) goOn = false;
              return;
            }
            const seeds = take();
            if (seeds.length === 0) return resolve();
            const order: WorkOrder = { seeds, nodes: options.nodes, only: options.only };
            worker.postMessage(order);
          });
        });
      } finally {
        worker.removeAllListeners();
        await worker.terminate();
      }
    }),
  );
}
