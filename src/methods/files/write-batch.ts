// Writes what a batch of runs appends: each file is opened and synced once.
import type { Timers } from '../../base/clock.ts';
import type { RunKey } from '../run.ts';
import { type FileFailure, describeFileError, errorCode } from './disk-error.ts';
import { elsewhere } from './file-calls.ts';
import type { NearDisk } from './near-disk.ts';
import type { OpenFile } from './open-inside.ts';
import type { Target } from './resolve-target.ts';
import { type Piece, writeAt } from './write-at.ts';
import { writeSocket } from './write-socket.ts';

export interface RunWrite extends Piece {
  readonly key: RunKey;
  readonly target: Target;
}

export interface WriteOptions {
  readonly timers: Timers;
  readonly open: OpenFile;
  readonly nearDisk: NearDisk;
}

/** Files written at the same time: as many as node has threads for it. */
const lanes = 4;
/** So many are written where they are quickest one by one; more, at the same time. */
const fewFiles = 2;

/** Resolves with the runs that failed; all others are durable. A file that fails fails all runs that write to it. */
export async function writeBatch(
  writes: readonly RunWrite[],
  options: WriteOptions,
): Promise<ReadonlyMap<RunKey, FileFailure>> {
  const byFile = new Map<string, RunWrite[]>();
  for (const write of writes) {
    const known = byFile.get(write.target.path);
    if (known === undefined) byFile.set(write.target.path, [write]);
    else known.push(write);
  }
  const failures = new Map<RunKey, FileFailure>();
  const files = [...byFile.values()];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      const isNear = file[0]?.target.isNear ?? true;
      const failure = await options.nearDisk.reach(isNear, () =>
        writeFile(file, { ...options, few: files.length <= fewFiles }),
      );
      if (failure !== undefined) for (const { key } of file) failures.set(key, failure);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, files.length) }, work));
  return failures;
}

async function writeFile(
  writes: readonly RunWrite[],
  { timers, open, few }: WriteOptions & { readonly few: boolean },
): Promise<FileFailure | undefined> {
  const found = writes[0]?.target;
  if (found === undefined) return undefined;
  const target = few ? found : { ...found, calls: elsewhere };
  try {
    if (await isSocket(target)) {
      // Nothing can be exactly once here: a socket has no place to go back to.
      for (const { bytes } of writes) await writeSocket(target.path, { bytes, timers });
    } else await writeAt(target, { pieces: writes, open });
    return undefined;
  } catch (error) {
    return describeFileError(error);
  }
}

async function isSocket({ path, calls }: Target): Promise<boolean> {
  try {
    return (await calls.lstat(path)).isSocket();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Where the file ends now: 0 if there is none, or if it is no file. Rejects with the error of the file system. */
export async function endOfFile({ path, calls }: Target): Promise<number> {
  try {
    const found = await calls.lstat(path);
    return found.isFile() ? found.size : 0;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
