// Has V8 give back memory that it would keep: what many messages took while they were taken in, for a quarter of a minute; and buffers that nobody uses any
// more, which it counts less than its own heap and lets become 30 MB while a large file passes through.
//
// Boundary. From: service.ts, with how many were taken in; start-node.ts, with every frame. To: `collect`, which stops the node for some 5 to 20 ms.
// 1. A node that takes in little is never stopped; one that takes in much is when nothing came for a second.
// 2. Buffers are collected once in a second at most, and not before there are half as many more than the fewest since: those in use stay. (V8 frees them
//    some milliseconds after a collection, so that these show only later.)
import { getHeapStatistics } from 'node:v8';
import type { Clock, Timers } from '../base/clock.ts';

const worthIt = 1_000;
const quietMs = 1_000;

export class HeapTidier {
  private readonly timers: Timers;
  private readonly collect: () => void;
  private taken = 0;
  private cancel = (): void => undefined;

  /** `collect` is called at most once in a second. */
  constructor({ timers, collect }: { readonly timers: Timers; readonly collect: () => void }) {
    this.timers = timers;
    this.collect = collect;
  }

  took(messages: number): void {
    this.taken += messages;
    this.cancel();
    this.cancel = this.timers.after(quietMs, () => {
      const isMuch = this.taken >= worthIt;
      this.taken = 0;
      if (isMuch) this.collect();
    });
  }

  close(): void {
    this.cancel();
  }
}

const framesBetween = 32;
const mostBufferBytes = 12_000_000;
const betweenMs = 1_000;

export interface BufferTidierParts {
  readonly clock: Clock;
  /** Of all buffers, also those that are no longer used. */
  readonly bufferBytes: () => number;
  readonly collect: () => void;
}

export class BufferTidier {
  private readonly parts: BufferTidierParts;
  private frames = 0;
  /** Since the last collection. */
  private fewest = 0;
  private lastAt = -Infinity;

  constructor(parts: BufferTidierParts) {
    this.parts = parts;
  }

  frameCame(): void {
    this.frames += 1;
    if (this.frames < framesBetween) return;
    this.frames = 0;
    const { clock, bufferBytes, collect } = this.parts;
    const bytes = bufferBytes();
    this.fewest = Math.min(this.fewest, bytes);
    if (bytes < Math.max(mostBufferBytes, 1.5 * this.fewest) || clock.monotonic() - this.lastAt < betweenMs) return;
    collect();
    this.lastAt = clock.monotonic();
    this.fewest = Infinity;
  }
}

/** What lies outside the heap of V8 and is freed with what lies in it, bytes. */
export function bufferBytes(): number {
  return getHeapStatistics().external_memory;
}

/** A collection of the whole heap, where Node was started with `--expose-gc` as bin/steward.js does it; otherwise nothing. */
export function collectGarbage(): void {
  globalThis.gc?.();
}
