// Turns a message's target into a real path inside the data folder, making the folders on the way.
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { StewardError } from '../../model/error.ts';
import type { Segments } from './target-path.ts';
import { errorCode } from './disk-error.ts';
import { elsewhere, type FileCalls } from './file-calls.ts';
import type { NearDisk } from './near-disk.ts';

export interface Target {
  /** Free of symlinks, so two targets are the same file if their paths are equal (hard links aside). */
  readonly path: string;
  /** The data folder, free of symlinks. */
  readonly root: string;
  /** How to reach it. */
  readonly calls: FileCalls;
  /** On the disk of the store. */
  readonly isNear: boolean;
}

/**
 * Symlinks are followed as long as they stay inside the data folder. Throws `path-refused` if one leads out of it or nowhere,
 * or the error of the file system.
 */
export async function resolveTarget(
  segments: Segments,
  { dataFolder, nearDisk }: { readonly dataFolder: string; readonly nearDisk: NearDisk },
): Promise<Target> {
  const named = join(dataFolder, ...segments.slice(0, -1));
  return nearDisk.reach(nearDisk.isNear(named), async () => {
    const calls = nearDisk.callsIn(named);
    const root = await resolveRoot(dataFolder, calls);
    const folder = await resolveFolder(segments.slice(0, -1), { root, calls });
    const path = await followLast(join(folder, segments.at(-1) ?? ''), { root, calls });
    await nearDisk.learn(named, path);
    const ofFile = nearDisk.callsFor(named, path);
    return { path, root, calls: ofFile, isNear: ofFile !== elsewhere };
  });
}

interface Below {
  readonly root: string;
  readonly calls: FileCalls;
}

export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root === '/' ? '/' : `${root}/`);
}

const folderMode = 0o750;

/** The data folder, made if it is not there. */
async function resolveRoot(dataFolder: string, calls: FileCalls): Promise<string> {
  const known = await realpathOrMissing(dataFolder, calls);
  if (known !== undefined) return known;
  await calls.mkdir(dataFolder, { recursive: true, mode: folderMode });
  return calls.realpath(dataFolder);
}

async function resolveFolder(segments: Segments, { root, calls }: Below): Promise<string> {
  // The usual case: everything is there.
  const whole = await realpathOrMissing(join(root, ...segments), calls);
  if (whole !== undefined) return requireInside(root, whole);
  let folder = root;
  for (const segment of segments) {
    const next = join(folder, segment);
    const known = await realpathOrMissing(next, calls);
    if (known === undefined) await makeFolder(next, calls);
    folder = known === undefined ? next : requireInside(root, known);
  }
  return folder;
}

async function makeFolder(path: string, calls: FileCalls): Promise<void> {
  try {
    await calls.mkdir(path, { mode: folderMode });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    // Made by another run in the meantime; or a symlink that leads nowhere, which nobody may write through.
    const found = await calls.lstat(path);
    if (!found.isDirectory()) throw leadsOut(path, error);
  }
}

async function followLast(path: string, { root, calls }: Below): Promise<string> {
  const found = await lstatOrMissing(path, calls);
  if (found === undefined || !found.isSymbolicLink()) return path;
  // It may lead to another disk.
  const real = await realpathOrMissing(path, elsewhere);
  if (real === undefined) throw leadsOut(path);
  return requireInside(root, real);
}

function requireInside(root: string, path: string): string {
  if (!isInside(root, path)) throw leadsOut(path);
  return path;
}

export function leadsOut(path: string, cause?: unknown): StewardError {
  return new StewardError(
    'path-refused',
    `${path} is reached through a symlink that leads out of the data folder or nowhere`,
    {
      hint: 'a message writes below the data folder only',
      cause,
    },
  );
}

async function realpathOrMissing(path: string, calls: FileCalls): Promise<string | undefined> {
  try {
    return await calls.realpath(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (errorCode(error) === 'ELOOP') throw leadsOut(path, error);
    throw error;
  }
}

async function lstatOrMissing(path: string, calls: FileCalls): Promise<Stats | undefined> {
  try {
    return await calls.lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
