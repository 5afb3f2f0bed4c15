// Waiting with a bound.
import type { Timers } from './clock.ts';

/** Resolves when the work is done, or when the time is over; rejects as the work does before that. */
export async function within(timers: Timers, ms: number, work: Promise<unknown>): Promise<void> {
  let cancel = (): void => undefined;
  const late = new Promise<void>((resolve) => (cancel = timers.after(ms, resolve)));
  try {
    await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
