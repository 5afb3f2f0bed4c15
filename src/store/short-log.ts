// When the log is moved into the database: often enough that it stays short, and rarely enough that it costs little.
//
// From: commit-queue.ts. To: checkpointer.ts, which does it, on a thread.
// 1. While there are commits, most of the log is moved beside them, and the rest while they wait: SQLite begins the log anew only when all
//    of it has been moved. What they wait for is what came during the first pass.
// 2. A pass that cannot move all (somebody else reads) is not tried again before the log has grown as much once more; one that could not be
//    made at all, a little later.
import type { Checkpointer } from './checkpointer.ts';
import type { PassFailure } from './checkpoint-thread.ts';

/** Pages in the log when it is moved, and when each transaction waits for that. */
export const longLog = 4_000;
export const longestLog = 32_000;

/** Pages after which a pass that could not be made is tried again. */
const soon = 200;

/** Of a store with a small quota they are less. */
export interface LogBounds {
  readonly long: number;
  readonly longest: number;
}

export const usualBounds: LogBounds = { long: longLog, longest: longestLog };

export interface ShortLogParts {
  readonly checkpointer: Checkpointer;
  /** Pages in the log. */
  readonly frames: () => number;
  readonly isWriting: () => boolean;
  readonly bounds?: LogBounds | undefined;
  readonly onFailed: (failure: PassFailure) => void;
}

export class ShortLog {
  private readonly parts: ShortLogParts;
  /** Pages in the log when the next pass is due. */
  private due: number;
  private readonly bounds: LogBounds;
  private before = 0;
  private isMoving = false;
  private hasRest = false;
  private finishing: Promise<void> | undefined;

  constructor(parts: ShortLogParts) {
    this.parts = parts;
    this.bounds = parts.bounds ?? usualBounds;
    this.due = this.bounds.long;
  }

  /** To be called after every commit. */
  written(): void {
    const frames = this.parts.frames();
    // It has begun anew.
    if (frames < this.before) this.due = this.bounds.long;
    this.before = frames;
    if (frames >= this.due && !this.isMoving) void this.move(frames);
  }

  /** To be waited for before every commit. */
  async mayWrite(): Promise<void> {
    if (this.hasRest) this.finish();
    await this.finishing;
    if (this.isMoving && this.parts.frames() >= this.bounds.longest) await this.pass();
  }

  private async move(frames: number): Promise<void> {
    const { parts } = this;
    this.isMoving = true;
    this.due = frames + this.bounds.long;
    const isMoved = await this.pass();
    this.isMoving = false;
    if (!isMoved) this.due = parts.frames() + soon;
    this.hasRest = isMoved && parts.frames() > frames;
    if (this.hasRest && !parts.isWriting()) this.finish();
  }

  private finish(): void {
    this.hasRest = false;
    this.finishing ??= this.pass().then(() => void (this.finishing = undefined));
  }

  /** Answers whether it could be made. */
  private async pass(): Promise<boolean> {
    const failure = await this.parts.checkpointer.pass();
    if (failure !== undefined) this.parts.onFailed(failure);
    return failure === undefined;
  }
}
