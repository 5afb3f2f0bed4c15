// Makes names durable: a file that is synced can still be gone after a power cut if its folder was not.
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Target, isInside } from './resolve-target.ts';

/** For a new file: its folder, and those above it up to and with the data folder, as they may be new too. */
export async function syncFoldersOf({ path, root }: Target): Promise<void> {
  for (let folder = dirname(path); isInside(root, folder); folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === root) return;
  }
}

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
