// A file as it is sent: what it is, and its pieces, as long as it stays what it was.
//
// 1. What is only added to it meanwhile does not count: a log is copied up to where it ended when it was read.
// 2. Whatever is not seen here the sum shows at the other end, before the file has its name.
import { constants, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { FileEntry } from './copy-words.ts';
import { hashFile } from './hash-file.ts';
import { nameOf, type Owners } from './owners.ts';

type Identity = Pick<Stats, 'dev' | 'ino' | 'size' | 'mtimeMs'>;

/** One that was read to its sum. */
export interface SourceFile {
  readonly entry: FileEntry;
  /** Where it lies. */
  readonly at: string;
  readonly identity: Identity;
}

/** Undefined where the signal came first. Throws what keeps it from being read. */
export async function readSourceFile(
  of: { readonly at: string; readonly path: string },
  { owners, signal }: { readonly owners: Owners; readonly signal: AbortSignal },
): Promise<SourceFile | undefined> {
  const handle = await openSource(of.at);
  try {
    const found = await handle.stat();
    if (found.size === 0) await refuseUnknownLength(handle, of.at);
    const sum = await hashFile(handle, { size: found.size, signal });
    if (sum === undefined) return undefined;
    const [user, group] = [nameOf(owners.users, found.uid), nameOf(owners.groups, found.gid)];
    const entry: FileEntry = {
      kind: 'file',
      path: of.path,
      size: found.size,
      sum,
      mode: found.mode & 0o7777,
      modified: found.mtimeMs,
      ...(user === undefined ? {} : { user }),
      ...(group === undefined ? {} : { group }),
    };
    const { dev, ino, size, mtimeMs } = found;
    return { entry, at: of.at, identity: { dev, ino, size, mtimeMs } };
  } finally {
    await handle.close();
  }
}

/** What the system makes up while it is read, as in /proc, has no length: it would be copied empty. */
async function refuseUnknownLength(handle: FileHandle, at: string): Promise<void> {
  const { bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, 0);
  if (bytesRead > 0 && (await handle.stat()).size === 0)
    throw new Error(`how long ${at} is nobody knows before it is read: have a command print it`);
}

export async function openSource(at: string): Promise<FileHandle> {
  const handle = await open(at, constants.O_RDONLY | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error(`${at} is no regular file any more`);
}

/** Undefined where it is not what it was any more. */
export async function readPiece(
  handle: FileHandle,
  of: { readonly file: SourceFile; readonly from: number; readonly bytes: number },
): Promise<Uint8Array | undefined> {
  const { file, from, bytes } = of;
  const piece = Buffer.alloc(bytes);
  for (let done = 0; done < bytes;) {
    const { bytesRead } = await handle.read(piece, done, bytes - done, from + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return isStill(file.identity, await handle.stat()) ? piece : undefined;
}

function isStill(before: Identity, now: Identity): boolean {
  if (now.dev !== before.dev || now.ino !== before.ino) return false;
  return now.size === before.size ? now.mtimeMs === before.mtimeMs : now.size > before.size;
}
