// Long work in turns: what takes longer than a turn lets everybody else go on before its next one.
import type { Clock } from './clock.ts';

/** So long may one piece of work hold the thread, in ms. */
const turnMs = 3;

export class Turns {
  private readonly clock: Clock;
  private began: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.began = clock.monotonic();
  }

  isOver(): boolean {
    return this.clock.monotonic() - this.began >= turnMs;
  }

  /** Resolves when the next turn begins. */
  async next(): Promise<void> {
    await endOfRound();
    this.began = this.clock.monotonic();
  }
}

export function endOfRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Takes the steps to their end; in between, when a turn is over, everybody else. Rejects with what a step throws. */
export async function inTurns<T>(steps: Generator<void, T>, turns: Turns): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (turns.isOver()) await turns.next();
  }
}

export function atOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
