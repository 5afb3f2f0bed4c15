// The demo's folder: made anew for every run, and never in place of a folder that is somebody's own.
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StewardError } from '../../model/error.ts';

/** Relative, so that the paths of the sockets in it stay short. */
export const demoFolder = 'steward-demo';

const marker = '.made-by-steward-demo';

export async function makeDemoFolder(names: readonly string[]): Promise<void> {
  await removeOld();
  for (const name of names) await mkdir(join(demoFolder, name), { recursive: true });
  await writeFile(join(demoFolder, marker), 'steward demo removes this folder when it starts again.\n');
}

async function removeOld(): Promise<void> {
  if (!(await exists(demoFolder))) return;
  if (!(await exists(join(demoFolder, marker)))) {
    throw new StewardError('invalid-usage', `./${demoFolder} is there, and was not made by the demo`, {
      hint: 'move it away, or run the demo in another folder',
    });
  }
  await rm(demoFolder, { recursive: true });
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
