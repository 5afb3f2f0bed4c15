// The store as the node uses it.
//
// Job: puts the lock, the database with its log, the queue and the checkpointer together, and takes them apart in that order.
import type { Clock, Timers } from '../base/clock.ts';
import { StewardError } from '../model/error.ts';
import type { StoreOp, StoreQuery } from '../model/store-op.ts';
import { Checkpointer } from './checkpointer.ts';
import { CommitQueue } from './commit-queue.ts';
import { Disk } from './disk.ts';
import type { DriverName } from './driver.ts';
import { lockStore, type StoreLock } from './lock.ts';
import type { OnForgotten } from './page-sums.ts';
import type { LogBounds } from './short-log.ts';
import { notOpened } from './store-error.ts';
import type { ViewQuery, ViewResult } from './view.ts';
import type { StoreAnswer } from './write-group.ts';
import { systemSync, type SyncCalls } from './wal.ts';

export interface StoreOptions {
  readonly path: string;
  readonly driver: DriverName;
  /** The compiled checkpoint-thread.ts. */
  readonly checkpointThread: URL;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Absent: the usual ones. */
  readonly logBounds?: LogBounds | undefined;
  readonly calls?: SyncCalls;
  readonly onStalled: (reason: string) => void;
  readonly onReady: () => void;
  /** Its pages are not compared any more, until the next start. */
  readonly onForgotten: OnForgotten;
  /** Before it comes back: a store of an earlier version is changed, which takes some time. */
  readonly onUpgrade?: (what: string) => void;
  /** Nothing can be written any more. */
  readonly onFailed: (error: unknown) => void;
}

export interface Store {
  /** `mayWait`: for the next request, 30 ms at most, so that both share one sync. */
  commit(
    ops: readonly StoreOp[],
    how: { readonly refusable: boolean; readonly mayWait?: boolean | undefined },
    then: StoreAnswer,
  ): void;
  query(query: StoreQuery, then: StoreAnswer): void;
  view<V extends ViewQuery>(view: V): Promise<ViewResult<V>>;
  /** Everything asked before is durable when it resolves. */
  close(): Promise<void>;
}

/** Throws `already-running`, `store-corrupt` or `store-unavailable`. */
export function openStore(options: StoreOptions): Store {
  const { path, clock, timers, calls = systemSync } = options;
  const { lock, disk } = open({ ...options, calls });
  const checkpointer = new Checkpointer({ ...options, thread: options.checkpointThread });
  const queue = new CommitQueue({ ...options, path, disk, checkpointer, clock, timers });
  return {
    commit: (ops, { refusable, mayWait }, then) => queue.add({ type: 'commit', ops, refusable, mayWait, tell: then }),
    query: (query, then) => queue.add({ type: 'query', query, tell: then }),
    view: (view) =>
      new Promise((resolve, reject) => {
        const tell: StoreAnswer = (result, error) => {
          if (error === undefined) resolve(result as ViewResult<typeof view>);
          else reject(new StewardError('store-unavailable', `the store cannot be read: ${error}`));
        };
        queue.add({ type: 'view', view, tell });
      }),
    async close() {
      await queue.finish();
      await checkpointer.close();
      try {
        disk.close();
      } finally {
        lock.release();
      }
    },
  };
}

function open(options: {
  readonly path: string;
  readonly driver: DriverName;
  readonly calls: SyncCalls;
  readonly clock: Clock;
  readonly onForgotten: OnForgotten;
  readonly onUpgrade?: ((what: string) => void) | undefined;
}): { readonly lock: StoreLock; readonly disk: Disk } {
  try {
    const lock = lockStore(options.path, options.driver);
    try {
      return { lock, disk: new Disk(options) };
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw notOpened(options.path, error);
  }
}
