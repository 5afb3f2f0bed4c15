// A pause that somebody may end.
import type { Timers } from './clock.ts';

/** Resolves after so many ms, or as soon as one of the signals is aborted. */
export function pause(timers: Timers, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(ms, done);
    for (const signal of signals) signal.addEventListener('abort', done, { once: true });
    if (signals.some((signal) => signal.aborted)) done();
  });
}
