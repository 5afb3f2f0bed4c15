import { expect, test } from 'vitest';
import { runPool } from '../../../simulator/pool.ts';

/** A worker that answers its first seed and then goes on for ever. */
const stuck = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ seeds: [seed] }) => {
      parentPort.postMessage({ type: 'result', result: { seed } });
      for (;;);
    });
    parentPort.postMessage({ type: 'want more' });
  `)}`,
);

test('pool - a seed that does not end ends the run, which names it', async () => {
  const results: number[] = [];
  const running = runPool({
    worker: stuck,
    threads: 1,
    firstSeed: 7,
    seeds: 100,
    mostMs: 500,
    onResult: ({ seed }) => {
      results.push(seed);
      return true;
    },
  });
  await expect(running).rejects.toThrow('seed 8 did not end within 0.5 s; npm run simulate -- --seed 8 plays it alone');
  expect(results).toEqual([7]);
});
