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
  /** What was not written happened at this wall time or later; and all of that which the log tells, as `<what> <id>`. */
  readonly since: number;
  readonly told: ReadonlySet<string>;
}

const tailBytes = 4096;
/** Times are taken before a commit, lines written after it; and what was lost with a lane is looked for before it is. */
const marginMs = 10_000;

/** As every line that is made up ends (node/message-history.ts). */
const madeUpEnd = ',"madeUp":true}';
/** As every line of a message begins (node/history-lines.ts). */
const lineStart = /^\{"at":([\d.]+),"what":"(\w+)","id":"(\w+)"(?:,"ord":(\d+))?/;

/** Rejects where the disk cannot be read. */
export async function findEnd(disk: LogDisk): Promise<LogEnd> {
  const number = await presentNumber(disk);
  const names = new Set((await disk.list()).map(({ name }) => name));
  const closed = names.has(presentFile) ? await readClosed(disk) : undefined;
  if (closed !== undefined) return closed;
  const present = names.has(presentFile) ? await readFile(disk, presentFile) : nothing;
  const files = [present];
  // Where a file began before that time, those before it tell of nothing that came later.
  const mayTellMore = (): boolean => (files.at(-1)?.firstAt ?? Infinity) >= sinceOf(files);
  for (let older = number - 1; names.has(fileName(older)) && mayTellMore(); older -= 1)
    files.push(await readFile(disk, fileName(older)));
  const since = sinceOf(files);
  const told = files.flatMap(({ lines }) => lines.filter(({ at, what }) => at >= since || what === 'running'));
  return {
    present: { number, wholeBytes: present.wholeBytes, begunAt: newest(files, ({ begunAt }) => begunAt) ?? 0 },
    ords: newest(files, ({ ords }) => ords),
    closed: false,
    since,
    told: new Set(told.map(({ what, id }) => `${what} ${id}`)),
  };
}

/** Lines that were made up tell of what had happened long before. */
function sinceOf(files: readonly FileEnd[]): number {
  return (newest(files, ({ lastAt }) => lastAt) ?? newest(files, ({ begunAt }) => begunAt) ?? 0) - marginMs;
}

/** `files`: the newest first. */
function newest<T>(files: readonly FileEnd[], of: (file: FileEnd) => T | undefined): T | undefined {
  for (const file of files) {
    const found = of(file);
    if (found !== undefined) return found;
  }
  return undefined;
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

interface FileEnd {
  /** How much of it is whole lines. */
  wholeBytes: number;
  /** Up to where the lines go. */
  ords?: Ords;
  /** Wall times: of its first line, of its last house line, of its last line that was not made up. */
  firstAt?: number;
  begunAt?: number;
  lastAt?: number;
  readonly lines: { readonly at: number; readonly what: string; readonly id: string }[];
}

const nothing: FileEnd = { wholeBytes: 0, lines: [] };

async function readFile(disk: LogDisk, name: string): Promise<FileEnd> {
  const file: OpenFile = await disk.open(name, 'read');
  const end: FileEnd = { wholeBytes: 0, lines: [] };
  try {
    const lines = new FileLines(file);
    for (let text = await lines.next(); text !== undefined; text = await lines.next())
      for (const line of linesOf(text)) take(end, line);
    end.wholeBytes = lines.end;
    return end;
  } finally {
    await file.close();
  }
}

function take(end: FileEnd, line: string): void {
  if (isHouseLine(line)) {
    const house = readHouseLine(line);
    if (house === undefined) return;
    end.ords = { outbox: house.outbox, inbox: house.inbox };
    end.begunAt = house.at;
    end.firstAt ??= house.at;
    return;
  }
  const [, time, what = '', id = '', ord] = lineStart.exec(line) ?? [];
  if (time === undefined) return;
  const at = Number(time);
  end.firstAt ??= at;
  if (!line.endsWith(madeUpEnd)) end.lastAt = at;
  end.lines.push({ at, what, id });
  const ords = (end.ords ??= { outbox: 0, inbox: 0 });
  if (what === 'queued' && ord !== undefined) ords.outbox = Number(ord);
  if (what === 'accepted' && ord !== undefined) ords.inbox = Number(ord);
}
