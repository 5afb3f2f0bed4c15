// A worker thread of the simulator: runs the seeds that it is given, and says how each ended.
import { parentPort } from 'node:worker_threads';
import { runSeed } from './run-seed.ts';
import type { WorkDone, WorkOrder } from './worker-message.ts';

const tell = (message: WorkDone): void => parentPort?.postMessage(message);

parentPort?.on('message', ({ seeds, nodes, only }: WorkOrder) => {
  for (const seed of seeds) tell({ type: 'result', result: runSeed({ seed, nodes, only }) });
  tell({ type: 'want more' });
});
tell({ type: 'want more' });
