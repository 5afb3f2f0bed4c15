// Puts a server on a unix socket that only its owner may use, and takes away what a crash left of an earlier one.
//
// 1. A socket that somebody answers on is never removed, nor is a file that is no socket.
// 2. The socket is 0600 before it can be found: it is bound inside a folder of mode 0700, and moved from there to its place.
//    (A umask would do the same, but holds for every thread of the process and so for files that others are just making.)
// 3. Closing removes the socket only while it is still the one that was put there.
//
// Two servers that start on the same path within a millisecond are not told apart: the lock of the store's folder does that.
import type { BigIntStats } from 'node:fs';
import { chmod, lstat, mkdir, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { checkSocketPath } from '../contract/api-socket.ts';
import { StewardError } from '../model/error.ts';

/** The answer removes the socket. It does not close the server. */
export type RemoveSocket = () => Promise<void>;

/**
 * Makes the way free for a socket: checks the path's length, makes its folder (0700) and removes a socket that nobody answers on.
 * Throws `invalid-config` (path too long, or taken by a file) and `already-running`.
 */
async function prepareSocketPath(path: string): Promise<void> {
  checkSocketPath(path);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const found = await statOrNothing(path);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new StewardError('invalid-config', `${path} is in the way: it is no socket`, {
      hint: 'move it away, or choose another socket folder',
    });
  }
  if (await answers(path)) {
    throw new StewardError('already-running', `another process answers on ${path}`, {
      hint: 'stop it, or start this node in another folder',
    });
  }
  await unlink(path);
}

/** Prepares the path and lets the server listen on it. */
export async function listenOn(path: string, server: Server): Promise<RemoveSocket> {
  await prepareSocketPath(path);
  const cradle = await mkdtemp(join(dirname(path), '.s'));
  try {
    // Short, so that a path that fits in its place fits here as well, for all names that Steward gives its sockets.
    const born = join(cradle, 's');
    checkSocketPath(born);
    server.listen(born);
    await once(server, 'listening');
    await chmod(born, 0o600);
    await rename(born, path);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await rm(cradle, { recursive: true, force: true });
  }
  const ours = await identify(path);
  return async () => {
    if ((await identify(path)) === ours) await rm(path, { force: true });
  };
}

/** Tells two files of one path apart: an inode's number alone is soon used again. */
async function identify(path: string): Promise<string | undefined> {
  const found = await statOrNothing(path);
  return found === undefined ? undefined : `${found.dev} ${found.ino} ${found.birthtimeNs}`;
}

async function statOrNothing(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether a process listens. A full backlog and a refused permission are answers, too. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '')));
  });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
