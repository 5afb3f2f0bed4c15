// The file that is written: whole lines, one behind the other, and a new file when it is long enough.
//
// Boundary. From: message-log.ts, one call at a time. To: the disk.
// 1. Where a write fails, what it may have left is cut off before the next one: a line is whole, or not there.
// 2. A file that is done is synced before it gets its number. Nothing else is: what a power cut takes is made up for at the start.
import { fileName, numberOf, presentFile } from './file-name.ts';
import type { HouseLine } from './house-line.ts';
import { removeOld, type Keep } from './keep-files.ts';
import type { LogDisk, OpenFile } from './log-disk.ts';

export interface WriterParts {
  readonly disk: LogDisk;
  readonly node: string;
  readonly wall: () => number;
  readonly keep: Keep;
}

/** Up to where in outbox and inbox the lines go. */
export interface Ords {
  outbox: number;
  inbox: number;
}

export class LogWriter {
  /** Of the file that is written now; 0: not known yet. */
  number = 0;
  ords: Ords = { outbox: 0, inbox: 0 };
  private readonly parts: WriterParts;
  private file: OpenFile | undefined;
  private size = 0;
  private begunAt = 0;
  /** The file may hold more than `size`. */
  private torn = false;
  /** The last line says that a life has ended in order, which is not so any more. */
  private isClosed = false;

  constructor(parts: WriterParts) {
    this.parts = parts;
  }

  get fileBytes(): number {
    return this.parts.keep.fileBytes;
  }

  /** Goes on behind the whole lines of the file that is there, `wholeBytes` long, which began at that wall time; or begins a new one. */
  take(
    present: { readonly number: number; readonly wholeBytes: number; readonly begunAt: number },
    isClosed: boolean,
  ): void {
    this.isClosed = isClosed;
    this.number = present.number;
    this.size = present.wholeBytes;
    this.begunAt = present.begunAt;
    this.torn = true;
  }

  /**
   * The first line of a new log says from where on it tells: a life that is killed at once has one, too. So does one behind the end of an orderly life,
   * synced: a power cut before the next line must not leave that end there. Rejects as `write` does.
   */
  async begin(): Promise<void> {
    const file = await this.headed();
    if (!this.isClosed) return;
    await this.append(file, Buffer.from(this.houseLine('begun')));
    await file.sync();
    this.isClosed = false;
  }

  /** Rejects where the disk does not take it; nothing of it is there then, and it may be tried again. */
  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    if (this.size > 0 && this.size + bytes.length > this.fileBytes) await this.next();
    await this.append(await this.headed(), bytes);
  }

  private async headed(): Promise<OpenFile> {
    const file = await this.open();
    if (this.size === 0) await this.append(file, Buffer.from(this.houseLine('begun')));
    return file;
  }

  /** The log of an orderly life ends so. */
  houseLine(what: HouseLine['what']): string {
    const line: HouseLine = { what, at: this.parts.wall(), node: this.parts.node, file: this.number, ...this.ords };
    return `${JSON.stringify(line)}\n`;
  }

  /** To be called now and then: a quiet node's file ends by age, and what is too old goes. */
  async tidy(tooOld: ReadonlySet<string>): Promise<void> {
    const { keep, wall, disk } = this.parts;
    if (this.size > 0 && wall() - this.begunAt > keep.ageMs / 8) await this.next();
    await removeOld(disk, keep, tooOld);
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }

  private async open(): Promise<OpenFile> {
    this.file ??= await this.parts.disk.open(presentFile, 'write');
    if (this.number === 0) await this.find(this.file);
    if (this.torn) await this.file.truncate(this.size);
    this.torn = false;
    return this.file;
  }

  /** What was there could not be read at the start: it goes on behind it, whatever it is. */
  private async find(file: OpenFile): Promise<void> {
    this.size = await file.size();
    this.begunAt = this.parts.wall();
    this.number = await presentNumber(this.parts.disk);
    if (this.size > 0) await this.append(file, Buffer.from('\n'));
  }

  private async append(file: OpenFile, bytes: Uint8Array): Promise<void> {
    if (this.size === 0) this.begunAt = this.parts.wall();
    this.torn = true;
    await file.append(bytes);
    this.torn = false;
    this.size += bytes.length;
  }

  private async next(): Promise<void> {
    const { disk, keep } = this.parts;
    await (await this.open()).sync();
    await this.close();
    await disk.rename(presentFile, fileName(this.number));
    this.number += 1;
    this.size = 0;
    await removeOld(disk, keep, new Set());
  }
}

/** The number that the file which is written now has; those before it have theirs in their names. */
export async function presentNumber(disk: LogDisk): Promise<number> {
  const numbers = (await disk.list()).flatMap(({ name }) => numberOf(name) ?? []);
  return Math.max(0, ...numbers) + 1;
}
