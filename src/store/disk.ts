// The database and its log, opened and closed together.
//
// 1. Closed once only: one of the drivers may not be closed twice.
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
    opened?.store.close();
    opened?.wal.close();
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
