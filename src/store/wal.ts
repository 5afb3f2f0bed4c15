// The write-ahead log of the database, seen as a file: syncs it, and knows how long it is.
//
// Job: SQLite writes the log into the page cache only (`synchronous=NORMAL`); what has been written is durable when `sync` says so. Together
// that is what `synchronous=FULL` does, but for where it waits: a disk that is slow does not hold up the thread.
// From: commit-queue.ts. To: the disk.
// 1. While syncs take less than `quickMs` in the mean, they are made on the spot: to have another thread do it takes longer.
// 2. The descriptor is closed after the database. (No lock is lost by that: SQLite locks the database and the index, not the log.)
import { closeSync, fdatasync, fdatasyncSync, openSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { Pace } from '../base/pace.ts';

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

/** The format of the log: the head, then frames, each a head and a page (sqlite.org/fileformat2.html#walformat). */
const headBytes = 32;
const frameHeadBytes = 24;
const pageSizeInHead = 8;
const saltInHead = 16;
const saltInFrame = 8;
const saltBytes = 8;

export class Wal {
  private readonly fd: number;
  private readonly calls: SyncCalls;
  private readonly pace: Pace;

  /** The log has to be there: it is as soon as something was written. */
  constructor(databasePath: string, { calls, clock }: { readonly calls: SyncCalls; readonly clock: Clock }) {
    this.fd = openSync(`${databasePath}-wal`, 'r');
    this.calls = calls;
    this.pace = new Pace(clock, quickMs);
  }

  sync(): Promise<void> {
    const { calls, fd } = this;
    return this.pace.run({ onTheSpot: () => calls.onTheSpot(fd), elsewhere: () => calls.elsewhere(fd) });
  }

  /** Whether so many pages stand in the log since it last began anew. What is behind its end is from before, and has another salt. */
  holds(pages: number): boolean {
    const head = this.read(0, headBytes);
    if (head.length < headBytes) return false;
    const frameBytes = frameHeadBytes + head.readUInt32BE(pageSizeInHead);
    const found = this.read(headBytes + (pages - 1) * frameBytes + saltInFrame, saltBytes);
    return head.subarray(saltInHead, saltInHead + saltBytes).equals(found);
  }

  close(): void {
    closeSync(this.fd);
  }

  private read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.fd, bytes, 0, length, position));
  }
}
