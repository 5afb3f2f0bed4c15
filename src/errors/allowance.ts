// How many messages about errors may go: a few at once, then one now and then (a bucket of tokens).
import type { Clock } from '../base/clock.ts';

/** Messages that may go at once. */
export const burstMessages = 6;
/** In a storm that does not end, one more message to central each so many ms. */
export const refillMs = 300_000;
/** A node that has just started has few, so that one that dies again and again says no more than one that lives. */
const atStart = 2;

export class Allowance {
  readonly #clock: Clock;
  readonly #refillMs: number;
  #messages = atStart;
  #since: number;

  constructor(clock: Clock, every: number = refillMs) {
    this.#clock = clock;
    this.#refillMs = every;
    this.#since = clock.monotonic();
  }

  /** In how many ms the next one may go; 0: now. */
  waitMs(): number {
    this.#refill();
    return this.#messages > 0 ? 0 : this.#since + this.#refillMs - this.#clock.monotonic();
  }

  take(): void {
    this.#refill();
    this.#messages -= 1;
  }

  #refill(): void {
    const now = this.#clock.monotonic();
    const more = Math.floor((now - this.#since) / this.#refillMs);
    this.#messages = Math.min(burstMessages, this.#messages + more);
    this.#since = this.#messages === burstMessages ? now : this.#since + more * this.#refillMs;
  }
}
