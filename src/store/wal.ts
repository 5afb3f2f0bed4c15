// The write-ahead log of the database, seen as a file: syncs it, and knows how long it is.
//
// Job: SQLite writes the log into the page cache only (`synchronous=NORMAL`); what has been written is durable when `sync` says so. Together
// that is what `synchronous=FULL` does, but for where it waits: a disk that is slow does not hold up the thread.
// From: commit-queue.ts. To: the disk.
// 1. While syncs take less than `quickMs` in the mean, they are made on the spot: to have another thread do it takes longer.
// 2. The descriptor is closed after the database. (No lock is lost by that: SQLite locks the database and the index, not the log.)
import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { Pace } from '../base/pace.ts';
import { LogReader, readLog, type LogContents, type LogMark } from './log-format.ts';

/** The calls that reach the disk, for tests to stand in front of. */
export interface SyncCalls {
  readonly onTheSpot: (fd: number) => void;
  readonly elsewhere: (fd: number) => Promise<void>;
}

export const systemSync: SyncCalls = {
  onTheSpot: fdatasyncSync,
  elsewhere: promisify(fdatasync),
};

const quickMs = 1;

export class Wal {
  private readonly fd: number;
  private readonly calls: SyncCalls;
  private readonly pace: Pace;
  private readonly reader: LogReader;

  /** The log has to be there: it is as soon as something was written. */
  constructor(databasePath: string, { calls, clock }: { readonly calls: SyncCalls; readonly clock: Clock }) {
    this.fd = openSync(`${databasePath}-wal`, 'r');
    this.calls = calls;
    this.pace = new Pace(clock, quickMs);
    this.reader = new LogReader(this.fd);
    this.reader.advance();
  }

  sync(): Promise<void> {
    const { calls, fd } = this;
    return this.pace.run({ onTheSpot: () => calls.onTheSpot(fd), elsewhere: () => calls.elsewhere(fd) });
  }

  syncNow(): void {
    this.calls.onTheSpot(this.fd);
  }

  /** How far it had come when it was last looked at. */
  get mark(): LogMark {
    return this.reader.mark;
  }

  /** Looks how far it has come. Answers the generation that has ended since, if one has. */
  advance(): LogMark | undefined {
    const before = this.mark;
    return this.reader.advance() ? before : undefined;
  }

  /** All of it, from its beginning on. */
  read(): LogContents {
    return readLog(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}
