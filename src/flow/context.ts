// What every stage of the flow shares: identity, time, randomness, and the effects that it collects.
//
// Boundary. From: flow.ts, which hands in one event at a time. To: the engine, which takes the effects.
// 1. Nothing here, nor in any stage, does I/O or waits.
// 2. A continuation (`then`) runs once, as the handling of a later event.
// 3. Commits take effect in the order in which they were collected, and queries see the commits before them.
import type { RunKey, RunRequest, RunResult } from '../methods/run.ts';
import type { NodeName } from '../model/node-name.ts';
import type { MethodName } from '../model/method-name.ts';
import type { QueryResult, StoreOp, StoreQuery } from '../model/store-op.ts';
import type { Policy, Seals } from '../security/seal.ts';
import { encodeFrame, type FrameContent } from '../wire/frame.ts';
import type { Effect, Notice } from './effect.ts';
import type { FlowEvent, OrphanRef, Prepared } from './event.ts';

/** The methods as the flow needs to know them. */
export interface MethodKinds {
  /** inline: pure, run at once; file: prepared first, in batches; the others: on their own. */
  kindOf(method: MethodName): 'inline' | 'file' | 'process' | 'console';
  runInline(request: RunRequest): RunResult;
}

/** How long and how much of what is finished is kept; null: without a limit (retain.ts). */
export interface RetentionOptions {
  readonly keepMs: number | null;
  /** What the database may take. */
  readonly databaseBytes: number | null;
}

export const keepAll: RetentionOptions = { keepMs: null, databaseBytes: null };

/** The node time in the store is never older than this when something is written: what is finished is stamped with it. */
export const stampEveryMs = 60_000;

export interface FlowOptions {
  readonly node: NodeName;
  readonly central: NodeName;
  readonly version: string;
  /** Random, made for this start. */
  readonly boot: string;
  readonly random: { next(): number; bytes(count: number): Uint8Array };
  readonly wall: () => number;
  readonly monotonic: () => number;
  readonly seals: Seals;
  readonly policy: Policy;
  readonly methods: MethodKinds;
  readonly newId: () => string;
  /** Unordered messages of one lane that run at once, at most. */
  readonly maxRunning: number;
  readonly retention: RetentionOptions;
}

export class Context {
  readonly options: FlowOptions;
  readonly node: NodeName;
  incarnation = '';
  /** Made with the store, and never again. */
  origin = '';
  linkUp = false;
  stalled: string | undefined;
  stopping = false;
  /** The store has been taken up. */
  ready = false;
  /** Node time at the start of this life (I8): how long this node has run before, in ms. */
  nodeTimeBase = 0;
  /** Node time of the soonest deadline that a timer waits for. */
  soonestDeadline: number | undefined;
  /** As it was last written. */
  savedNodeTime = 0;
  /** What this life has written: bytes of messages, about, and operations. */
  writtenBytes = 0;
  writtenOps = 0;
  nextOutboxOrd = 1;
  /** The newest message that was in the outbox when this life began. */
  foundOutboxOrd = 0;
  nextInboxOrd = 1;
  /** Messages accepted up to here belong to a store that went back in time: what may not rerun is not run. */
  doubtfulInboxOrd = 0;
  /** What was sent up to here may have been answered in a life that this store does not know. */
  doubtfulOutboxOrd = 0;
  /** Records that ended in the outbox while a page that may hold them was being read. */
  readonly expired = new Set<number>();

  /** Called before a batch leaves: what is to arrive before it. */
  beforeBatch: (to: NodeName) => void = () => undefined;

  private effects: Effect[] = [];
  private nextToken = 1;
  private readonly waiting = new Map<number, (result: unknown, error?: string) => void>();
  private readonly timers = new Map<string, () => void>();

  constructor(options: FlowOptions) {
    this.options = options;
    this.node = options.node;
  }

  wall(): number {
    return Math.floor(this.options.wall());
  }

  monotonic(): number {
    return this.options.monotonic();
  }

  token(bytes = 9): string {
    return Buffer.from(this.options.random.bytes(bytes)).toString('base64url');
  }

  /** Milliseconds that this node has run in all its lives. Spans count by it: a jump of the wall clock ends nothing (I8). */
  nodeTime(): number {
    return this.nodeTimeBase + Math.floor(this.monotonic());
  }

  /** Half to all of the time, so that many nodes do not act at once. */
  jitter(ms: number): number {
    return ms * (0.5 + this.options.random.next() / 2);
  }

  commit(ops: readonly StoreOp[], then?: () => void): void {
    this.noteWritten(ops);
    this.effects.push({ type: 'commit', token: this.expect(() => then?.()), ops: this.stamped(ops), refusable: false });
  }

  /** May be refused, if the store cannot write: nothing of it has happened then. */
  commitOrRefuse(ops: readonly StoreOp[], then: (refused: string | undefined) => void): void {
    this.noteWritten(ops);
    this.effects.push({ type: 'commit', token: this.expect((_result, error) => then(error)), ops, refusable: true });
  }

  query<Q extends StoreQuery>(query: Q, then: (result: QueryResult<Q>) => void): void {
    this.effects.push({ type: 'query', token: this.expect((result) => then(result as QueryResult<Q>)), query });
  }

  publish(message: { subject: string; reply?: string; content: FrameContent }): void {
    if (!this.linkUp) return;
    const bytes = encodeFrame(message.content, this.options.seals);
    this.effects.push({ type: 'publish', subject: message.subject, reply: message.reply, bytes });
  }

  listen(peer: NodeName, on: boolean): void {
    this.effects.push({ type: on ? 'listen' : 'unlisten', peer });
  }

  timer(key: string, delayMs: number, callback: () => void): void {
    this.timers.set(key, callback);
    this.effects.push({ type: 'timer', key, delayMs });
  }

  cancelTimer(key: string): void {
    if (this.timers.delete(key)) this.effects.push({ type: 'cancel-timer', key });
  }

  hasTimer(key: string): boolean {
    return this.timers.has(key);
  }

  prepare(runs: readonly RunRequest[], then: (prepared: readonly Prepared[]) => void): void {
    this.effects.push({ type: 'prepare', token: this.expect((result) => then(result as readonly Prepared[])), runs });
  }

  adopt(runs: readonly RunRequest[], then: () => void): void {
    if (runs.length === 0) return then();
    this.effects.push({ type: 'adopt', token: this.expect(() => then()), runs });
  }

  arm(run: RunRequest): void {
    this.effects.push({ type: 'arm', run });
  }

  disarm(key: RunKey): void {
    this.effects.push({ type: 'disarm', key });
  }

  release(key: RunKey): void {
    this.effects.push({ type: 'release', key });
  }

  run(runs: readonly RunRequest[], then: (results: readonly RunResult[]) => void): void {
    this.effects.push({ type: 'run', token: this.expect((result) => then(result as readonly RunResult[])), runs });
  }

  endOrphans(orphans: readonly OrphanRef[], then: () => void): void {
    this.effects.push({ type: 'end-orphans', token: this.expect(() => then()), orphans });
  }

  notice(notice: Notice): void {
    this.effects.push({ type: 'notice', notice });
  }

  warn(text: string, data: Record<string, unknown> = {}): void {
    this.effects.push({ type: 'warn', text, data });
  }

  /** Continues what waited for this answer, or for this timer. */
  resume(event: FlowEvent & { type: 'done' | 'timer' }): void {
    if (event.type === 'timer') {
      const callback = this.timers.get(event.key);
      this.timers.delete(event.key);
      callback?.();
      return;
    }
    const then = this.waiting.get(event.token);
    this.waiting.delete(event.token);
    then?.(event.result, event.error);
  }

  takeEffects(): readonly Effect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  private noteWritten(ops: readonly StoreOp[]): void {
    this.writtenOps += ops.length;
    for (const op of ops) this.writtenBytes += writtenBytesOf(op);
  }

  private stamped(ops: readonly StoreOp[]): readonly StoreOp[] {
    const now = this.nodeTime();
    if (now - this.savedNodeTime < stampEveryMs) return ops;
    this.savedNodeTime = now;
    return [{ op: 'meta', key: 'nodeTime', value: String(now) }, ...ops];
  }

  private expect(then: (result: unknown, error?: string) => void): number {
    const token = this.nextToken;
    this.nextToken += 1;
    this.waiting.set(token, then);
    return token;
  }
}

/** Beside head and body. */
const rowBytes = 500;

function writtenBytesOf(op: StoreOp): number {
  if (op.op === 'piece') return op.bytes.length;
  if (op.op !== 'outbox-add' && op.op !== 'inbox-add') return 0;
  return op.record.head.length + (op.record.body?.length ?? 0) + rowBytes;
}
