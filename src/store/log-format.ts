// Reads the write-ahead log as SQLite does: which of its frames are whole and committed, and what they hold.
//
// The format: sqlite.org/fileformat2.html#walformat. A head of 32 bytes, then frames: a head of 24 bytes and a page. A frame counts
// if it has the salt of the head and its checksum continues that of the frame before; a transaction, if its last frame says so.
import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { LoggedPages } from './logged-pages.ts';

const headBytes = 32;
const frameHeadBytes = 24;
export const saltBytes = 8;
const littleEndian = 0x377f0682;
const bigEndian = 0x377f0683;
const pageSizeInHead = 8;
const saltInHead = 16;
const saltInFrame = 8;
/** Pages of the database after this frame, if it is the last of its transaction; else 0. */
const commitInFrame = 4;
const sumInFrame = 16;
/** What is read at once: at least one frame, with a page of any size. First little: a commit is a few pages. */
const stretchBytes = 128 * 1024;
const firstFrames = 12;

/** How far one generation of the log had come. */
export interface LogMark {
  readonly salt: Buffer;
  /** Up to the last transaction that is whole. */
  readonly frames: number;
  /** The page of the last of them, and its sum. */
  readonly page: number;
  readonly sum: number;
}

export interface LogContents extends LogMark {
  readonly pages: LoggedPages;
}

/** Reads all of it: some 3 ms for a thousand pages. */
export function readLog(fd: number): LogContents {
  const pages = new LoggedPages();
  const reader = new LogReader(fd);
  reader.advance(pages);
  return { ...reader.mark, pages };
}

/** Reads on to the end of what is whole and committed, as often as it is asked. Of another process it knows nothing: nobody else writes. */
export class LogReader {
  private readonly salt = Buffer.alloc(saltBytes);
  private frames = 0;
  private page = 0;
  private sum = 0;
  private readonly fd: number;
  private readonly head = Buffer.alloc(headBytes);
  private readonly stretch = Buffer.alloc(stretchBytes);
  /** Behind the last transaction that is whole. */
  private chain = new Chain(true);

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Where it has come to. A salt of zeros: there is no log that can be read. */
  get mark(): LogMark {
    const { salt, frames, page, sum } = this;
    return { salt: Buffer.from(salt), frames, page, sum };
  }

  /** Answers whether the log has begun anew since it was last asked. `pages` gets what it says of them. */
  advance(pages?: LoggedPages): boolean {
    const { head, salt } = this;
    const isThere = readSync(this.fd, head, 0, headBytes, 0) === headBytes;
    if (isThere && this.frames > 0 && head.compare(salt, 0, saltBytes, saltInHead, saltInHead + saltBytes) === 0) {
      this.readOn(pages);
      return false;
    }
    const before = this.frames;
    this.frames = 0;
    salt.fill(0);
    const magic = isThere ? head.readUInt32BE(0) : 0;
    if (magic !== littleEndian && magic !== bigEndian) return before > 0;
    this.chain = new Chain(magic === littleEndian);
    this.chain.add(head, 0, headBytes - saltBytes);
    if (!this.chain.is(head, headBytes - saltBytes)) return before > 0;
    head.copy(salt, 0, saltInHead, saltInHead + saltBytes);
    this.readOn(pages);
    return before > 0;
  }

  private readOn(pages?: LoggedPages): void {
    const { stretch, salt } = this;
    const stored = this.head.readUInt32BE(pageSizeInHead);
    const pageBytes = stored === 1 ? 65_536 : stored;
    const frameBytes = frameHeadBytes + pageBytes;
    const mostFrames = Math.floor(stretchBytes / frameBytes);
    const chain = this.chain.copy();
    pages?.dropOpen();
    let read = this.frames;
    for (let atOnce = Math.min(firstFrames, mostFrames); ; atOnce = mostFrames) {
      const length = readSync(this.fd, stretch, 0, atOnce * frameBytes, headBytes + read * frameBytes);
      const there = Math.floor(length / frameBytes);
      for (let index = 0; index < there; index += 1) {
        const at = index * frameBytes;
        if (stretch.compare(salt, 0, saltBytes, at + saltInFrame, at + saltInFrame + saltBytes) !== 0) return;
        chain.add(stretch, at, saltBytes);
        chain.add(stretch, at + frameHeadBytes, pageBytes);
        if (!chain.is(stretch, at + sumInFrame)) return;
        read += 1;
        const count = stretch.readUInt32BE(at + commitInFrame);
        const isLast = count !== 0;
        if (pages === undefined && !isLast) continue;
        const page = stretch.readUInt32BE(at);
        const sum = pageSum(stretch.subarray(at + frameHeadBytes, at + frameBytes));
        pages?.add(page, sum);
        if (!isLast) continue;
        Object.assign(this, { page, sum });
        pages?.commit(count);
        this.frames = read;
        this.chain = chain.copy();
      }
      if (there < atOnce) return;
    }
  }
}

/** Never 0: that stands for a page that nobody has summed. */
export function pageSum(page: Uint8Array): number {
  return crc32(page) || 1;
}

/** SQLite's checksum, which goes on from frame to frame. */
class Chain {
  private readonly little: boolean;
  private first = 0;
  private second = 0;

  constructor(little: boolean) {
    this.little = little;
  }

  copy(): Chain {
    const copy = new Chain(this.little);
    copy.first = this.first;
    copy.second = this.second;
    return copy;
  }

  add(bytes: Buffer, start: number, length: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, length);
    let { first, second } = this;
    for (let at = 0; at < length; at += 8) {
      first = (first + view.getUint32(at, this.little) + second) >>> 0;
      second = (second + view.getUint32(at + 4, this.little) + first) >>> 0;
    }
    this.first = first;
    this.second = second;
  }

  is(bytes: Buffer, at: number): boolean {
    return bytes.readUInt32BE(at) === this.first && bytes.readUInt32BE(at + 4) === this.second;
  }
}
