// A file that is on its way: it lies beside the one that it will be, named after its content, until all of it is there.
//
// 1. Its length is how far it has come: nothing is written behind a gap.
// 2. What has the file's own name is the file that was there before, or the whole new one, and never anything between.
// 3. Of one file there is one part: a copy of other content takes its place.
import { constants } from 'node:fs';
import { open, readdir, rename, rm, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../files/sync-folders.ts';
import type { FileEntry } from './copy-words.ts';
import { hashFile } from './hash-file.ts';
import { dressFile } from './dress-file.ts';
import { readOwners } from './owners.ts';

const ending = '.steward-part';
/** Names of files have at most 255 bytes. */
const longestStem = 200;
const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;

export function partPath(path: string, sum: string): string {
  return join(dirname(path), `${stemOf(path)}${sum.slice(0, 16)}${ending}`);
}

/** Where a link is made before it takes the place of what has its name. */
export function linkPath(path: string): string {
  return join(dirname(path), `${stemOf(path)}steward-link`);
}

function stemOf(path: string): string {
  const name = Buffer.from(basename(path)).subarray(0, longestStem).toString('latin1');
  return `.${Buffer.from(name, 'latin1')
    .toString()
    .replace(/\ufffd+$/, '')}.`;
}

/** How many bytes of it are there; what is longer than it may be is none of ours, and is begun anew. */
export async function partLength(path: string, { sum, size }: FileEntry): Promise<number> {
  const handle = await openPart(partPath(path, sum), false);
  if (handle === undefined) return 0;
  try {
    const length = (await handle.stat()).size;
    return length <= size ? length : 0;
  } finally {
    await handle.close();
  }
}

export type Written = 'written' | { readonly have: number } | { readonly problem: string };

/** Durably. The last piece makes it the file. */
export async function writePart(
  path: string,
  of: { readonly file: FileEntry; readonly at: number; readonly bytes: Uint8Array; readonly signal: AbortSignal },
): Promise<Written> {
  const { file, at, bytes, signal } = of;
  const part = partPath(path, file.sum);
  const isLast = at + bytes.length >= file.size;
  // Its last piece came before, and this run was interrupted when the file had its name.
  const handle = await openPart(part, at === 0);
  if (handle === undefined) return (await isThere(path, { file, signal })) ? 'written' : { have: 0 };
  try {
    const { size: length } = await handle.stat();
    if (length < at) return { have: length };
    await writeAll(handle, bytes, at);
    if (!isLast) {
      await handle.datasync();
      return 'written';
    }
    await handle.truncate(file.size);
    if ((await hashFile(handle, { size: file.size, signal })) !== file.sum) {
      if (!signal.aborted) await unlink(part);
      return signal.aborted ? { problem: 'interrupted' } : { have: 0 };
    }
    await dressFile(handle, file, await readOwners());
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, path);
  await syncFolder(dirname(path));
  return 'written';
}

/** Parts of the same files with other content. Looks through the folder of these files, which is one. */
export async function dropOtherParts(folder: string, files: ReadonlyMap<string, FileEntry>): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const parts = names.filter((name) => name.endsWith(ending));
  if (parts.length === 0) return;
  for (const [path, { sum }] of files) {
    const stem = stemOf(path);
    const wanted = basename(partPath(path, sum));
    for (const name of parts)
      if (name !== wanted && name.length === wanted.length && name.startsWith(stem))
        await rm(join(folder, name), { force: true });
  }
}

/** The file has come another way. */
export async function dropPart(path: string, { sum }: FileEntry): Promise<void> {
  await rm(partPath(path, sum), { force: true });
}

/** Whether the file has this content already. */
export async function isThere(
  path: string,
  { file, signal }: { readonly file: FileEntry; readonly signal: AbortSignal },
): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | O_NONBLOCK);
  } catch {
    // What cannot be read is written anew, or says then why it cannot.
    return false;
  }
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size !== file.size) return false;
    if ((await hashFile(handle, { size: file.size, signal })) !== file.sum) return false;
    await dressFile(handle, file, await readOwners());
    return true;
  } finally {
    await handle.close();
  }
}

async function openPart(path: string, create: boolean): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | (create ? O_CREAT : 0), 0o600);
  } catch (error) {
    if (!create && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error(`${path} is no regular file`);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
