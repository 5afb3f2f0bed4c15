// Knows what every page of the database should be, so that what a bad disk has made of it is not taken for what was written.
//
// Job: SQLite keeps sums of the pages in its log and of none in the database, and a log whose end is gone is to it a shorter one. Here
// stands, in `steward.db-sum`, the sum of every page that was moved into the database, and how far the log had been written.
// From: disk.ts and checkpoint-thread.ts. To: the file.
// 1. The sums of what stands in the log are on the disk before any of it is moved (`settle`): whoever moves pages calls it first.
// 2. What is in the log need not be in the database: of those pages only the log counts.
// 3. A place is written by one thread: what is in the log by the main thread, what was settled by the one that moves it.
// 4. Of pages behind the end of the database nothing is known: what a transaction has cut off has no sum before it is moved.
// 5. Where the sums are not there, or not to be trusted, nothing is judged, and they begin anew. When they are given up, that is told.
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { pageSum, saltBytes, type LogContents, type LogMark } from './log-format.ts';
import { reasonOf } from './store-error.ts';

const magic = Buffer.from('steward sums 1\n\0');
const entriesAt = 128;
const entryBytes = 4;
const recordBytes = saltBytes + 16;
/** Where the records stand: how far the log was written, and up to where it was settled. */
const places = { written: magic.length, settled: magic.length + recordBytes } as const;
const pagesAtOnce = 4096;
const noSums = Buffer.alloc(pagesAtOnce * entryBytes);

/** Where the sums of the pages behind so many begin. */
const entryAt = (pages: number): number => entriesAt + pages * entryBytes;

/** A mark that no log has. */
const neverWritten: LogMark = { salt: Buffer.alloc(saltBytes, 0xff), frames: 1, page: 0, sum: 0 };

/** Until the next start damage is not found. */
export type OnForgotten = (why: string) => void;

export class PageSums {
  private readonly fd: number;
  private readonly onForgotten: OnForgotten;
  private readonly record = Buffer.alloc(recordBytes);
  /** Whether they are worth writing. */
  private valid = true;

  constructor(databasePath: string, onForgotten: OnForgotten) {
    this.fd = openSumFile(`${databasePath}-sum`);
    this.onForgotten = onForgotten;
  }

  /** Whether the file holds sums that may be believed. */
  hold(): boolean {
    const found = Buffer.alloc(magic.length);
    return readSync(this.fd, found, 0, found.length, 0) === found.length && found.equals(magic);
  }

  read(place: keyof typeof places): LogMark | undefined {
    const bytes = Buffer.alloc(recordBytes);
    if (readSync(this.fd, bytes, 0, recordBytes, places[place]) < recordBytes) return undefined;
    if (crc32(bytes.subarray(0, recordBytes - 4)) !== bytes.readUInt32LE(recordBytes - 4)) return undefined;
    const [frames, page, sum] = [0, 4, 8].map((at) => bytes.readUInt32LE(saltBytes + at)) as [number, number, number];
    return { salt: Buffer.from(bytes.subarray(0, saltBytes)), frames, page, sum };
  }

  /** Not synced: what a killed process had written stays, and where the power goes an older mark is right, too. */
  markWritten(mark: LogMark): void {
    if (this.valid) this.write('written', mark);
  }

  isSettled(mark: LogMark): boolean {
    const settled = this.read('settled');
    return settled !== undefined && settled.frames >= mark.frames && settled.salt.equals(mark.salt);
  }

  /** Rule 1. What stands in the log is synced already. Throws if neither the sums can be written, nor that there are none. */
  settle(log: LogContents): void {
    if (!this.valid || log.frames === 0 || this.isSettled(log)) return;
    try {
      const { pages } = log;
      this.cutOff(pages.fewest);
      for (const { first, sums } of pages.runs()) this.put(first, sums);
      fdatasyncSync(this.fd);
      this.write('settled', log);
      fdatasyncSync(this.fd);
      // Only zeros are behind it: whether this is on the disk, too, when the power goes is all the same.
      if (this.size() > entryAt(pages.count)) ftruncateSync(this.fd, entryAt(pages.count));
    } catch (error) {
      // A full disk: what is there already can be overwritten. Where it cannot, nothing may be moved, and the caller hears of it.
      this.forget(reasonOf(error));
    }
  }

  /** The numbers of pages that are not what was written, among those that `isInLog` does not name. */
  *differing(database: number, pageBytes: number, isInLog: (page: number) => boolean): Generator<number, void> {
    const pages = Buffer.alloc(pagesAtOnce * pageBytes);
    const sums = Buffer.alloc(pagesAtOnce * entryBytes);
    for (let first = 0; ; first += pagesAtOnce) {
      const known = Math.floor(readSync(this.fd, sums, 0, sums.length, entriesAt + first * entryBytes) / entryBytes);
      const there = Math.floor(readSync(database, pages, 0, pages.length, first * pageBytes) / pageBytes);
      for (let index = 0; index < known; index += 1) {
        const sum = sums.readUInt32LE(index * entryBytes);
        if (sum === 0 || isInLog(first + index + 1)) continue;
        if (index >= there || pageSum(pages.subarray(index * pageBytes, (index + 1) * pageBytes)) !== sum)
          yield first + index + 1;
      }
      if (known < pagesAtOnce) return;
    }
  }

  /** For a database that is not there yet. */
  begin(): void {
    ftruncateSync(this.fd, 0);
    writeAll(this.fd, magic, 0);
    fdatasyncSync(this.fd);
  }

  /** Takes the database as it is. Where there is no room for its sums, there are none. */
  adopt(database: number, how: { readonly pageBytes: number; readonly mayLack: boolean }): void {
    try {
      this.sumAll(database, how.pageBytes);
      // Until the store itself says so, every start finds it again.
      if (how.mayLack) this.write('written', neverWritten);
      fdatasyncSync(this.fd);
      writeAll(this.fd, magic, 0);
      fdatasyncSync(this.fd);
    } catch (error) {
      // Without its mark a loss would be forgotten; and the old sums must be gone.
      if (how.mayLack || this.hold()) throw error;
      this.giveUp(reasonOf(error));
    }
  }

  private sumAll(database: number, pageBytes: number): void {
    ftruncateSync(this.fd, 0);
    const pages = Buffer.alloc(pagesAtOnce * pageBytes);
    for (let first = 0; ; first += pagesAtOnce) {
      const count = Math.floor(readSync(database, pages, 0, pages.length, first * pageBytes) / pageBytes);
      const sumOf = (index: number): number => pageSum(pages.subarray(index * pageBytes, (index + 1) * pageBytes));
      if (count > 0)
        this.put(
          first + 1,
          Uint32Array.from({ length: count }, (_none, index) => sumOf(index)),
        );
      if (count < pagesAtOnce) return;
    }
  }

  /** Somebody else has moved pages, or the sums cannot be written: at the next start they begin anew. */
  forget(why: string): void {
    writeAll(this.fd, Buffer.alloc(magic.length), 0);
    fdatasyncSync(this.fd);
    this.giveUp(why);
  }

  private giveUp(why: string): void {
    if (this.valid) this.onForgotten(why);
    this.valid = false;
  }

  close(): void {
    closeSync(this.fd);
  }

  private write(place: keyof typeof places, { salt, frames, page, sum }: LogMark): void {
    const { record } = this;
    record.set(salt);
    [frames, page, sum].forEach((value, index) => record.writeUInt32LE(value, saltBytes + 4 * index));
    record.writeUInt32LE(crc32(record.subarray(0, recordBytes - 4)), recordBytes - 4);
    writeAll(this.fd, record, places[place]);
  }

  /** Rule 4. */
  private cutOff(pages: number): void {
    const end = this.size();
    for (let at = entryAt(pages); at < end; at += noSums.length)
      writeAll(this.fd, noSums.subarray(0, Math.min(noSums.length, end - at)), at);
  }

  private size(): number {
    return fstatSync(this.fd).size;
  }

  /** Of pages from `first` on. */
  private put(first: number, sums: Uint32Array): void {
    const bytes = Buffer.alloc(sums.length * entryBytes);
    sums.forEach((sum, index) => bytes.writeUInt32LE(sum, index * entryBytes));
    writeAll(this.fd, bytes, entryAt(first - 1));
  }
}

/** Throws also where less was written than was asked. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  const written = writeSync(fd, bytes, 0, bytes.length, position);
  if (written < bytes.length) throw new Error('there is no room for the sums of the store');
}

function openSumFile(path: string): number {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return openSync(path, 'wx+', 0o600);
  }
}
