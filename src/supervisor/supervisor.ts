// Decides what becomes of a process that crashed: one_for_one, as OTP does.
//
// Job: counts restarts against an intensity. It touches no process itself: whoever asks has it begin anew, or leaves it stopped.
// 1. A process past its intensity is stopped, and stays so until it is revived.
// 2. A crash of one counts for no other.
import type { Child, ChildSpec } from './child.ts';

export interface SupervisorClock {
  wall(): number;
  monotonic(): number;
}

/** `restart`: it begins anew · `stop`: it has crashed too often · `end`: it is gone, as its spec says. */
export type Fate = 'restart' | 'stop' | 'end';

const mostErrorText = 300;

export class Supervisor {
  private readonly clock: SupervisorClock;

  constructor(clock: SupervisorClock) {
    this.clock = clock;
  }

  start(spec: ChildSpec): Child {
    const startedAt = this.clock.wall();
    return { spec, startedAt, state: 'running', reason: undefined, restarts: 0, recent: [], lastError: undefined };
  }

  crashed(child: Child, error: unknown): Fate {
    const text = (error instanceof Error ? error.message : String(error)).slice(0, mostErrorText);
    child.lastError = { at: this.clock.wall(), text };
    if (child.spec.restart === 'temporary') return 'end';
    const { restarts, periodMs } = child.spec.intensity;
    const now = this.clock.monotonic();
    child.recent = [...child.recent.filter((at) => now - at < periodMs), now];
    if (child.recent.length > restarts) {
      this.stop(child, `it crashed ${child.recent.length} times within ${Math.round(periodMs / 1000)} s: ${text}`);
      return 'stop';
    }
    child.restarts += 1;
    return 'restart';
  }

  stop(child: Child, reason: string): void {
    child.state = 'stopped';
    child.reason = reason;
  }

  /** Its crashes so far are forgiven. */
  revive(child: Child): void {
    child.state = 'running';
    child.reason = undefined;
    child.recent = [];
  }
}
