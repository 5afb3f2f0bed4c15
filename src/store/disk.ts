// The database and its log, opened and closed together.
//
// 1. Closed once only: one of the drivers may not be closed twice.
// 2. What an earlier life has left in the log is in the database, and synced, before anything is written behind it: a part of the log
//    may be in the page cache only, where a sync has failed, and would not be missed before the power goes.
import type { Clock } from '../base/clock.ts';
import type { DriverName } from './driver.ts';
import { SqliteStore } from './sqlite-store.ts';
import { Wal, type SyncCalls } from './wal.ts';

export interface DiskOptions {
  readonly path: string;
  readonly driver: DriverName;
  readonly calls: SyncCalls;
  readonly clock: Clock;
}

interface Opened {
  readonly store: SqliteStore;
  readonly wal: Wal;
}

export class Disk {
  private readonly options: DiskOptions;
  private opened: Opened | undefined;

  /** Throws what the database throws. */
  constructor(options: DiskOptions) {
    this.options = options;
    this.opened = open(options);
    try {
      this.opened.store.takeUpLog();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get store(): SqliteStore {
    return this.now().store;
  }

  get wal(): Wal {
    return this.now().wal;
  }

  /** A file system that was read-only needs a new connection to be written again. */
  reopen(): void {
    this.close();
    this.opened = open(this.options);
  }

  close(): void {
    const { opened } = this;
    this.opened = undefined;
    try {
      opened?.store.close();
    } finally {
      opened?.wal.close();
    }
  }

  private now(): Opened {
    if (this.opened === undefined) throw new Error('the store is closed until it can be written');
    return this.opened;
  }
}

function open({ path, driver, calls, clock }: DiskOptions): Opened {
  const store = new SqliteStore(path, driver);
  try {
    return { store, wal: new Wal(path, { calls, clock }) };
  } catch (error) {
    store.close();
    throw error;
  }
}
