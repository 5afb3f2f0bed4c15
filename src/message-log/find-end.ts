// Finds where the log ended: what its last lines tell, and whether the life before this one ended in order.
//
// 1. A line that is torn, or that a power cut left as nothing, counts as not written, and what comes after the last whole one is cut off.
// 2. From `since` on `told` is complete, so that nothing is made up for that stands there; where that cannot be, `since` is later.
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
/** Times are taken before a commit, lines written after it; and what was lost, or cleared, with many others is looked up before it is. */
const marginMs = 60_000;
/** Where so much has been read, no further file is. */
const mostBytes = 32 * 1024 * 1024;

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
  let bytes = present.wholeBytes;
  let older = number - 1;
  while (names.has(fileName(older)) && bytes < mostBytes && mayTellMore(files)) {
    const file = await readFile(disk, fileName(older));
    files.push(file);
    bytes += file.wholeBytes;
    older -= 1;
  }
  // What was not read may tell of the time before, and is not made up for: better that a line is missing than that thousands stand there twice.
  const isCut = names.has(fileName(older)) && mayTellMore(files);
  const since = isCut ? Math.max(sinceOf(files), files.at(-1)?.firstAt ?? 0) : sinceOf(files);
  const told = new Set<string>();
  for (const { keys, times } of files)
    keys.forEach((key, index) => {
      if ((times[index] ?? 0) >= since || key.startsWith('running ')) told.add(key);
    });
  return {
    present: { number, wholeBytes: present.wholeBytes, begunAt: newest(files, ({ begunAt }) => begunAt) ?? 0 },
    ords: ordsOf(files),
    closed: false,
    since,
    told,
  };
}

/** Where a file began before that time, those before it tell of nothing that came later. */
function mayTellMore(files: readonly FileEnd[]): boolean {
  const isKnown =
    newest(files, ({ outbox }) => outbox) !== undefined && newest(files, ({ inbox }) => inbox) !== undefined;
  return !isKnown || (files.at(-1)?.firstAt ?? Infinity) >= sinceOf(files);
}

function sinceOf(files: readonly FileEnd[]): number {
  return (newest(files, ({ lastAt }) => lastAt) ?? files.at(-1)?.firstAt ?? 0) - marginMs;
}

function ordsOf(files: readonly FileEnd[]): Ords | undefined {
  const outbox = newest(files, (file) => file.outbox);
  const inbox = newest(files, (file) => file.inbox);
  return outbox === undefined && inbox === undefined ? undefined : { outbox: outbox ?? 0, inbox: inbox ?? 0 };
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
  outbox?: number;
  inbox?: number;
  /** Wall times of this node: of the first line, of the last house line, of the last line that tells of what had just happened here. */
  firstAt?: number;
  begunAt?: number;
  lastAt?: number;
  /** What the lines tell, as `<what> <id>`, and when it was. */
  readonly keys: string[];
  readonly times: number[];
}

const nothing: FileEnd = { wholeBytes: 0, keys: [], times: [] };

async function readFile(disk: LogDisk, name: string): Promise<FileEnd> {
  const file: OpenFile = await disk.open(name, 'read');
  const end: FileEnd = { wholeBytes: 0, keys: [], times: [] };
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
    end.outbox = house.outbox;
    end.inbox = house.inbox;
    end.begunAt = house.at;
    end.firstAt ??= house.at;
    return;
  }
  const [, time, what = '', id = '', ord] = lineStart.exec(line) ?? [];
  if (time === undefined) return;
  const at = Number(time);
  // `running` has the time of its receiver, and what was made up had happened long before.
  if (what !== 'running' && !line.endsWith(madeUpEnd)) {
    end.firstAt ??= at;
    end.lastAt = at;
  }
  // A copy: a part of a text keeps all of it in memory.
  end.keys.push(Buffer.from(`${what} ${id}`, 'latin1').toString('latin1'));
  end.times.push(at);
  if (what === 'queued' && ord !== undefined) end.outbox = Number(ord);
  if (what === 'accepted' && ord !== undefined) end.inbox = Number(ord);
}
