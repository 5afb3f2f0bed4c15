// Notices that the node could do nothing else for a while, and says what it was busy with.
//
// 1. What the engine does is timed event by event: it is named. Anything else (a call to a disk that hangs, a machine that stood still) is
//    noticed by a timer that comes too late, and named after what was done last.
// 2. Each is told once; the next one after `quietMs`, with how many were left out.
import type { Clock, Timers } from '../base/clock.ts';

const blockedMs = 500;
const lateMs = 1_000;
const everyMs = 5_000;
const quietMs = 60_000;

export interface WatchdogParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly onBlocked: (text: string, data: Record<string, unknown>) => void;
}

export class Watchdog {
  private readonly parts: WatchdogParts;
  private last = (): string => 'its start';
  private toldAt: number | undefined;
  private untold = 0;
  private cancel = (): void => undefined;

  constructor(parts: WatchdogParts) {
    this.parts = parts;
  }

  start(): void {
    const due = this.parts.clock.monotonic() + everyMs;
    this.cancel = this.parts.timers.after(everyMs, () => {
      const late = this.parts.clock.monotonic() - due;
      if (late > lateMs) this.tell(late, `something after ${this.last()}`);
      this.start();
    });
  }

  close(): void {
    this.cancel();
  }

  /** Times what is done; `name` is asked only where it took long. */
  time(name: () => string, act: () => void): void {
    const { clock } = this.parts;
    const began = clock.monotonic();
    try {
      act();
    } finally {
      const took = clock.monotonic() - began;
      if (took > blockedMs) this.tell(took, name());
      this.last = name;
    }
  }

  private tell(ms: number, what: string): void {
    const now = this.parts.clock.monotonic();
    if (this.toldAt !== undefined && now - this.toldAt < quietMs) {
      this.untold += 1;
      return;
    }
    this.parts.onBlocked(`the node was held up for ${Math.round(ms)} ms by ${what}`, {
      blockedMs: Math.round(ms),
      by: what,
      ...(this.untold > 0 ? { untold: this.untold } : {}),
    });
    this.toldAt = now;
    this.untold = 0;
  }
}
