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

export const systemTimers: Timers = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, 2_147_483_647));
    return () => clearTimeout(timer);
  },
};
