// What waits to be written or read: one transaction for all commits that wait, then one sync for all of them.
//
// From: open-store.ts. To: the database and its log (disk.ts), the checkpointer.
// 1. Requests are answered in the order in which they came; a query sees every commit before it. Views may go ahead.
// 2. Nothing is answered before everything that it rests on is durable.
// 3. A commit that may be refused is refused when the disk cannot take it, and nothing of it is done. Every other is kept, in order,
//    and tried until it is durable: meanwhile the store is "stalled".
// 4. The thread is held for `sliceMs` and one statement at a time, however much is to be written.
import type { Clock, Timers } from '../base/clock.ts';
import type { StoreOp, StoreQuery } from '../model/store-op.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { Disk } from './disk.ts';
import { answerQuery } from './query.ts';
import { corrupt, isCorrupt, isOurFault, notSynced, reasonOf } from './store-error.ts';
import { answerView, type ViewQuery } from './view.ts';

export type StoreAnswer = (result: unknown, error?: string) => void;

export type StoreRequest = { readonly tell: StoreAnswer } & (
  | { readonly type: 'commit'; readonly ops: readonly StoreOp[]; readonly refusable: boolean }
  | { readonly type: 'query'; readonly query: StoreQuery }
  | { readonly type: 'view'; readonly view: ViewQuery }
);

export interface CommitQueueParts {
  readonly path: string;
  readonly disk: Disk;
  readonly checkpointer: Checkpointer;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly onStalled: (reason: string) => void;
  readonly onReady: () => void;
  /** Nothing can be written any more. */
  readonly onFailed: (error: unknown) => void;
}

const retryMs = 500;
const sliceMs = 10;
/** Requests in one transaction, at most: a bound on how long the first of them waits. */
const maxGroup = 2000;
/** Pages in the log when it is moved, and when nothing more is written before it has been. */
const longLog = 4_000;
const longestLog = 32_000;

export class CommitQueue {
  private readonly parts: CommitQueueParts;
  private queue: StoreRequest[] = [];
  private working = false;
  /** Why the disk takes nothing. */
  private stalled: string | undefined;
  private toldStalled = false;
  private cancelRetry = (): void => undefined;
  /** Nothing is taken or done any more. */
  private over = false;
  private atRest: (() => void) | undefined;

  constructor(parts: CommitQueueParts) {
    this.parts = parts;
  }

  add(request: StoreRequest): void {
    if (this.over) return;
    this.queue.push(request);
    this.wake();
  }

  /** Resolves when all that was asked is durable, or cannot be. What is asked afterwards is not answered. */
  async finish(): Promise<void> {
    if (!this.over) {
      await new Promise<void>((resolve) => {
        this.atRest = resolve;
        this.wake();
      });
    }
    this.over = true;
    this.cancelRetry();
  }

  private wake(): void {
    if (this.working || this.over) return;
    this.working = true;
    void this.work();
  }

  private async work(): Promise<void> {
    try {
      while (this.queue.length > 0) {
        // What else comes in this round of events shares the sync.
        await endOfRound();
        if (this.stalled === undefined) await this.writeGroup();
        if (this.stalled !== undefined && !this.answerAhead()) break;
      }
    } catch (error) {
      this.over = true;
      this.parts.onFailed(isCorrupt(error) ? corrupt(this.parts.path, error) : error);
    } finally {
      this.working = false;
      this.atRest?.();
    }
  }

  private async writeGroup(): Promise<void> {
    const group = this.queue.slice(0, maxGroup);
    const answers: (() => void)[] = [];
    let reason = await this.roomInLog();
    try {
      if (reason === undefined) await this.together(group, answers);
    } catch (error) {
      answers.length = 0;
      reason = this.oneByOne(group, { first: error, answers });
    }
    const answered = group.slice(0, answers.length);
    if (answered.some((request) => request.type === 'commit')) await this.sync();
    this.queue = this.queue.slice(answered.length);
    for (const answer of answers) answer();
    if (reason !== undefined) this.stall(reason);
    else if (this.toldStalled) this.ready();
  }

  private async together(group: readonly StoreRequest[], answers: (() => void)[]): Promise<void> {
    const { disk, clock } = this.parts;
    const { store } = disk;
    if (group.every((request) => request.type !== 'commit')) {
      for (const request of group) answers.push(this.read(request));
      return;
    }
    store.begin();
    try {
      let began = clock.monotonic();
      for (const request of group) {
        if (request.type === 'commit') {
          const statements = store.applying(request.ops);
          while (statements.next().done !== true) {
            if (clock.monotonic() - began < sliceMs) continue;
            await endOfRound();
            began = clock.monotonic();
          }
        }
        answers.push(this.read(request));
      }
      store.end();
    } catch (error) {
      store.rollback();
      throw error;
    }
  }

  /** One of the group cannot be written. Each is tried alone, so that a refusal names the one that is refused. */
  private oneByOne(
    group: readonly StoreRequest[],
    { first, answers }: { readonly first: unknown; readonly answers: (() => void)[] },
  ): string | undefined {
    if (isOurFault(first) || isCorrupt(first)) throw first;
    const { store } = this.parts.disk;
    for (const request of group) {
      try {
        if (request.type === 'commit') store.transaction(() => store.apply(request.ops));
        answers.push(this.read(request));
      } catch (error) {
        if (isOurFault(error) || isCorrupt(error)) throw error;
        if (request.type !== 'commit' || !request.refusable) return reasonOf(error);
        answers.push(() => request.tell(undefined, reasonOf(error)));
      }
    }
    return undefined;
  }

  /** What there is to tell when it is durable: of a commit, that it is. */
  private read(request: StoreRequest): () => void {
    const { store } = this.parts.disk;
    if (request.type === 'commit') return () => request.tell(undefined);
    const result = request.type === 'query' ? answerQuery(store, request.query) : answerView(store, request.view);
    return () => request.tell(result);
  }

  private async sync(): Promise<void> {
    const { disk, checkpointer, path } = this.parts;
    try {
      await disk.wal.sync();
    } catch (error) {
      throw notSynced(path, error);
    }
    if (disk.wal.holds(longLog)) void checkpointer.pass();
  }

  /** Answers why there is none. While nobody writes, one pass moves all of the log. */
  private async roomInLog(): Promise<string | undefined> {
    const { disk, checkpointer } = this.parts;
    return disk.wal.holds(longestLog) ? checkpointer.wholePass() : undefined;
  }

  private stall(reason: string): void {
    this.stalled = reason;
    this.cancelRetry = this.parts.timers.after(retryMs, () => this.retry());
    if (this.toldStalled) return;
    this.toldStalled = true;
    this.parts.onStalled(reason);
  }

  private ready(): void {
    this.toldStalled = false;
    this.parts.onReady();
  }

  /** What may be refused, or only looks, does not wait for the disk. Answers whether there was any. */
  private answerAhead(): boolean {
    const answers: (() => void)[] = [];
    this.queue = this.queue.filter((request) => {
      if (request.type === 'commit' && request.refusable) answers.push(() => request.tell(undefined, this.stalled));
      else if (request.type === 'view') answers.push(this.tryView(request));
      else return true;
      return false;
    });
    for (const answer of answers) answer();
    return answers.length > 0;
  }

  private tryView(request: StoreRequest): () => void {
    try {
      return this.read(request);
    } catch (error) {
      return () => request.tell(undefined, reasonOf(error));
    }
  }

  private retry(): void {
    const { disk, path, onFailed } = this.parts;
    try {
      disk.reopen();
    } catch (error) {
      if (!isCorrupt(error)) return this.stall(reasonOf(error));
      this.over = true;
      return onFailed(corrupt(path, error));
    }
    this.stalled = undefined;
    this.wake();
  }
}

function endOfRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
