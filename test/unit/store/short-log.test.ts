import { expect, test } from 'vitest';
import type { PassFailure } from '../../../src/store/checkpoint-thread.ts';
import type { Checkpointer } from '../../../src/store/checkpointer.ts';
import { ShortLog } from '../../../src/store/short-log.ts';

/** A log that grows by ten pages with each commit, and begins anew when all of it has been moved. */
class Log {
  frames = 0;
  passes = 0;
  longest = 0;
  /** Somebody reads: nothing is moved. */
  isHeld = false;
  failures: PassFailure[] = [];
  failure: PassFailure | undefined;
  private moved = 0;
  private end: (() => void) | undefined;
  private underWay: Promise<PassFailure | undefined> | undefined;
  readonly short = new ShortLog({
    checkpointer: { pass: () => this.pass() } as unknown as Checkpointer,
    frames: () => this.frames,
    isWriting: () => true,
    onFailed: (failure) => this.failures.push(failure),
  });

  async commit(): Promise<void> {
    const waits = this.short.mayWrite();
    // Whoever waits for a pass is not writing meanwhile.
    while (await isPending(waits)) this.endPass();
    if (this.moved === this.frames) this.frames = this.moved = 0;
    this.frames += 10;
    this.longest = Math.max(this.longest, this.frames);
    this.short.written();
  }

  endPass(): void {
    const { end } = this;
    this.end = undefined;
    end?.();
  }

  private pass(): Promise<PassFailure | undefined> {
    this.underWay ??= this.begin();
    return this.underWay;
  }

  private begin(): Promise<PassFailure | undefined> {
    this.passes += 1;
    const upTo = this.frames;
    return new Promise((resolve) => {
      this.end = () => {
        this.underWay = undefined;
        if (!this.isHeld) this.moved = upTo;
        resolve(this.failure);
      };
    });
  }
}

async function isPending(promise: Promise<void>): Promise<boolean> {
  let pending = true;
  void promise.then(() => (pending = false));
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  return pending;
}

async function commits(log: Log, count: number, endEvery: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await log.commit();
    if (index % endEvery === endEvery - 1) log.endPass();
  }
}

test('log - two passes for every 4,000 pages, and then it begins anew', async () => {
  const log = new Log();
  await commits(log, 10_000, 70);
  expect(log.longest).toBeLessThan(4_000 + 70 * 10 + 20);
  expect(log.passes).toBeGreaterThan(40);
  expect(log.passes).toBeLessThan(52);
});

test('log - somebody who reads for long costs two passes for every 4,000 pages, not one for each commit', async () => {
  const log = new Log();
  log.isHeld = true;
  await commits(log, 10_000, 70);
  expect(log.longest).toBe(100_000);
  expect(log.passes).toBeLessThan(52);
  log.isHeld = false;
  await commits(log, 1_000, 70);
  expect(log.frames).toBeLessThan(10_000);
});

test('log - a pass that takes long is waited for when the log is very long', async () => {
  const log = new Log();
  await commits(log, 10_000, Number.POSITIVE_INFINITY);
  expect(log.longest).toBeGreaterThan(30_000);
  expect(log.longest).toBeLessThan(32_100);
});

test('log - a pass that failed is told of, and tried again a little later', async () => {
  const log = new Log();
  log.failure = { reason: 'no room', fatal: undefined };
  log.isHeld = true;
  await commits(log, 2_000, 70);
  // The last one may be under way.
  expect(log.passes - log.failures.length).toBeLessThanOrEqual(1);
  expect(log.passes).toBeGreaterThan(15);
});
