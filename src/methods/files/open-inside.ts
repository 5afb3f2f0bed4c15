// Opens a file for writing and makes sure, before a byte is written, that it is the one that was meant.
import { constants } from 'node:fs';
import { StewardError } from '../../model/error.ts';
import { errorCode } from './disk-error.ts';
import type { FileCalls, OpenedFile } from './file-calls.ts';
import { leadsOut } from './resolve-target.ts';

/** How a file is opened for writing: an argument, so that a test can play a disk that is full. */
export type OpenFile = (path: string, calls: FileCalls) => Promise<OpenedFile>;

// Never through a symlink at the end of the path, and never waiting for a reader if it is a named pipe.
const writing = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const fileMode = 0o640;

/** Makes the file if there is none, and never empties it. Throws `path-refused`, or the error of the file system. */
export async function openInside(path: string, calls: FileCalls): Promise<OpenedFile> {
  const handle = await openOrMake(path, calls);
  try {
    if ((await realPathOf(handle.fd, { path, calls })) !== path) throw leadsOut(path);
    const found = await handle.stat();
    if (!found.isFile()) throw new StewardError('path-refused', `${path} is not a regular file`);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openOrMake(path: string, calls: FileCalls): Promise<OpenedFile> {
  try {
    return await calls.open(path, writing | constants.O_CREAT, fileMode);
  } catch (error) {
    if (errorCode(error) === 'ELOOP') throw leadsOut(path, error);
    if (errorCode(error) === 'ENXIO' || errorCode(error) === 'EISDIR') {
      throw new StewardError('path-refused', `${path} is not a regular file`, { cause: error });
    }
    throw error;
  }
}

/** Where the open file really is: a folder on the way may have been exchanged for a symlink since it was looked at. */
async function realPathOf(
  fd: number,
  { path, calls }: { readonly path: string; readonly calls: FileCalls },
): Promise<string> {
  try {
    return await calls.readlink(`/proc/self/fd/${fd}`);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    // No /proc: the path has to do.
    return calls.realpath(path);
  }
}
