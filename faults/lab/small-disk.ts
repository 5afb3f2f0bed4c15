// A disk that is full when it is told to be: a small tmpfs where mount is allowed, otherwise a limit on the process.
//
// 1. The tmpfs is full as a disk is: some more bytes may fit, a whole page does not (ENOSPC).
// 2. The limit stops every write beyond the first bytes of a file (EFBIG), of the node and of what it starts meanwhile.
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetNode } from '../../test/support/fleet.ts';
import { runTool } from './run-tool.ts';

export interface SmallDisk {
  readonly way: 'tmpfs' | 'prlimit';
  fill(): void;
  free(): void;
  close(): void;
}

const megabytes = 48;

/** `folder` holds the store and the data of the node, which does not run yet. */
export function openSmallDisk(node: FleetNode, folder: string): SmallDisk {
  mkdirSync(folder, { recursive: true });
  try {
    runTool('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder);
  } catch {
    // Not allowed: the other way.
    return limitOf(node);
  }
  const filler = join(folder, 'filler');
  return {
    way: 'tmpfs',
    fill: () => fill(filler),
    free: () => rmSync(filler, { force: true }),
    close: () => void runTool('umount', folder),
  };
}

function limitOf(node: FleetNode): SmallDisk {
  const limit = (to: string): void => {
    if (node.running) runTool('prlimit', '--pid', String(node.pid), `--fsize=${to}:unlimited`);
  };
  return { way: 'prlimit', fill: () => limit('512'), free: () => limit('unlimited'), close: () => undefined };
}

function fill(file: string): void {
  const bytes = Buffer.alloc(256 * 1024);
  const handle = openSync(file, 'a');
  try {
    for (let size = bytes.length; size >= 1; size = Math.floor(size / 4)) while (fits(handle, bytes.subarray(0, size)));
  } finally {
    closeSync(handle);
  }
}

function fits(handle: number, bytes: Buffer): boolean {
  try {
    return writeSync(handle, bytes) === bytes.length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
