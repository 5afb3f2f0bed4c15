// A log and the files that it was before it was rotated: which is which, and which comes next.
//
// 1. A file keeps its identity when it is renamed. Its birth is a part of it, since a number of an inode is used again.
// 2. Files of one log follow each other by their births, and by their numbers. A copy (`copytruncate`) is none of them: while the log keeps its identity,
//    nobody looks for others.
import type { BigIntStats } from 'node:fs';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface LogFile {
  readonly path: string;
  readonly identity: string;
  /** Nanoseconds since 1970, as the file system tells; of the last change where it tells no birth. */
  readonly born: bigint;
}

function identityOf({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${birthtimeNs}`;
}

/** The file that is the log now; undefined while there is none. Rejects where it is no regular file, or cannot be looked at. */
export async function logNow(path: string): Promise<LogFile | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) throw new Error(`${path} is no regular file`);
    return logFile(path, found);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** To be read; undefined where its name is that of another file by now, or of none. */
export async function openFound({ path, identity }: LogFile): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  if (identityOf(await handle.stat({ bigint: true })) === identity) return handle;
  await handle.close();
  return undefined;
}

/** Of what the log was before, as far as it is there and not packed: the names that programs give when they rotate. */
export async function rotated(path: string): Promise<readonly LogFile[]> {
  const folder = dirname(path);
  const name = basename(path);
  const found: LogFile[] = [];
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(name) || !/^[.-]\d[\d.T_:-]*$/.test(entry.slice(name.length))) continue;
    try {
      const one = await stat(join(folder, entry), { bigint: true });
      if (one.isFile()) found.push(logFile(join(folder, entry), one));
    } catch {
      // It was renamed or removed in this moment: the next look finds what it is now.
    }
  }
  return found;
}

/** The one that follows it, of these and the log: undefined where none does. */
export function successor(of: Pick<LogFile, 'identity' | 'born'>, files: readonly LogFile[]): LogFile | undefined {
  const sorted = [...files].sort(inOrder);
  const index = sorted.findIndex(({ identity }) => identity === of.identity);
  return index < 0 ? sorted.find(({ born }) => born >= of.born) : sorted[index + 1];
}

/** Files may be born in one tick of the clock that the file system has: then their names tell. */
function inOrder(a: LogFile, b: LogFile): number {
  if (a.born !== b.born) return a.born < b.born ? -1 : 1;
  const [one, other] = [numberOf(a.path), numberOf(b.path)];
  if (one !== undefined && other !== undefined) return other - one;
  // The log itself has no number, and is the newest; names with dates sort as they are.
  if (one !== undefined || other !== undefined) return one !== undefined ? -1 : 1;
  return a.path.length === b.path.length ? (a.path < b.path ? -1 : 1) : b.path.length - a.path.length;
}

/** `log.3` is older than `log.2`. */
function numberOf(path: string): number | undefined {
  const [, digits] = /\.(\d{1,5})$/.exec(path) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function logFile(path: string, stats: BigIntStats): LogFile {
  return { path, identity: identityOf(stats), born: stats.birthtimeNs === 0n ? stats.mtimeNs : stats.birthtimeNs };
}

/** The birth that an identity holds. */
export function bornOf(identity: string): bigint {
  const born = identity.split(':')[2] ?? '';
  return /^\d+$/.test(born) ? BigInt(born) : 0n;
}
