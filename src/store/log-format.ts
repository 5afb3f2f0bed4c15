// Reads the write-ahead log as SQLite does: which of its frames are whole and committed, and what they hold.
//
// The format: sqlite.org/fileformat2.html#walformat. A head of 32 bytes, then frames: a head of 24 bytes and a page. A frame counts
// if it has the salt of the head and its checksum continues that of the frame before; a transaction, if its last frame says so.
import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';

export const headBytes = 32;
export const frameHeadBytes = 24;
export const saltBytes = 8;
const littleEndian = 0x377f0682;
const bigEndian = 0x377f0683;
const pageSizeInHead = 8;
export const saltInHead = 16;
export const saltInFrame = 8;
/** Pages of the database after this frame, if it is the last of its transaction; else 0. */
export const commitInFrame = 4;
const sumInFrame = 16;
const framesAtOnce = 256;

export interface LogContents {
  readonly salt: Buffer;
  /** Up to the last transaction that is whole. */
  readonly frames: number;
  /** The sum of the newest content of every page, by its number, from 1 on. */
  readonly sums: ReadonlyMap<number, number>;
}

export interface LogHead {
  readonly salt: Buffer;
  readonly pageBytes: number;
}

/** Undefined: there is none. */
export function readLogHead(fd: number, into: Buffer = Buffer.allocUnsafe(headBytes)): LogHead | undefined {
  if (readSync(fd, into, 0, headBytes, 0) < headBytes) return undefined;
  const stored = into.readUInt32BE(pageSizeInHead);
  return { salt: into.subarray(saltInHead, saltInHead + saltBytes), pageBytes: stored === 1 ? 65_536 : stored };
}

/** Reads all of it: some 3 ms for a thousand pages. */
export function readLog(fd: number): LogContents {
  const none: LogContents = { salt: Buffer.alloc(saltBytes), frames: 0, sums: new Map() };
  const head = Buffer.alloc(headBytes);
  const found = readLogHead(fd, head);
  const magic = head.readUInt32BE(0);
  if (found === undefined || (magic !== littleEndian && magic !== bigEndian)) return none;
  const chain = new Chain(magic === littleEndian);
  chain.add(head, 0, headBytes - saltBytes);
  if (!chain.is(head, headBytes - saltBytes)) return none;

  const frameBytes = frameHeadBytes + found.pageBytes;
  const buffer = Buffer.allocUnsafe(framesAtOnce * frameBytes);
  const sums = new Map<number, number>();
  let open: [number: number, sum: number][] = [];
  let frames = 0;
  for (let read = 0; ;) {
    const length = readSync(fd, buffer, 0, buffer.length, headBytes + read * frameBytes);
    const count = Math.floor(length / frameBytes);
    for (let index = 0; index < count; index += 1) {
      const at = index * frameBytes;
      chain.add(buffer, at, saltBytes);
      chain.add(buffer, at + frameHeadBytes, found.pageBytes);
      const isWhole = chain.is(buffer, at + sumInFrame) && hasSalt(buffer, at, found.salt);
      if (!isWhole) return { salt: Buffer.from(found.salt), frames, sums };
      open.push([buffer.readUInt32BE(at), pageSum(buffer.subarray(at + frameHeadBytes, at + frameBytes))]);
      read += 1;
      if (buffer.readUInt32BE(at + commitInFrame) === 0) continue;
      for (const [page, sum] of open) sums.set(page, sum);
      open = [];
      frames = read;
    }
    if (count < framesAtOnce) return { salt: Buffer.from(found.salt), frames, sums };
  }
}

export function hasSalt(frames: Buffer, at: number, salt: Uint8Array): boolean {
  return frames.compare(salt, 0, saltBytes, at + saltInFrame, at + saltInFrame + saltBytes) === 0;
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
