// Writes pieces at their offsets, durably, so that doing it again changes nothing.
import { elsewhere, type OpenedFile } from './file-calls.ts';
import type { OpenFile } from './open-inside.ts';
import type { Target } from './resolve-target.ts';
import { syncFoldersOf } from './sync-folders.ts';

export interface Piece {
  /** Where it begins, in bytes. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Bytes that may be written on the spot: more take a disk's time, however quick it is. */
const mostOnTheSpot = 64 * 1024;

/**
 * Writes all pieces, in ascending order of offset, with one sync at the end; the file exists afterwards even if they are empty.
 * Bytes are put where they belong and nothing is cut off behind them: a second run writes the same bytes to the same place,
 * and what was appended in the meantime stays. A file that has become shorter than an offset (rotated, or emptied
 * by its owner) is appended to at its end, so that no hole of zeros arises.
 * If it fails, what it added is taken away again, as far as the disk lets it.
 */
export async function writeAt(
  target: Target,
  { pieces, open }: { readonly pieces: readonly Piece[]; readonly open: OpenFile },
): Promise<void> {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
  const handle = await open(target.path, bytes <= mostOnTheSpot ? target.calls : elsewhere);
  try {
    const before = (await handle.stat()).size;
    await writePieces(handle, { before, pieces }).catch(async (error: unknown) => {
      await takeBack(handle, before);
      throw error;
    });
    // New, or left new by a run that died before this line.
    if (before === 0) await syncFoldersOf(target);
  } finally {
    await handle.close();
  }
}

async function writePieces(
  handle: OpenedFile,
  { before, pieces }: { readonly before: number; readonly pieces: readonly Piece[] },
): Promise<void> {
  let size = before;
  for (const { offset, bytes } of joinNeighbours(pieces)) {
    const start = Math.min(offset, size);
    await writeAll(handle, { offset: start, bytes });
    size = Math.max(size, start + bytes.length);
  }
  await handle.datasync();
}

/** One write for what lies side by side. */
export function joinNeighbours(pieces: readonly Piece[]): readonly Piece[] {
  const joined: { readonly offset: number; length: number; readonly parts: Uint8Array[] }[] = [];
  for (const { offset, bytes } of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && last.offset + last.length === offset) {
      last.parts.push(bytes);
      last.length += bytes.length;
    } else joined.push({ offset, length: bytes.length, parts: [bytes] });
  }
  return joined.map(({ offset, parts }) => ({
    offset,
    bytes: parts.length === 1 ? (parts[0] ?? empty) : Buffer.concat(parts),
  }));
}

const empty = new Uint8Array(0);

/** A write may take fewer bytes than it was given. */
export async function writeAll(handle: OpenedFile, { offset, bytes }: Piece): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

async function takeBack(handle: OpenedFile, size: number): Promise<void> {
  try {
    if ((await handle.stat()).size > size) await handle.truncate(size);
  } catch {
    // The first error is the one that counts; the next run writes to the same place.
  }
}
