// The files of the log as the log needs them; what a test puts in the place of the disk.
import { open, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface LogFile {
  readonly name: string;
  readonly bytes: number;
  /** Wall time in ms. */
  readonly changedAt: number;
}

export interface OpenFile {
  /** Behind what is there; all of it, or it rejects. */
  append(bytes: Uint8Array): Promise<void>;
  /** What has been read: fewer bytes than wanted only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  size(): Promise<number>;
  truncate(bytes: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Every method rejects with what the file system says. */
export interface LogDisk {
  /** None where there is no folder. */
  list(): Promise<readonly LogFile[]>;
  /** For writing it is made where it is not there, and its folder, for this user alone. */
  open(name: string, how: 'read' | 'write'): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export function openLogFolder(folder: string): LogDisk {
  return {
    async list() {
      const names = await readdir(folder).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
        throw error;
      });
      return Promise.all(
        names.map(async (name) => {
          const { size, mtimeMs } = await stat(join(folder, name));
          return { name, bytes: size, changedAt: mtimeMs };
        }),
      );
    },
    async open(name, how) {
      if (how === 'write') await mkdir(folder, { recursive: true, mode: 0o700 });
      const handle = await open(join(folder, name), how === 'write' ? 'a+' : 'r', 0o600);
      return {
        append: async (bytes) => handle.writeFile(bytes),
        read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
        size: async () => (await handle.stat()).size,
        truncate: async (bytes) => handle.truncate(bytes),
        sync: async () => handle.datasync(),
        close: async () => handle.close(),
      };
    },
    rename: (from, to) => rename(join(folder, from), join(folder, to)),
    remove: (name) => rm(join(folder, name), { force: true }),
  };
}
