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
import {
  commitInFrame,
  frameHeadBytes,
  hasSalt,
  headBytes,
  readLog,
  readLogHead,
  saltBytes,
  type LogContents,
} from './log-format.ts';
import type { LogMark } from './page-sums.ts';

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
/** What is read at once of the heads of new frames, with their pages. */
const stretchBytes = 16 * 1024;

export class Wal {
  private readonly fd: number;
  private readonly calls: SyncCalls;
  private readonly pace: Pace;
  private readonly head = Buffer.alloc(headBytes);
  private readonly salt = Buffer.alloc(saltBytes);
  private readonly stretch = Buffer.alloc(stretchBytes);
  private count = 0;

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

  syncNow(): void {
    this.calls.onTheSpot(this.fd);
  }

  /** Pages in the log since it last began anew, when it was last looked at. */
  get frames(): number {
    return this.count;
  }

  /**
   * Goes on to the end of what was committed; only this process writes. What is behind it is from before the log began anew, and has
   * another salt, or was never committed. Answers the generation that has ended since, if one has.
   */
  advance(): { readonly now: LogMark; readonly ended: LogMark | undefined } {
    const found = readLogHead(this.fd, this.head);
    const before: LogMark = { salt: Buffer.from(this.salt), frames: this.count };
    const isSame = found !== undefined && found.salt.equals(this.salt);
    if (!isSame) this.count = 0;
    if (found !== undefined) {
      this.salt.set(found.salt);
      this.count = this.lastCommit(frameHeadBytes + found.pageBytes);
    }
    return { now: { salt: this.salt, frames: this.count }, ended: isSame || before.frames === 0 ? undefined : before };
  }

  /** All of it, from its beginning on. */
  read(): LogContents {
    return readLog(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }

  private lastCommit(frameBytes: number): number {
    const { stretch, salt } = this;
    const atOnce = Math.max(1, Math.floor(stretchBytes / frameBytes));
    let last = this.count;
    for (let seen = last; ;) {
      const length = readSync(
        this.fd,
        stretch,
        0,
        Math.min(atOnce * frameBytes, stretchBytes),
        headBytes + seen * frameBytes,
      );
      for (let at = 0; at + frameHeadBytes <= length; at += frameBytes) {
        if (!hasSalt(stretch, at, salt)) return last;
        seen += 1;
        if (stretch.readUInt32BE(at + commitInFrame) !== 0) last = seen;
      }
      if (length < atOnce * frameBytes) return last;
    }
  }
}
