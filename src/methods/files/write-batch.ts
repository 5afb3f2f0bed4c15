// Writes what a batch of runs appends: each file is opened and synced once.
import { lstat } from 'node:fs/promises';
import type { Timers } from '../../base/clock.ts';
import type { RunKey } from '../run.ts';
import { type FileFailure, describeFileError, errorCode } from './disk-error.ts';
import type { OpenFile } from './open-inside.ts';
import type { Target } from './resolve-target.ts';
import { FileMoved, type Piece, writeAt } from './write-at.ts';
import { writeSocket } from './write-socket.ts';

export interface RunWrite extends Piece {
  readonly key: RunKey;
  readonly target: Target;
  /** The offset was chosen without a look at the file. */
  readonly unseen: boolean;
}

export interface Written {
  /** The runs that failed; all others are durable. A file that fails fails all runs that write to it. */
  readonly failures: Map<RunKey, FileFailure>;
  /** Where the files end now, by path. */
  readonly ends: ReadonlyMap<string, number>;
}

export interface WriteOptions {
  readonly timers: Timers;
  readonly open: OpenFile;
}

/** Files written at the same time: as many as node has threads for it. */
const lanes = 4;

export async function writeBatch(writes: readonly RunWrite[], options: WriteOptions): Promise<Written> {
  const byFile = new Map<string, RunWrite[]>();
  for (const write of writes) {
    const known = byFile.get(write.target.path);
    if (known === undefined) byFile.set(write.target.path, [write]);
    else known.push(write);
  }
  const failures = new Map<RunKey, FileFailure>();
  const ends = new Map<string, number>();
  const files = [...byFile];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      const [path, own] = file;
      const written = await writeFile(own, options);
      if (typeof written === 'number') ends.set(path, written);
      else if (written !== undefined) for (const { key } of own) failures.set(key, written);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, files.length) }, work));
  return { failures, ends };
}

/** Where the file ends now, if it is one. */
async function writeFile(
  writes: readonly RunWrite[],
  { timers, open }: WriteOptions,
): Promise<number | FileFailure | undefined> {
  const first = writes[0];
  if (first === undefined) return undefined;
  const { target, unseen } = first;
  try {
    if (unseen || !(await isSocket(target.path))) return await writeAt(target, { pieces: writes, open, unseen });
    // Nothing can be exactly once here: a socket has no place to go back to.
    for (const { bytes } of writes) await writeSocket(target.path, { bytes, timers });
    return undefined;
  } catch (error) {
    return error instanceof FileMoved ? { reason: error.message, moved: true } : describeFileError(error);
  }
}

export async function isSocket(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSocket();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Where the file ends now: 0 if there is none, or if it is no file. Rejects with the error of the file system. */
export async function endOfFile(path: string): Promise<number> {
  try {
    const found = await lstat(path);
    return found.isFile() ? found.size : 0;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
