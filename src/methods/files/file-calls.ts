// What the file methods ask of the file system, in two ways.
//
// Job: `elsewhere` has a thread of Node's pool make each call: a disk that hangs holds up that file only, but each call costs two
// threads that wake up. `onTheSpot` makes it at once.
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { lstat, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Pace } from '../../base/pace.ts';

export interface OpenedFile {
  readonly fd: number;
  stat(): Promise<Stats>;
  write(bytes: Uint8Array, from: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

export interface FileCalls {
  lstat(path: string): Promise<Stats>;
  realpath(path: string): Promise<string>;
  readlink(path: string): Promise<string>;
  mkdir(path: string, options: { readonly recursive?: boolean; readonly mode: number }): Promise<unknown>;
  open(path: string, flags: number, mode: number): Promise<OpenedFile>;
}

export const elsewhere: FileCalls = { lstat, realpath, readlink, mkdir, open };

const datasyncElsewhere = promisify(fdatasync);

/** A sync is made on the spot while those of this pace are quick. */
export function onTheSpot(pace: Pace): FileCalls {
  return {
    lstat: async (path) => lstatSync(path),
    realpath: async (path) => realpathSync.native(path),
    readlink: async (path) => readlinkSync(path),
    mkdir: async (path, options) => mkdirSync(path, options),
    open: async (path, flags, mode) => openedOnTheSpot(openSync(path, flags, mode), pace),
  };
}

function openedOnTheSpot(fd: number, pace: Pace): OpenedFile {
  return {
    fd,
    stat: async () => fstatSync(fd),
    write: async (bytes, from, length, position) => ({ bytesWritten: writeSync(fd, bytes, from, length, position) }),
    datasync: () => pace.run({ onTheSpot: () => fdatasyncSync(fd), elsewhere: () => datasyncElsewhere(fd) }),
    truncate: async (size) => ftruncateSync(fd, size),
    close: async () => closeSync(fd),
  };
}
