// What an error of the database means: damage, a mistake of this program, or a disk that does not take what is written.
import { StewardError } from '../model/error.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html): libsql gives their names, node:sqlite their numbers. */
function isResult(error: unknown, name: RegExp, numbers: readonly number[]): boolean {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return name.test(String(code)) || numbers.includes(Number(errcode) % 256);
}

/** What stands on the disk is not what was written there: to go on would make it worse. */
export function isCorrupt(error: unknown): boolean {
  return isResult(error, /^SQLITE_(CORRUPT|NOTADB)/, [11, 26]);
}

/** Another process holds the lock: no other commit would have it either. */
export function isBusy(error: unknown): boolean {
  return isResult(error, /^SQLITE_BUSY/, [5]);
}

/** There is no room, and there may be again for the same connection. */
export function isFull(error: unknown): boolean {
  return isResult(error, /^SQLITE_FULL/, [13]);
}

/** The disk failed to read, write or sync. */
export function isDiskFailure(error: unknown): boolean {
  return isResult(error, /^SQLITE_IOERR/, [10]) || (error as { code?: unknown }).code === 'EIO';
}

/** A mistake of this program, not of the disk: to try again would not help. */
export function isOurFault(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || isResult(error, /^SQLITE_CONSTRAINT/, [19]);
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const mend = 'it is left as it is: restore it from a copy, or move it away to begin a new one';

/** `more`: what else may be done about it. */
export function corrupt(path: string, error: unknown, more = ''): StewardError {
  return new StewardError('store-corrupt', `the store ${path} is damaged: ${reasonOf(error)}`, {
    hint: `${mend}${more}`,
    cause: error,
  });
}

export function notOpened(path: string, error: unknown): StewardError {
  if (error instanceof StewardError) return error;
  if (isCorrupt(error)) return corrupt(path, error);
  return new StewardError('store-unavailable', `the store ${path} cannot be opened: ${reasonOf(error)}`, {
    hint: 'check that its folder is writable and its disk is not full; the store itself is left as it is',
    cause: error,
  });
}

/** After that nobody can say what is on the disk: a second sync may succeed without having written anything. */
export function notSynced(path: string, error: unknown): StewardError {
  return new StewardError('store-unavailable', `the store ${path} cannot be synced: ${reasonOf(error)}`, {
    hint: 'check the disk, and start the node again',
    cause: error,
  });
}
