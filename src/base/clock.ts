// Time, as an argument. Nothing but this file reads a clock or sets a timer on its own.

export interface Clock {
  /** Wall clock, milliseconds since 1970. For people to read: nothing is decided by it (I8). */
  wall(): number;
  /** Milliseconds that only ever grow, from an arbitrary start. */
  monotonic(): number;
}

export interface Timers {
  /** Calls back once after the delay; the answer cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};

/** The longest delay that a timer of Node keeps: of a longer one it would call back at once. */
export const longestTimerMs = 2_147_483_647;

export const systemTimers: Timers = timersOf((delayMs, callback) => {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
});

/** Timers of any length, over one that takes at most `longestTimerMs`: a longer delay is waited for in parts. */
export function timersOf(once: Timers['after']): Timers {
  return {
    after(delayMs, callback) {
      let left = delayMs;
      let cancel = (): void => undefined;
      const next = (): void => {
        const part = Math.min(left, longestTimerMs);
        left -= part;
        cancel = once(part, left > 0 ? next : callback);
      };
      next();
      return () => cancel();
    },
  };
}
