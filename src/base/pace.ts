// Whether something that waits for a device is quick enough, in the mean, to wait for it on the spot.
import type { Clock } from './clock.ts';

/** Of the newest in the mean. */
const weight = 0.25;

export class Pace {
  private readonly clock: Clock;
  private readonly quickMs: number;
  private meanMs: number | undefined;

  constructor(clock: Clock, quickMs: number) {
    this.clock = clock;
    this.quickMs = quickMs;
  }

  /** Does it on the spot while that takes less than `quickMs` in the mean, otherwise elsewhere: also the first time. Rejects as it does. */
  async run(how: { readonly onTheSpot: () => void; readonly elsewhere: () => Promise<void> }): Promise<void> {
    const began = this.clock.monotonic();
    if (this.meanMs !== undefined && this.meanMs < this.quickMs) how.onTheSpot();
    else await how.elsewhere();
    const ms = this.clock.monotonic() - began;
    this.meanMs = this.meanMs === undefined ? ms : this.meanMs * (1 - weight) + ms * weight;
  }
}
