// How much of a copy is under way at once, and in what pieces: enough to keep the link busy, and no more.
import type { Clock } from '../../base/clock.ts';
import { leastChunkBytes } from '../../model/copy-args.ts';

const mostBytes = 512 * 1024;
const mostPieces = 16;
const firstChunkBytes = 32 * 1024;
/** A piece that was answered sooner may be larger, one that took longer has to be smaller. */
const quickMs = 1_000;
const slowMs = 15_000;

export class Window {
  private readonly clock: Clock;
  private readonly most: number;
  private readonly underWay = new Set<Promise<void>>();
  private bytes = 0;
  /** Of a piece, as the link lets it be. */
  chunkBytes: number;

  constructor(clock: Clock, mostChunkBytes: number) {
    this.clock = clock;
    this.most = mostChunkBytes;
    this.chunkBytes = Math.min(firstChunkBytes, mostChunkBytes);
  }

  /** Resolves when there is room for so much more. */
  async room(bytes: number): Promise<void> {
    while (this.underWay.size > 0 && (this.bytes + bytes > mostBytes || this.underWay.size >= mostPieces))
      await Promise.race(this.underWay);
  }

  /** `send` must not reject. */
  add(bytes: number, send: () => Promise<void>): void {
    const from = this.clock.monotonic();
    this.bytes += bytes;
    const sending = send().then(() => {
      this.underWay.delete(sending);
      this.bytes -= bytes;
      this.adapt(bytes, this.clock.monotonic() - from);
    });
    this.underWay.add(sending);
  }

  async empty(): Promise<void> {
    while (this.underWay.size > 0) await Promise.race(this.underWay);
  }

  private adapt(bytes: number, tookMs: number): void {
    if (tookMs > slowMs) this.chunkBytes = Math.max(leastChunkBytes, Math.floor(this.chunkBytes / 2));
    else if (tookMs < quickMs && bytes >= this.chunkBytes) this.chunkBytes = Math.min(this.most, this.chunkBytes * 2);
  }
}
