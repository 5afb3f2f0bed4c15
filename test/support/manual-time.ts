// Time that a test moves: a clock and timers that stand still until they are told to go on.
import type { Clock, Timers } from '../../src/base/clock.ts';

interface Due {
  readonly at: number;
  readonly act: () => void;
}

export class ManualTime implements Clock, Timers {
  #now = 0;
  #due: Due[] = [];

  monotonic(): number {
    return this.#now;
  }

  wall(): number {
    return 1_790_000_000_000 + this.#now;
  }

  after(delayMs: number, act: () => void): () => void {
    const due = { at: this.#now + Math.max(0, delayMs), act };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((other) => other !== due);
    };
  }

  /** Calls back whatever is due within so many ms, in its order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#soonest(end); next !== undefined; next = this.#soonest(end)) {
      this.#now = Math.max(this.#now, next.at);
      this.#due = this.#due.filter((other) => other !== next);
      next.act();
    }
    this.#now = end;
  }

  #soonest(end: number): Due | undefined {
    return this.#due.reduce<Due | undefined>(
      (soonest, due) => (due.at <= end && (soonest === undefined || due.at < soonest.at) ? due : soonest),
      undefined,
    );
  }
}
