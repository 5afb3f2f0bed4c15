// One node a store: a lock that the kernel takes back when its holder dies, however it dies.
//
// SQLite's own lock on a file beside the store; the store itself stays readable for `sqlite3`.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StewardError } from '../model/error.ts';
import { openDriver, type Database, type DriverName } from './driver.ts';

export interface StoreLock {
  release(): void;
}

/** Throws `already-running` with the pid of the holder. */
export function lockStore(storePath: string, driver: DriverName): StoreLock {
  const folder = dirname(storePath);
  const pidFile = join(folder, 'node.pid');
  const lock = openDriver(join(folder, 'node.lock'), driver);
  try {
    lock.exec('PRAGMA busy_timeout=0; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!/locked|busy/i.test(String(error))) throw error;
    throw new StewardError('already-running', `a node is already running in this folder, pid ${readPid(pidFile)}`, {
      hint: 'stop it first, or start this one in a folder of its own',
    });
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return { release: () => release(lock, pidFile) };
}

function release(lock: Database, pidFile: string): void {
  rmSync(pidFile, { force: true });
  lock.exec('ROLLBACK');
  lock.close();
}

function readPid(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Its holder is about to write it.
    return 'unknown';
  }
}
