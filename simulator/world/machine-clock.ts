// The clocks of one machine: a monotonic one that may run fast, and a wall clock that may say anything.
//
// 1. Timers count by the machine's own monotonic clock.
// 2. `honest` walls ignore what was done to them: a history must not change by that (I8).

/** Of a clock that was set. */
const epochMs = 1_790_000_000_000;

export interface ClockOptions {
  readonly now: () => number;
  /** Of this machine's clocks, against the world's. */
  readonly rate: number;
  readonly honest: boolean;
}

export class MachineClock {
  private readonly options: ClockOptions;
  private offset = epochMs;
  private lifeStart = 0;
  private livedMs = 0;

  constructor(options: ClockOptions) {
    this.options = options;
  }

  beginLife(): void {
    this.lifeStart = this.options.now();
  }

  endLife(): void {
    this.livedMs += this.monotonic();
    this.lifeStart = this.options.now();
  }

  /** Of this life. */
  monotonic(): number {
    return (this.options.now() - this.lifeStart) * this.options.rate;
  }

  /** How long the node has run in all its lives, truly: no node may believe that it was more (I8). */
  uptime(isAlive: boolean): number {
    return this.livedMs + (isAlive ? this.monotonic() : 0);
  }

  wall(): number {
    return Math.max(0, this.offset + this.options.now() * this.options.rate);
  }

  jump(byMs: number): void {
    if (!this.options.honest) this.offset += byMs;
  }

  sayNineteenSeventy(): void {
    if (!this.options.honest) this.offset = -this.options.now() * this.options.rate;
  }

  /** How long the world waits for a timer of so many ms. */
  realDelay(delayMs: number): number {
    return delayMs / this.options.rate;
  }
}
