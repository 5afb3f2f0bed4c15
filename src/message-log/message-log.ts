// The log of all messages: takes what happened as it happens, and writes it behind everybody's back.
//
// Boundary. From: the node (node/message-history.ts), which says what became durable. To: log-writer.ts, and whoever waits for new lines.
// 1. Nobody waits for the log, and nothing but the log suffers from its disk.
// 2. Lines stand in the file in the order in which they were noted; where some were dropped, one says how many.
// 3. Memory holds `mostHeldBytes` of what waits, about: beyond that lines are dropped.
import type { Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { within } from '../base/within.ts';
import type { LogLine } from '../contract/log-line.ts';
import { LogWriter, type Ords, type WriterParts } from './log-writer.ts';
import { Tidier } from './tidier.ts';

export interface LogParts extends WriterParts {
  readonly timers: Timers;
  readonly log: Log;
}

/** A line that is made when it is written. */
export interface Noted {
  readonly make: () => LogLine;
  /** What it holds in memory until then, roughly. */
  readonly bytes: number;
}

const mostHeldBytes = 64 * 1024 * 1024;
/** Of what an entry is itself. */
const entryBytes = 256;
/** What happens in such a time is written together. */
const gatherMs = 50;
const chunkChars = 256 * 1024;
const retryLeastMs = 1_000;
const retryMostMs = 30_000;
/** The start of the node waits so long for the file. */
const beginWithinMs = 1_000;
/** The end of the node waits so long for the last lines. */
const closeWithinMs = 2_000;

export class MessageLog {
  readonly writer: LogWriter;
  private readonly parts: LogParts;
  private waiting: Noted[] = [];
  private heldBytes = 0;
  private dropped = 0;
  /** Text that the disk has not taken yet. */
  private chunk = '';
  /** Up to where the lines go when it has. */
  private chunkOrds: Ords = { outbox: 0, inbox: 0 };
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
    const bytes = noted.bytes + entryBytes;
    if (this.closing || this.heldBytes + bytes > mostHeldBytes) {
      this.dropped += 1;
      return;
    }
    if (this.dropped > 0) this.sayDropped();
    this.heldBytes += bytes;
    this.waiting.push({ ...noted, bytes });
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
    if (this.isBehind() || this.dropped > 0) return;
    try {
      await this.writer.write(this.writer.houseLine('closed'));
      await this.writer.close();
    } catch (error) {
      this.parts.log.warn('the log of messages cannot be ended in order', { reason: String(error) });
    }
  }

  private isBehind(): boolean {
    return this.waiting.length > 0 || this.chunk !== '';
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
      if (this.chunk === '') this.fill();
      if (this.chunk === '') return;
      try {
        await this.writer.write(this.chunk);
        this.writer.ords = this.chunkOrds;
        this.chunk = '';
        pauseMs = retryLeastMs;
        if (this.failed) this.recovered();
        this.tell();
      } catch (error) {
        this.fails(error);
        if (this.closing) return;
        await this.pause(pauseMs);
        pauseMs = Math.min(2 * pauseMs, retryMostMs);
        if (this.closing) return;
      }
    }
  }

  /** As many lines as are written at once. */
  private fill(): void {
    if (this.waiting.length === 0 && this.dropped > 0) this.sayDropped();
    let taken = 0;
    const ords = { ...this.writer.ords };
    while (taken < this.waiting.length && this.chunk.length < chunkChars) {
      const next = this.waiting[taken];
      taken += 1;
      if (next === undefined) break;
      this.heldBytes -= next.bytes;
      const line = next.make();
      if (line.what === 'queued') ords.outbox = line.ord ?? ords.outbox;
      if (line.what === 'accepted') ords.inbox = line.ord ?? ords.inbox;
      this.chunk += `${JSON.stringify(line)}\n`;
    }
    this.waiting.splice(0, taken);
    this.chunkOrds = ords;
  }

  private sayDropped(): void {
    const line: LogLine = { at: this.parts.wall(), what: 'dropped', lines: this.dropped };
    this.dropped = 0;
    this.heldBytes += entryBytes;
    this.waiting.push({ make: () => line, bytes: entryBytes });
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
