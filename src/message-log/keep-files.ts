// How long files of the log are kept: whole ones go, the oldest first, never the one that is written.
//
// 1. All of them together are at most `quotaBytes`: room is kept for the one that is written, and for a chunk of lines beyond its length.
// 2. By age goes what was too old at two looks in a row: a wall clock that was wrong for a moment takes nothing (I8).
import type { LogDisk, LogFile } from './log-disk.ts';
import { numberOf } from './file-name.ts';

export interface Keep {
  readonly ageMs: number;
  readonly quotaBytes: number;
  /** A file is as long at most. */
  readonly fileBytes: number;
}

const longestFileBytes = 16 * 1024 * 1024;

export function keepFor(of: { readonly ageMs: number; readonly quotaBytes: number }): Keep {
  return { ...of, fileBytes: Math.min(longestFileBytes, Math.floor(of.quotaBytes / 8)) };
}

/** `tooOld`: names that were so at the look before this one. */
export async function removeOld(disk: LogDisk, keep: Keep, tooOld: ReadonlySet<string>): Promise<void> {
  const done = doneFiles(await disk.list());
  let bytes = 2 * keep.fileBytes + done.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of done) {
    if (bytes <= keep.quotaBytes && !tooOld.has(file.name)) continue;
    await disk.remove(file.name);
    bytes -= file.bytes;
  }
}

export function namesTooOld(
  files: readonly LogFile[],
  of: { readonly keep: Keep; readonly wall: number },
): readonly string[] {
  return doneFiles(files).flatMap(({ name, changedAt }) => (of.wall - changedAt > of.keep.ageMs ? [name] : []));
}

/** The oldest first. */
function doneFiles(files: readonly LogFile[]): readonly LogFile[] {
  return files
    .filter(({ name }) => numberOf(name) !== undefined)
    .sort((one, other) => (numberOf(one.name) ?? 0) - (numberOf(other.name) ?? 0));
}
