// What waits to be written or read: one transaction for all commits that wait, then one sync for all of them.
//
// From: open-store.ts. To: write-group.ts, the log (disk.ts), the checkpointer.
// 1. Requests are answered in the order in which they came; a query sees every commit before it. Views go ahead: they see every commit
//    that has been told, and do not wait for those that have not.
// 2. Nothing is answered before everything that it rests on is durable.
// 3. A commit that may be refused is refused when the disk cannot take it, and nothing of it is done. Every other is kept, in order,
//    and tried until it is durable: meanwhile the store is "stalled".
import type { Clock, Timers } from '../base/clock.ts';
import { endOfRound, Turns } from '../base/turns.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { PassFailure } from './checkpoint-thread.ts';
import type { Disk } from './disk.ts';
import { ShortLog, type LogBounds } from './short-log.ts';
import { corrupt, isCorrupt, isFull, isOurFault, notSynced, reasonOf } from './store-error.ts';
import { mayBeRefused, nextGroup, readNow, writeGroup, type StoreRequest } from './write-group.ts';

export interface CommitQueueParts {
  readonly path: string;
  readonly disk: Disk;
  readonly checkpointer: Checkpointer;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logBounds?: LogBounds | undefined;
  readonly onStalled: (reason: string) => void;
  readonly onReady: () => void;
  /** Nothing can be written any more. */
  readonly onFailed: (error: unknown) => void;
}

type ViewRequest = StoreRequest & { readonly type: 'view' };

const retryMs = 500;
/** A commit for which nothing waits stays so long without company: the next message, or its receiver's word, which waits 20 ms, too. */
const companyMs = 30;

export class CommitQueue {
  private readonly parts: CommitQueueParts;
  private readonly shortLog: ShortLog;
  private queue: StoreRequest[] = [];
  private working = false;
  /** Something of what waits is to be done now. */
  private isDue = false;
  /** The log has been synced, and its mark does not say so yet. */
  private isUnmarked = false;
  /** Why the disk takes nothing. */
  private stalled: string | undefined;
  private toldStalled = false;
  private cancelRetry = (): void => undefined;
  /** Of commits for which nothing waits. */
  private cancelCompany: (() => void) | undefined;
  /** Nothing is taken or done any more. */
  private over = false;
  private readonly atRest: (() => void)[] = [];

  constructor(parts: CommitQueueParts) {
    this.parts = parts;
    this.shortLog = new ShortLog({
      checkpointer: parts.checkpointer,
      frames: () => parts.disk.wal.mark.frames,
      isWriting: () => this.working,
      bounds: parts.logBounds,
      onFailed: (failure) => this.notMoved(failure),
    });
  }

  /** After a failure, and after `finish`, only what may be refused is answered: of the rest nobody may think that it was done. */
  add(request: StoreRequest): void {
    if (this.over) {
      if (mayBeRefused(request)) setImmediate(() => request.tell(undefined, 'the store is closed'));
      return;
    }
    this.queue.push(request);
    if (request.type === 'commit' && request.mayWait === true) this.wakeSoon();
    else this.wake();
  }

  /** Resolves when all that was asked is durable, or cannot be. */
  async finish(): Promise<void> {
    if (!this.over) {
      await new Promise<void>((resolve) => {
        this.atRest.push(resolve);
        this.wake();
      });
    }
    this.end();
  }

  private wakeSoon(): void {
    if (this.isDue || this.cancelCompany !== undefined) return;
    this.cancelCompany = this.parts.timers.after(companyMs, () => this.wake());
  }

  private wake(): void {
    this.cancelCompany?.();
    this.cancelCompany = undefined;
    this.isDue = true;
    if (this.working || this.over) return;
    this.working = true;
    void this.work();
  }

  private async work(): Promise<void> {
    try {
      while ((this.isDue || this.isUnmarked) && !this.over) {
        // What else comes in this round of events shares the sync. What was told goes its way first: what it sends and writes leaves with this round.
        await endOfRound();
        this.markWritten();
        if (this.isDue && this.stalled === undefined) {
          await this.writeNext();
          this.isDue = this.queue.length > 0;
        }
        if (this.stalled !== undefined && !this.answerAhead()) break;
      }
      this.markWritten();
    } catch (error) {
      this.fail(error);
    } finally {
      this.working = false;
      for (const rests of this.atRest.splice(0)) rests();
    }
  }

  private async writeNext(): Promise<void> {
    const { disk, clock } = this.parts;
    await this.answerViews();
    const group = nextGroup(this.queue);
    if (group.length === 0) return this.writable();
    if (group.some(({ type }) => type === 'commit')) await this.shortLog.mayWrite();
    const { tells, failure } = await writeGroup(group, { store: disk.store, clock });
    this.isUnmarked = group.slice(0, tells.length).some(({ type }) => type === 'commit');
    if (this.isUnmarked) await this.sync();
    this.queue = this.queue.slice(tells.length);
    for (const tell of tells) tell();
    if (failure === undefined) return this.writable();
    this.markWritten();
    this.stall(failure);
  }

  private writable(): void {
    if (this.toldStalled) this.ready();
  }

  /** Between two transactions, when all that has been written is durable. What comes meanwhile is for the next time: looks must not hold up commits. */
  private async answerViews(): Promise<void> {
    const turns = new Turns(this.parts.clock);
    for (const request of this.queue.filter(isView)) {
      const tell = this.tryView(request);
      this.queue.splice(this.queue.indexOf(request), 1);
      tell();
      if (turns.isOver()) await turns.next();
    }
  }

  private async sync(): Promise<void> {
    const { disk, path } = this.parts;
    try {
      await disk.wal.sync();
    } catch (error) {
      throw notSynced(path, error);
    }
  }

  /** Where the log was synced since. */
  private markWritten(): void {
    if (!this.isUnmarked) return;
    this.isUnmarked = false;
    this.parts.disk.markWritten();
    this.shortLog.written();
  }

  private notMoved(failure: PassFailure): void {
    if (failure.fatal === undefined) return;
    const { path } = this.parts;
    this.fail(failure.fatal === 'damage' ? corrupt(path, failure.reason) : notSynced(path, failure.reason));
  }

  private stall(failure: unknown): void {
    this.parts.disk.doubtLog();
    this.stalled = reasonOf(failure);
    this.cancelRetry = this.parts.timers.after(retryMs, () => this.retry(failure));
    if (this.toldStalled) return;
    this.toldStalled = true;
    this.parts.onStalled(this.stalled);
  }

  private retry(failure: unknown): void {
    try {
      // A file system that was read-only needs a new connection to be written again; one that was full does not.
      if (!isFull(failure)) this.parts.disk.reopen();
    } catch (error) {
      return isCorrupt(error) ? this.fail(error) : this.stall(error);
    }
    this.stalled = undefined;
    if (this.queue.length === 0) this.ready();
    this.wake();
  }

  private ready(): void {
    this.toldStalled = false;
    this.parts.onReady();
  }

  private fail(error: unknown): void {
    if (this.over) return;
    this.end();
    this.parts.onFailed(isCorrupt(error) ? corrupt(this.parts.path, error) : error);
  }

  private end(): void {
    this.over = true;
    this.cancelRetry();
    this.cancelCompany?.();
  }

  /** What may be refused does not wait for the disk. Answers whether there was any. */
  private answerAhead(): boolean {
    const tells: (() => void)[] = [];
    this.queue = this.queue.filter((request) => {
      if (!mayBeRefused(request)) return true;
      tells.push(request.type === 'view' ? this.tryView(request) : () => request.tell(undefined, this.stalled));
      return false;
    });
    for (const tell of tells) tell();
    return tells.length > 0;
  }

  private tryView(request: ViewRequest): () => void {
    try {
      return readNow(request, this.parts.disk.store);
    } catch (error) {
      if (this.stalled === undefined && (isOurFault(error) || isCorrupt(error))) throw error;
      return () => request.tell(undefined, reasonOf(error));
    }
  }
}

function isView(request: StoreRequest): request is ViewRequest {
  return request.type === 'view';
}
