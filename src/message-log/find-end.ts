// Finds where the log ended: what its last lines tell, and whether the life before this one ended in order.
//
// 1. A line that is torn, or that a power cut left as nothing, counts as not written, and what comes after the last whole one is cut off.
import { fileName, presentFile } from './file-name.ts';
import { FileLines, linesOf } from './file-lines.ts';
import { readHouseLine, isHouseLine } from './house-line.ts';
import type { LogDisk, OpenFile } from './log-disk.ts';
import { presentNumber, type Ords } from './log-writer.ts';

export interface LogEnd {
  readonly present: { readonly number: number; readonly wholeBytes: number; readonly begunAt: number };
  /** Up to where the lines go; undefined: there is no log yet. */
  readonly ords: Ords | undefined;
  readonly closed: boolean;
  /** What the last lines tell, as `<what> <id>`, and the wall time of the earliest of them. */
  readonly told: ReadonlySet<string>;
  readonly since: number;
}

/** More lines than are written in the time that a commit of the store takes. */
const lastLines = 10_000;
const tailBytes = 4096;
/** Times are taken before a commit, lines written after it. */
const marginMs = 1_000;

/** As every line of a message begins (node/history-lines.ts). */
const lineStart = /^\{"at":([\d.]+),"what":"(\w+)","id":"(\w+)"(?:,"ord":(\d+))?/;

/** Rejects where the disk cannot be read. */
export async function findEnd(disk: LogDisk): Promise<LogEnd> {
  const number = await presentNumber(disk);
  const names = new Set((await disk.list()).map(({ name }) => name));
  const closed = names.has(presentFile) ? await readClosed(disk) : undefined;
  if (closed !== undefined) return closed;
  const found = new Found();
  if (names.has(fileName(number - 1))) await found.read(disk, fileName(number - 1));
  const wholeBytes = names.has(presentFile) ? await found.read(disk, presentFile) : 0;
  return {
    present: { number, wholeBytes, begunAt: found.begunAt },
    ords: found.ords,
    closed: false,
    told: new Set(found.lines.map(({ told }) => told)),
    since: found.lines.reduce((least, { at }) => Math.min(least, at), found.lines[0]?.at ?? found.begunAt) - marginMs,
  };
}

/** The end of an orderly life is its last line. */
async function readClosed(disk: LogDisk): Promise<LogEnd | undefined> {
  const file = await disk.open(presentFile, 'read');
  try {
    const size = await file.size();
    const tail = Buffer.alloc(Math.min(size, tailBytes));
    await file.read(tail, size - tail.length);
    const line = readHouseLine(linesOf(tail.toString()).at(-1) ?? '');
    if (line?.what !== 'closed' || tail.at(-1) !== 10) return undefined;
    return {
      present: { number: line.file, wholeBytes: size, begunAt: line.at },
      ords: { outbox: line.outbox, inbox: line.inbox },
      closed: true,
      told: new Set(),
      since: line.at,
    };
  } finally {
    await file.close();
  }
}

class Found {
  ords: Ords | undefined;
  begunAt = 0;
  lines: { readonly told: string; readonly at: number }[] = [];

  /** How much of the file is whole lines. */
  async read(disk: LogDisk, name: string): Promise<number> {
    const file: OpenFile = await disk.open(name, 'read');
    try {
      const lines = new FileLines(file);
      for (let text = await lines.next(); text !== undefined; text = await lines.next())
        for (const line of linesOf(text)) this.take(line);
      return lines.end;
    } finally {
      await file.close();
    }
  }

  private take(line: string): void {
    if (isHouseLine(line)) {
      const house = readHouseLine(line);
      if (house === undefined) return;
      this.ords = { outbox: house.outbox, inbox: house.inbox };
      this.begunAt = house.at;
      return;
    }
    const [, at, what = '', id = '', ord] = lineStart.exec(line) ?? [];
    if (at === undefined) return;
    this.lines.push({ told: `${what} ${id}`, at: Number(at) });
    if (this.lines.length > 2 * lastLines) this.lines = this.lines.slice(-lastLines);
    const ords = (this.ords ??= { outbox: 0, inbox: 0 });
    if (what === 'queued' && ord !== undefined) ords.outbox = Number(ord);
    if (what === 'accepted' && ord !== undefined) ords.inbox = Number(ord);
  }
}
