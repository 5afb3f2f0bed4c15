// How far a copy has come, in numbers, for those who watch it.
import type { Clock } from '../../base/clock.ts';

/** A line of the output of `copySrc`, where it is asked to tell. */
export interface ProgressLine {
  readonly files: readonly [done: number, all: number];
  readonly bytes: readonly [done: number, all: number];
  /** Bytes a second, over the last half a minute at most. */
  readonly rate: number;
  /** Seconds; absent where nothing has moved. */
  readonly left?: number;
  /** Since the node that gets the files answered last, in seconds, where that is long. */
  readonly silent?: number;
}

const longMs = 30_000;
const silentMs = 5_000;
const mostSamples = 64;

export class Progress {
  files = 0;
  bytes = 0;
  allFiles = 0;
  allBytes = 0;
  /** Sent, not found there. */
  sentBytes = 0;
  /** Found there, with all that is in them. */
  thereFiles = 0;
  private readonly clock: Clock;
  private readonly samples: { readonly at: number; readonly sent: number }[];
  private heardAt: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.heardAt = clock.monotonic();
    this.samples = [{ at: this.heardAt, sent: 0 }];
  }

  heard(): void {
    this.heardAt = this.clock.monotonic();
  }

  sent(bytes: number): void {
    this.sentBytes += bytes;
    this.heard();
  }

  line(): ProgressLine {
    const at = this.clock.monotonic();
    this.samples.push({ at, sent: this.sentBytes });
    while (this.samples.length > mostSamples || at - (this.samples[0]?.at ?? at) > longMs) this.samples.shift();
    const [first] = this.samples;
    const span = first === undefined ? 0 : at - first.at;
    const rate = span <= 0 ? 0 : Math.round(((this.sentBytes - (first?.sent ?? 0)) * 1000) / span);
    const silent = at - this.heardAt;
    return {
      files: [this.files, this.allFiles],
      bytes: [this.bytes, this.allBytes],
      rate,
      ...(rate > 0 ? { left: Math.ceil((this.allBytes - this.bytes) / rate) } : {}),
      ...(silent > silentMs ? { silent: Math.round(silent / 1000) } : {}),
    };
  }
}
