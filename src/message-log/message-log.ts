// The log of all messages: takes what happened as it happens, and writes it behind everybody's back.
//
// Boundary. From: the node (node/message-history.ts), which says what became durable. To: log-writer.ts, and whoever waits for new lines.
// 1. Nobody waits for the log, and nothing but the log suffers from its disk.
// 2. Lines stand in the file in the order in which they were noted; where some were dropped, one says how many.
// 3. Memory is bounded (held-lines.ts): beyond that lines are dropped.
import type { Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { within } from '../base/within.ts';
import { HeldLines, type Noted } from './held-lines.ts';
import { LogWriter, type Ords, type WriterParts } from './log-writer.ts';
import { Tidier } from './tidier.ts';

export interface LogParts extends WriterParts {
  readonly timers: Timers;
  readonly log: Log;
}

/** What happens in such a time is written together. */
const gatherMs = 50;
/** A write that takes longer is a disk that does not answer. */
const hangsAfterMs = 5_000;
const retryLeastMs = 1_000;
const retryMostMs = 30_000;
/** The start of the node waits so long for the file. */
const beginWithinMs = 1_000;
/** The end of the node waits so long for the last lines. */
const closeWithinMs = 2_000;

export class MessageLog {
  readonly writer: LogWriter;
  private readonly parts: LogParts;
  private readonly held: HeldLines;
  /** What the disk has not taken yet. */
  private chunk: { readonly text: string; readonly ords: Ords } | undefined;
  private working: Promise<void> | undefined;
  private cancelGather: (() => void) | undefined;
  private readonly tidier: Tidier;
  private retryNow = (): void => undefined;
  private begun = false;
  private closing = false;
  private failed = false;
  private readonly watchers = new Set<() => void>();

  constructor(parts: LogParts) {
    this.parts = parts;
    this.writer = new LogWriter(parts);
    this.held = new HeldLines(parts.wall);
    this.tidier = new Tidier(parts, this.writer);
  }

  /** From now on lines are written. What is noted before waits. Resolves when the file has its first line, or cannot have it for now. */
  async begin(): Promise<void> {
    this.working = this.writer
      .begin()
      .catch((error: unknown) => this.fails(error))
      .finally(() => {
        this.working = undefined;
        this.wake();
      });
    await within(this.parts.timers, beginWithinMs, this.working);
    this.begun = true;
    this.tidier.begin(() => this.tidy());
    this.wake();
  }

  note(noted: Noted): void {
    if (this.closing) return this.held.drop();
    this.held.note(noted, this.failed);
    this.cancelGather ??= this.parts.timers.after(gatherMs, () => {
      this.cancelGather = undefined;
      this.wake();
    });
  }

  /** Resolves when what was noted so far is in the file, or cannot be for now. */
  async flush(): Promise<void> {
    while (this.begun && !this.failed && this.isBehind()) {
      const written = this.onceWritten();
      this.wake();
      await written;
    }
  }

  /** Calls back after every write, and when the log ends; the answer ends it. */
  watch(listener: () => void): () => void {
    this.watchers.add(listener);
    return () => this.watchers.delete(listener);
  }

  /** Whether a file that is at its end now may still get lines. */
  get isOpen(): boolean {
    return !this.closing;
  }

  /** Writes what waits and says that this life ended in order, if the disk lets it. */
  async close(): Promise<void> {
    this.tidier.end();
    this.cancelGather?.();
    // A node that did not come so far has no part in the file: another one may be writing it.
    if (!this.begun) return;
    await within(this.parts.timers, closeWithinMs, this.finish());
    this.closing = true;
    this.retryNow();
    this.tell();
  }

  private async finish(): Promise<void> {
    await this.flush();
    this.closing = true;
    await this.working;
    if (this.isBehind()) return;
    try {
      await this.writer.write(this.writer.houseLine('closed'));
      await this.writer.close();
    } catch (error) {
      this.parts.log.warn('the log of messages cannot be ended in order', { reason: String(error) });
    }
  }

  private isBehind(): boolean {
    return this.chunk !== undefined || !this.held.isEmpty;
  }

  private wake(): void {
    if (this.working !== undefined || !this.begun) return;
    this.working = this.work().finally(() => {
      this.working = undefined;
      this.tell();
    });
  }

  /** Ends when there is nothing to write. */
  private async work(): Promise<void> {
    let pauseMs = retryLeastMs;
    for (;;) {
      this.chunk ??= this.held.take(this.writer.ords);
      if (this.chunk.text === '') {
        this.chunk = undefined;
        return;
      }
      const cancel = this.parts.timers.after(hangsAfterMs, () => this.fails(new Error('the disk does not answer')));
      try {
        await this.writer.write(this.chunk.text);
        this.writer.ords = this.chunk.ords;
        this.chunk = undefined;
        pauseMs = retryLeastMs;
        if (this.failed) this.recovered();
        cancel();
        this.tell();
      } catch (error) {
        cancel();
        this.fails(error);
        if (this.closing) return;
        await this.pause(pauseMs);
        pauseMs = Math.min(2 * pauseMs, retryMostMs);
        if (this.closing) return;
      }
    }
  }

  private fails(error: unknown): void {
    if (!this.failed)
      this.parts.log.warn(
        'the log of messages cannot be written: its lines wait, and are dropped when they are too many',
        {
          reason: error instanceof Error ? error.message : String(error),
        },
      );
    this.failed = true;
    this.tell();
  }

  private recovered(): void {
    this.failed = false;
    this.parts.log.info('the log of messages can be written again');
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.parts.timers.after(ms, resolve);
      this.retryNow = () => {
        cancel();
        resolve();
      };
    });
  }

  private onceWritten(): Promise<void> {
    return new Promise((resolve) => {
      const end = this.watch(() => {
        end();
        resolve();
      });
    });
  }

  private tell(): void {
    for (const listener of this.watchers) listener();
  }

  /** Between two writes: a file is not renamed while it is written. */
  private async tidy(): Promise<void> {
    await this.working;
    if (this.closing || this.working !== undefined) return;
    this.working = this.tidier.look().finally(() => {
      this.working = undefined;
      if (this.isBehind()) this.wake();
    });
    await this.working;
  }
}
