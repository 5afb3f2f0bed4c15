// The method `tailFile`: brings what is added to a file, as it is added, through rotation and truncation, and goes on where it was when
// either node comes back.
//
// Job: reads one file after the other, and hands over what it finds with how far it has come. From: create-methods.ts. To: `onOutput`, which
// makes both durable together.
//
// 1. What was handed over is not read again, and nothing between is left out: the mark names the file and the byte that comes next.
// 2. A file that was renamed is read to its end, and until it has rested for `restMs`: who wrote to it may do so until it is told.
// 3. A file that is shorter than it was, or has other bytes before the one that comes next, was cut: what its copy has beyond that byte is read, where
//    there is one (`copytruncate`), and then the file from its beginning. Without a copy that is told on standard error.
// 4. What is gone (rotated away and packed or removed while nobody followed) is told on standard error, and the next file is read.
// 5. Nothing is read behind the length that a file has: one of /proc has none, and would be read over and over again, or have the reading thread
//    wait for ever (/proc/kmsg).
// 6. It ends by its time, a cancel, or a file that cannot be read. A stop of its node interrupts it: the next life goes on.
import type { FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock, Timers } from '../../base/clock.ts';
import { fileProblem } from '../../base/file-problem.ts';
import { pause } from '../../base/pause.ts';
import type { Streamed } from '../../model/message.ts';
import {
  partBytes,
  RunStop,
  type OnOutput,
  type OutputPart,
  type RunRequest,
  type RunResult,
  type TailMark,
} from '../run.ts';
import { startSpan } from '../span.ts';
import { longResult, type End } from '../long-result.ts';
import { lastBytes, lastOf } from './last-bytes.ts';
import { bornOf, logNow, openFound, rotated, successor, type LogFile } from './log-files.ts';
import { readTailArgs, type TailWish } from '../../model/tail-args.ts';

export interface TailOptions {
  readonly workFolder: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  readonly onOutput: OnOutput;
}

const lookAgainMs = 200;
const restMs = 1_000;
/** Read at once, and safe with one sync. */
const readBytes = 8 * partBytes;
const nothing = new Uint8Array(0);

interface Opened extends LogFile {
  readonly handle: FileHandle;
}

export async function runTailFile({ message, followed }: RunRequest, options: TailOptions): Promise<RunResult> {
  const span = startSpan(options.clock);
  const wish = readTailArgs(message.args);
  if ('problem' in wish) return longResult({ state: 'failed', reason: wish.problem.message }, { span: span() });
  const timeUp = new AbortController();
  const cancel =
    message.methodTimeoutMs < 0 ? () => undefined : options.timers.after(message.methodTimeoutMs, () => timeUp.abort());
  const tail = new Tail({ ...wish, path: resolve(options.workFolder, wish.path) }, options, timeUp.signal);
  try {
    const end = await tail.follow(followed !== undefined && 'file' in followed ? followed : undefined);
    return longResult(end, { span: span(), streamed: tail.sent, signal: options.signal });
  } catch (error) {
    const reason = fileProblem(error, wish.path) ?? (error instanceof Error ? error.message : String(error));
    return longResult({ state: 'failed', reason }, { span: span(), streamed: tail.sent });
  } finally {
    cancel();
    await tail.close();
  }
}

class Tail {
  sent: Streamed = { parts: 0, stdoutBytes: 0, stderrBytes: 0 };
  private readonly wish: TailWish;
  private readonly options: TailOptions;
  private readonly timeUp: AbortSignal;
  private readonly buffer = Buffer.alloc(readBytes);
  private file: Opened | undefined;
  private at = 0;
  /** The bytes before `at`, at most `lastBytes`. */
  private last: Buffer = Buffer.alloc(0);

  constructor(wish: TailWish, options: TailOptions, timeUp: AbortSignal) {
    this.wish = wish;
    this.options = options;
    this.timeUp = timeUp;
  }

  async close(): Promise<void> {
    await this.file?.handle.close();
    this.file = undefined;
  }

  async follow(mark: TailMark | undefined): Promise<End> {
    if (mark === undefined) await this.begin();
    else await this.goOn(mark);
    while (!this.isOver()) if (!(await this.readOn()) && !(await this.moveOn())) await this.pause();
    const { signal } = this.options;
    if (signal.aborted) return { state: 'failed', reason: (signal.reason as RunStop).reason };
    return { state: 'succeeded', reason: 'followed until its method timeout' };
  }

  private isOver(): boolean {
    return this.options.signal.aborted || this.timeUp.aborted;
  }

  /** Where it begins is durable before anything is waited for: what is added from now on is not missed by a later life. */
  private async begin(): Promise<void> {
    const now = await logNow(this.wish.path);
    if (now === undefined) throw new Error(`there is no file ${this.wish.path}`);
    const opened = await this.open(now);
    if (opened === undefined) return this.begin();
    const { size } = await opened.handle.stat();
    const { from } = this.wish;
    this.at = from === 'end' ? size : from === 'start' ? 0 : Math.min(from, size);
    this.last = await lastOf(opened.handle, this.at);
    await this.hand([]);
  }

  private async goOn({ file, at, last }: TailMark): Promise<void> {
    const files = await this.files();
    const same = files.find(({ identity }) => identity === file);
    if (same !== undefined) {
      if ((await this.open(same)) === undefined) return this.goOn({ file, at, last });
      this.at = at;
      this.last = Buffer.from(last, 'base64');
      return;
    }
    const gone = `steward: what was added to ${this.wish.path} after byte ${at} of a file that is gone is missing: it was rotated away while nobody followed it\n`;
    await this.hand([{ stdout: nothing, stderr: Buffer.from(gone) }]);
    const next = successor({ identity: file, born: bornOf(file) }, files) ?? files[0];
    if (next !== undefined) await this.open(next);
  }

  /** True where there was something. */
  private async readOn(): Promise<boolean> {
    if (this.file === undefined) return false;
    const { size } = await this.file.handle.stat();
    if (size < this.at || !(await this.isSame())) return this.wasCut();
    const wanted = Math.min(readBytes, size - this.at);
    if (wanted === 0) return false;
    const { bytesRead } = await this.file.handle.read(this.buffer, 0, wanted, this.at);
    if (bytesRead === 0) return false;
    const parts: OutputPart[] = [];
    for (let from = 0; from < bytesRead; from += partBytes) {
      const stdout = Buffer.from(this.buffer.subarray(from, Math.min(bytesRead, from + partBytes)));
      parts.push({ stdout, stderr: nothing });
    }
    this.at += bytesRead;
    this.last = Buffer.from(Buffer.concat([this.last, this.buffer.subarray(0, bytesRead)]).subarray(-lastBytes));
    await this.hand(parts);
    return true;
  }

  private async isSame(): Promise<boolean> {
    const { file, at, last } = this;
    return file === undefined || (await lastOf(file.handle, at, last.length)).equals(last);
  }

  /** It goes on in a copy that has what was read, from the byte that comes next; then moveOn leads back to the log. */
  private async wasCut(): Promise<true> {
    const { at, last, file } = this;
    for (const copy of await rotated(this.wish.path)) {
      const opened = copy.identity === file?.identity ? undefined : await openFound(copy);
      try {
        if (opened === undefined || !(await lastOf(opened, at, last.length)).equals(last)) continue;
      } finally {
        await opened?.close();
      }
      if ((await this.open(copy)) === undefined) continue;
      [this.at, this.last] = [at, last];
      await this.hand([]);
      return true;
    }
    [this.at, this.last] = [0, Buffer.alloc(0)];
    const cut = `steward: ${this.wish.path} was cut after byte ${at}, and there is no copy of it: what was added before that and not read is missing\n`;
    await this.hand([{ stdout: nothing, stderr: Buffer.from(cut) }]);
    return true;
  }

  /** To the next file, where this one has been left and has rested. */
  private async moveOn(): Promise<boolean> {
    const { file } = this;
    const now = await logNow(this.wish.path);
    if (file === undefined) {
      return now !== undefined && (await this.open(now)) !== undefined;
    }
    if (now === undefined || now.identity === file.identity) return false;
    const { mtimeMs, size } = await file.handle.stat();
    if (size !== this.at || this.options.clock.wall() - mtimeMs < restMs) return false;
    if ((await this.open(successor(file, await this.files()) ?? now)) === undefined) return false;
    await this.hand([]);
    return true;
  }

  private async files(): Promise<readonly LogFile[]> {
    const now = await logNow(this.wish.path);
    return [...(now === undefined ? [] : [now]), ...(await rotated(this.wish.path))];
  }

  /** From its beginning. Undefined where it was rotated since it was found: what has its name now is another file, or none. */
  private async open(found: LogFile): Promise<Opened | undefined> {
    const handle = await openFound(found);
    if (handle === undefined) return undefined;
    await this.close();
    this.file = { ...found, handle };
    [this.at, this.last] = [0, Buffer.alloc(0)];
    return this.file;
  }

  /** Both are safe when it resolves. */
  private async hand(parts: readonly OutputPart[]): Promise<void> {
    const { file, at } = this;
    const last = this.last.toString('base64');
    let pace = await this.options.onOutput(parts, file === undefined ? undefined : { file: file.identity, at, last });
    for (const { stdout, stderr } of parts)
      this.sent = {
        parts: this.sent.parts + 1,
        stdoutBytes: this.sent.stdoutBytes + stdout.length,
        stderrBytes: this.sent.stderrBytes + stderr.length,
      };
    while (pace === 'full' && !this.isOver()) {
      await this.pause();
      pace = await this.options.onOutput([]);
    }
  }

  private pause(): Promise<void> {
    return pause(this.options.timers, lookAgainMs, this.options.signal, this.timeUp);
  }
}
