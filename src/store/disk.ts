// The database, its log and the sums of its pages, opened and closed together.
//
// 1. Closed once only: one of the drivers may not be closed twice.
// 2. What an earlier life has left in the log is in the database, and synced, before anything is written behind it: a part of the log
//    may be in the page cache only, where a sync has failed, and would not be missed before the power goes.
// 3. A store that is not what was written is refused before anything in it is changed. Where only the end of its log is gone, it is an
//    older store, which is whole: that goes into the store itself, for the node to say so (model/store-op.ts).
// 4. Every pass that moves pages, also the one that closing makes, comes after their sums (page-sums.ts).
import type { Clock } from '../base/clock.ts';
import type { DriverName } from './driver.ts';
import { examine } from './examine.ts';
import { presentVersion } from './schema.ts';
import type { OnForgotten, PageSums } from './page-sums.ts';
import { SqliteStore } from './sqlite-store.ts';
import { isCorrupt, reasonOf } from './store-error.ts';
import { Wal, type SyncCalls } from './wal.ts';

export interface DiskOptions {
  readonly path: string;
  readonly driver: DriverName;
  readonly calls: SyncCalls;
  readonly clock: Clock;
  readonly onForgotten: OnForgotten;
  /** Called before a store that an earlier version wrote is changed, which takes some time, and again before its file is written anew. */
  readonly onUpgrade?: ((what: string) => void) | undefined;
}

interface Opened {
  readonly store: SqliteStore;
  readonly wal: Wal;
}

export class Disk {
  private readonly options: DiskOptions;
  private readonly sums: PageSums;
  private opened: Opened | undefined;

  /** Throws what the database throws, and `store-corrupt`. */
  constructor(options: DiskOptions) {
    this.options = options;
    const { sums, isShortened } = examine(options.path, options.onForgotten);
    this.sums = sums;
    try {
      this.opened = open(options, sums);
      if (isShortened) {
        this.store.noteLoss(options.clock.wall());
        // Before the marks that show it are gone.
        this.wal.syncNow();
      }
      // A migration is in a log that has begun anew, and synced.
      this.markWritten();
      this.takeUp();
      this.makeShrinkable();
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

  /** After every sync of the log, and before anything else is written: what was synced would be missed from now on. */
  markWritten(): void {
    const ended = this.wal.advance();
    if (ended !== undefined && !this.sums.isSettled(ended)) this.sums.forget('another program has moved its log');
    this.sums.markWritten(this.wal.mark);
  }

  /** A transaction could not be ended. What stands whole in the log all the same is to SQLite not there, and will be overwritten. */
  doubtLog(): void {
    if (this.opened === undefined) return;
    const { frames } = this.wal.mark;
    const ended = this.wal.advance();
    if (ended !== undefined || this.wal.mark.frames > frames)
      this.sums.forget('a transaction that failed stands in its log');
  }

  /** A file system that was read-only needs a new connection to be written again. Throws, and keeps the old one, where it still is. */
  reopen(): void {
    this.closeDatabase();
    this.opened = open(this.options, this.sums);
  }

  close(): void {
    try {
      this.closeDatabase();
    } finally {
      this.sums.close();
    }
  }

  /** Where the sums can neither be written nor be taken back, the database stays open: to close it is to move pages. */
  private closeDatabase(): void {
    if (this.opened === undefined) return;
    this.settle();
    const { store, wal } = this.opened;
    this.opened = undefined;
    try {
      store.close();
    } finally {
      wal.close();
    }
  }

  private settle(): void {
    this.wal.syncNow();
    this.sums.settle(this.wal.read());
  }

  /** What an earlier life has left in the log goes into the database. */
  private takeUp(): void {
    this.settle();
    const known = this.store.framesInLog();
    // Another program has kept the index of the log, which is older.
    if (known !== undefined && known !== this.wal.mark.frames)
      this.sums.forget('its log holds a transaction that SQLite does not know');
    this.store.takeUpLog();
  }

  /** Where there is no room for that, the next start tries again. */
  private makeShrinkable(): void {
    try {
      if (this.store.isShrinkable()) return;
      this.options.onUpgrade?.('its file is written anew, so that it can give room back');
      this.store.makeShrinkable();
    } catch (error) {
      if (isCorrupt(error)) throw error;
      this.doubtLog();
      return;
    }
    this.wal.syncNow();
    this.markWritten();
    this.takeUp();
  }

  private now(): Opened {
    if (this.opened === undefined) throw new Error('the store is closed until it can be written');
    return this.opened;
  }
}

function open({ path, driver, calls, clock, onUpgrade }: DiskOptions, sums: PageSums): Opened {
  const store = new SqliteStore(path, driver, {
    ...presentVersion,
    onUpgrade: (to) => onUpgrade?.(`it is brought to version ${to}`),
  });
  try {
    return { store, wal: new Wal(path, { calls, clock }) };
  } catch (error) {
    // Closing moves what opening has written, and without the log nobody can sum that.
    sums.forget(reasonOf(error));
    store.close();
    throw error;
  }
}
