// Looks at the files of the log once an hour: what is too old goes, and a quiet node's file ends (keep-files.ts).
import type { Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { namesTooOld } from './keep-files.ts';
import type { LogWriter, WriterParts } from './log-writer.ts';

const everyMs = 3_600_000;

export class Tidier {
  private readonly parts: WriterParts & { readonly timers: Timers; readonly log: Log };
  private readonly writer: LogWriter;
  private tooOld: ReadonlySet<string> = new Set();
  private cancel = (): void => undefined;
  private ended = false;

  constructor(parts: WriterParts & { readonly timers: Timers; readonly log: Log }, writer: LogWriter) {
    this.parts = parts;
    this.writer = writer;
  }

  /** `tidy` calls `look` when nothing is being written. */
  begin(tidy: () => Promise<void>): void {
    this.cancel = this.parts.timers.after(everyMs, () => {
      void tidy().finally(() => {
        if (!this.ended) this.begin(tidy);
      });
    });
  }

  end(): void {
    this.ended = true;
    this.cancel();
  }

  /** Does not reject. */
  async look(): Promise<void> {
    const { disk, keep, wall, log } = this.parts;
    try {
      const now = namesTooOld(await disk.list(), { keep, wall: wall() });
      await this.writer.tidy(new Set(now.filter((name) => this.tooOld.has(name))));
      this.tooOld = new Set(now);
    } catch (error) {
      log.warn('old files of the log of messages cannot be removed', { reason: String(error) });
    }
  }
}
