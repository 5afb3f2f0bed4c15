// Keeps the file of errors from growing without end: a full one gets the name `error.log.1`, in the place of the one before it.
//
// From: Appends, which holds the file. To: the data folder.
// 1. Only where nobody has a place in the file: a mark is never of another file than the one that it is used for.
// 2. The new name is durable before a place in the new file is given: or a power cut could have the first lines of the old one overwritten.
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Target } from './resolve-target.ts';
import { syncFolder } from './sync-folders.ts';
import { endOfFile } from './write-batch.ts';

/** Answers where the file ends now. Rejects with the error of the file system. */
export async function setAsideIfFull(target: Target, fullBytes: number): Promise<number> {
  const end = await endOfFile(target);
  if (end < fullBytes) return end;
  await rename(target.path, `${target.path}.1`);
  await syncFolder(dirname(target.path));
  return 0;
}
