// The disk of a simulated machine, with the node's store on it: the same contract as src/store/open-store.ts, and its faults.
//
// Boundary. From: perform.ts (commits, queries), strikes (full, crash points). To: the flow, by answers.
// 1. What waits is written as one transaction, all or nothing, in order; a query sees every commit before it.
// 2. A commit is durable a moment before it is confirmed: a crash between them keeps it, a crash before loses it.
// 3. A full disk refuses what may be refused, and keeps everything else, in order, until there is room.
import type { StoreOp, StoreQuery } from '../../src/model/store-op.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Machine } from './machine.ts';

/** Where the process is to die: before the commits that come next are done, or when they are and nobody knows. */
export type CrashPoint = 'crash-before' | 'crash-after';

export type StoreAnswer = (result: unknown, error?: string) => void;

interface Job {
  readonly answer: StoreAnswer;
  readonly ops?: readonly StoreOp[];
  readonly query?: StoreQuery;
  readonly refusable: boolean;
  /** How long the node had run when it asked. */
  readonly uptime: number;
}

const reason = 'disk full';
const confirmMostMs = 1;

export class Disk {
  store: MemoryStore;
  full = false;
  /** Longest time until what waits is written, ms. */
  slowestMs = 2;
  stalled = false;
  private readonly machine: Machine;
  private queue: Job[] = [];
  private working = false;
  private dieAt: { readonly point: CrashPoint; commits: number } | undefined;

  constructor(machine: Machine, store: MemoryStore) {
    this.machine = machine;
    this.store = store;
  }

  /** The process is gone, and what it had not written with it. */
  end(): void {
    this.dieAt = undefined;
    this.queue = [];
    this.working = false;
    this.stalled = false;
  }

  isIdle(): boolean {
    return this.queue.length === 0 && !this.working;
  }

  dieAtCommit(point: CrashPoint, commits: number): void {
    this.dieAt = { point, commits };
  }

  disarm(): void {
    this.dieAt = undefined;
  }

  commit(ops: readonly StoreOp[], refusable: boolean, answer: StoreAnswer): void {
    this.enqueue({ ops, refusable, answer, uptime: this.machine.clock.uptime(true) });
  }

  query(query: StoreQuery, answer: StoreAnswer): void {
    this.enqueue({ query, refusable: false, answer, uptime: 0 });
  }

  /** Room again: what waits is written, in order, and then the flow hears of it. */
  free(): void {
    this.full = false;
    if (!this.stalled) return;
    this.stalled = false;
    this.enqueue({ refusable: false, answer: () => this.machine.step({ type: 'store-ready' }), uptime: 0 });
    this.workSoon();
  }

  private enqueue(job: Job): void {
    if (this.stalled && job.refusable) return this.machine.after(0.1, () => job.answer(undefined, reason));
    this.queue.push(job);
    if (!this.working && !this.stalled) this.workSoon();
  }

  private workSoon(): void {
    if (this.working) return;
    this.working = true;
    const { dice } = this.machine;
    this.machine.after(0.05 + dice.next() ** 2 * this.slowestMs, () => this.work());
  }

  private work(): void {
    const { machine, dieAt } = this;
    const group = this.takeGroup();
    const commits = group.filter((job) => job.ops !== undefined).length;
    if (dieAt !== undefined) dieAt.commits -= commits;
    const dies = dieAt !== undefined && dieAt.commits <= 0 && commits > 0 ? dieAt.point : undefined;
    if (dies === 'crash-before') return machine.die(dies);
    const answers = group.map((job) => this.perform(job));
    if (dies === 'crash-after') return machine.die(dies);
    const stall = this.full && this.queue.length > 0;
    machine.after(0.02 + machine.dice.next() * confirmMostMs, () => {
      const { life } = machine;
      for (const answer of answers) if (machine.life === life) answer();
      if (machine.life !== life) return;
      this.working = false;
      if (stall && this.full) this.stall();
      else if (this.queue.length > 0) this.workSoon();
    });
  }

  /** Everything that waits; of a full disk, what comes before the first commit that has to be kept. */
  private takeGroup(): Job[] {
    const kept = this.full ? this.queue.findIndex((job) => job.ops !== undefined && !job.refusable) : -1;
    return this.queue.splice(0, kept === -1 ? this.queue.length : kept);
  }

  private perform(job: Job): () => void {
    const { machine } = this;
    const { answer, ops, query } = job;
    if (query !== undefined) {
      const result = this.store.query(query);
      return () => answer(result);
    }
    if (ops === undefined) return () => answer(undefined);
    if (this.full) return () => answer(undefined, reason);
    const { witness } = machine.world;
    witness?.willCommit(machine, ops, job.uptime);
    this.store.apply(ops);
    witness?.didCommit(machine, ops);
    machine.world.digest.add(ops.length);
    return () => answer(undefined);
  }

  private stall(): void {
    this.stalled = true;
    const refused = this.queue.filter((job) => job.refusable);
    this.queue = this.queue.filter((job) => !job.refusable);
    const { machine } = this;
    const { life } = machine;
    machine.step({ type: 'store-stalled', reason });
    for (const job of refused) if (machine.life === life) job.answer(undefined, reason);
  }
}
