// Replaces a file as a whole: whoever reads it sees the old one or the new one, also after a power cut.
import { createHash } from 'node:crypto';
import { rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from './disk-error.ts';
import { elsewhere } from './file-calls.ts';
import type { OpenFile } from './open-inside.ts';
import type { Target } from './resolve-target.ts';
import { syncFolder, syncFoldersOf } from './sync-folders.ts';
import { writeAll } from './write-at.ts';

/** The caller holds the lock of the path. */
export async function replaceFile(
  target: Target,
  { bytes, open }: { readonly bytes: Uint8Array; readonly open: OpenFile },
): Promise<void> {
  const temporary = temporaryPath(target.path);
  await rm(temporary, { force: true });
  try {
    const handle = await open(temporary, elsewhere);
    try {
      await writeAll(handle, { offset: 0, bytes });
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target.path);
  } catch (error) {
    // What is in the way is told by the error itself; a temporary file that stays is cleared away by the next run.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFoldersOf(target);
}

/** Removes a file, if it is there. The caller holds the lock of the path. */
export async function removeFile(target: Target): Promise<void> {
  try {
    await unlink(target.path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  await syncFolder(dirname(target.path));
}

/** The same for the same file, so that what a crash leaves is cleared away by the next run; and never too long for a name. */
function temporaryPath(path: string): string {
  const name = createHash('sha256').update(basename(path)).digest('hex').slice(0, 16);
  return join(dirname(path), `.steward-${name}.tmp`);
}
