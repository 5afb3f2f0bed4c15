// Reads the log from its oldest line on, while it is written: all of it, or what is asked for, and on request what comes.
//
// 1. Memory holds a piece of a file and a line (file-lines.ts), however long the log is, and whoever reads sets the pace.
// 2. Every line is told once, in the order of the log: a file that is renamed meanwhile is read to its end, and then the next one. One that
//    is removed before its turn comes is left out.
import type { Timers } from '../base/clock.ts';
import { within } from '../base/within.ts';
import type { LogLine } from '../contract/log-line.ts';
import { fileName, numberOf, presentFile } from './file-name.ts';
import { FileLines, linesOf } from './file-lines.ts';
import { isHouseLine } from './house-line.ts';
import type { LogDisk, OpenFile } from './log-disk.ts';
import type { MessageLog } from './message-log.ts';

export interface LogQuestion {
  /** Wall time in ms. */
  readonly since?: number;
  /** As sender or receiver. */
  readonly node?: string;
  /** Of a message, or of a submission, of which those who queued it tell. */
  readonly id?: string;
  readonly follow: boolean;
}

export interface LogReading {
  readonly disk: LogDisk;
  readonly log: MessageLog;
  readonly timers: Timers;
  readonly signal: AbortSignal;
}

/** Nothing for so long is told, too, to those who follow. */
const silenceMs = 15_000;
/** So long may what was just noted take to its file before it is read without it. */
const flushWithinMs = 1_000;

/** Lines as they stand in the log; none of them now and then. Throws what the disk says. */
export async function* readLog(reading: LogReading, question: LogQuestion): AsyncGenerator<readonly string[]> {
  const { log, signal } = reading;
  await within(reading.timers, flushWithinMs, log.flush());
  let number = await firstNumber(reading, question);
  while (!signal.aborted) {
    const file = await openNumber(reading, number);
    if (file !== undefined) {
      try {
        yield* linesOfFile(reading, { question, file, number });
      } finally {
        await file.close();
      }
    }
    if (number < log.writer.number) number = await nextNumber(reading, number);
    else if (!question.follow || !log.isOpen) return;
    else yield* silence(await change(reading));
  }
}

/** To its end: that is where a later file is written, or nobody follows. */
async function* linesOfFile(
  reading: LogReading,
  of: { readonly question: LogQuestion; readonly file: OpenFile; readonly number: number },
): AsyncGenerator<readonly string[]> {
  const { question, number } = of;
  const { log, signal } = reading;
  const lines = new FileLines(of.file);
  while (!signal.aborted) {
    const done = number < log.writer.number || !log.isOpen;
    const text = await lines.next(question.id);
    if (text !== undefined) {
      const found = linesOf(text).filter((line) => isAsked(line, question));
      if (found.length > 0) yield found;
    } else if (done || !question.follow) return;
    else yield* silence(await change(reading));
  }
}

function isAsked(text: string, { since, node, id }: LogQuestion): boolean {
  if (isHouseLine(text)) return false;
  const line = parse(text);
  if (line === undefined || (since !== undefined && line.at < since)) return false;
  if (line.what === 'dropped') return node === undefined && id === undefined;
  return (
    (node === undefined || line.from === node || line.to === node) &&
    (id === undefined || line.id === id || line.submission === id)
  );
}

/** Undefined of a line that a power cut left as something else. */
function parse(text: string): LogLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null && 'at' in line ? (line as LogLine) : undefined;
  } catch {
    return undefined;
  }
}

/** Files whose last line is older are not opened. */
async function firstNumber({ disk, log }: LogReading, { since = 0 }: LogQuestion): Promise<number> {
  const done = (await disk.list()).filter(({ changedAt }) => changedAt >= since);
  return Math.min(log.writer.number, ...done.flatMap(({ name }) => numberOf(name) ?? []));
}

async function nextNumber({ disk, log }: LogReading, after: number): Promise<number> {
  const numbers = (await disk.list()).flatMap(({ name }) => numberOf(name) ?? []);
  return Math.min(log.writer.number, ...numbers.filter((number) => number > after));
}

/** Undefined where there is no such file, or not yet. It may be renamed while it is being opened. */
async function openNumber({ disk, log }: LogReading, number: number): Promise<OpenFile | undefined> {
  for (;;) {
    const isPresent = number === log.writer.number;
    const file = await openOrNothing(disk, isPresent ? presentFile : fileName(number));
    if (!isPresent || number === log.writer.number) return file;
    await file?.close();
  }
}

async function openOrNothing(disk: LogDisk, name: string): Promise<OpenFile | undefined> {
  try {
    return await disk.open(name, 'read');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function* silence(what: 'change' | 'silence'): Generator<readonly string[]> {
  if (what === 'silence') yield [];
}

function change({ log, timers, signal }: LogReading): Promise<'change' | 'silence'> {
  return new Promise((resolve) => {
    const finish = (what: 'change' | 'silence'): void => {
      cancel();
      unwatch();
      signal.removeEventListener('abort', onChange);
      resolve(what);
    };
    const onChange = (): void => finish('change');
    const cancel = timers.after(silenceMs, () => finish('silence'));
    const unwatch = log.watch(onChange);
    signal.addEventListener('abort', onChange);
    if (signal.aborted) onChange();
  });
}
