// Lines that wait to be written, in order, and the count of those that there was no room for.
//
// 1. What is held is bounded, about, by the bytes that are given with each line.
// 2. Where lines were dropped, one in their place says how many, and comes before what is noted later.
import type { LogLine } from '../contract/log-line.ts';
import type { Ords } from './log-writer.ts';

/** A line that is made when it is written. */
export interface Noted {
  readonly make: () => LogLine;
  /** What it holds in memory until then, beside itself, roughly. */
  readonly bytes: number;
}

const mostHeldBytes = 64 * 1024 * 1024;
/** As long as the disk takes nothing. */
const mostHeldStuckBytes = 8 * 1024 * 1024;
/** Of what an entry is itself. */
const entryBytes = 256;
const chunkChars = 256 * 1024;

export class HeldLines {
  private readonly wall: () => number;
  private lines: Noted[] = [];
  private bytes = 0;
  private dropped = 0;

  constructor(wall: () => number) {
    this.wall = wall;
  }

  get isEmpty(): boolean {
    return this.lines.length === 0 && this.dropped === 0;
  }

  note(noted: Noted, stuck: boolean): void {
    const bytes = noted.bytes + entryBytes;
    if (this.bytes + bytes > (stuck ? mostHeldStuckBytes : mostHeldBytes)) return this.drop();
    if (this.dropped > 0) this.sayDropped();
    this.bytes += bytes;
    this.lines.push({ ...noted, bytes });
  }

  drop(): void {
    this.dropped += 1;
  }

  /** As many as are written at once, and up to where they go; no text where nothing waits. */
  take(from: Ords): { readonly text: string; readonly ords: Ords } {
    if (this.lines.length === 0 && this.dropped > 0) this.sayDropped();
    const ords = { ...from };
    let text = '';
    let taken = 0;
    for (const next of this.lines) {
      if (text.length >= chunkChars) break;
      taken += 1;
      this.bytes -= next.bytes;
      const line = this.made(next);
      if (line === undefined) continue;
      if (line.what === 'queued') ords.outbox = line.ord ?? ords.outbox;
      if (line.what === 'accepted') ords.inbox = line.ord ?? ords.inbox;
      text += `${JSON.stringify(line)}\n`;
    }
    this.lines.splice(0, taken);
    return { text, ords };
  }

  /** A line that cannot be made is a mistake of this program: it costs the line, and no other. */
  private made(noted: Noted): LogLine | undefined {
    try {
      return noted.make();
    } catch {
      this.drop();
      return undefined;
    }
  }

  private sayDropped(): void {
    const line: LogLine = { at: this.wall(), what: 'dropped', lines: this.dropped };
    this.dropped = 0;
    this.bytes += entryBytes;
    this.lines.push({ make: () => line, bytes: entryBytes });
  }
}
