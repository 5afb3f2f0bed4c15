// Waits for something that another process does, with a bound.
import type { Clock, Timers } from '../../base/clock.ts';

export interface WaitOptions {
  readonly what: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly signal: AbortSignal;
}

const patienceMs = 30_000;
const pauseMs = 50;

/** The first value that is not undefined. Throws after 30 seconds, and when the signal comes. */
export async function waitUntil<T>(look: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const { what, clock, timers, signal } = options;
  const deadline = clock.monotonic() + patienceMs;
  for (;;) {
    signal.throwIfAborted();
    const value = await look();
    if (value !== undefined) return value;
    if (clock.monotonic() > deadline) throw new Error(`${what} did not happen within ${patienceMs / 1000} s`);
    await new Promise<void>((resolve) => void timers.after(pauseMs, resolve));
  }
}
