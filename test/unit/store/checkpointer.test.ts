import { expect, test } from 'vitest';
import { Checkpointer } from '../../../src/store/checkpointer.ts';
import { ManualTime } from '../../support/manual-time.ts';

/** In the place of checkpoint-thread.ts: has always moved all. */
const thread = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (wish) => {
      if (wish === 'end') parentPort.close();
      else parentPort.postMessage({ failure: undefined });
    });
  `)}`,
);

function scene(): { checkpointer: Checkpointer; passes: () => number } {
  const time = new ManualTime();
  let passes = 0;
  const timers = {
    after(delayMs: number, callback: () => void) {
      // Each pass that a thread has made is followed by a wait for the next.
      passes += 1;
      return time.after(delayMs, callback);
    },
  };
  const options = { path: 'none', driver: 'libsql' as const, thread, timers, onForgotten: () => undefined };
  return { checkpointer: new Checkpointer(options), passes: () => passes };
}

test('checkpointer - passes are made until it is closed, and none begins after that', async () => {
  const { checkpointer, passes } = scene();
  expect(await checkpointer.pass()).toBeUndefined();
  expect(await checkpointer.pass()).toBeUndefined();
  expect(passes()).toBe(2);
  await checkpointer.close();
  expect(await checkpointer.pass()).toBeUndefined();
  expect(passes()).toBe(2);
});

test('checkpointer - the rest of a log that was being moved when it was closed is left where it is', async () => {
  const { checkpointer, passes } = scene();
  const closed = checkpointer.pass().then(() => checkpointer.pass());
  await checkpointer.close();
  await closed;
  expect(passes()).toBe(1);
});
