// What every stage of the flow shares: identity, time, randomness, and the effects that it collects.
//
// Boundary. From: flow.ts, which hands in one event at a time. To: the engine, which takes the effects.
// 1. Nothing here, nor in any stage, does I/O or waits.
// 2. A continuation (`then`) runs once, as the handling of a later event.
// 3. Commits take effect in the order in which they were collected, and queries see the commits before them.
import type { RunKey, RunRequest, RunResult } from '../methods/run.ts';
import type { ErrorCode } from '../model/error-table.ts';
import type { NodeName } from '../model/node-name.ts';
import { isSubjectTo } from '../model/subject.ts';
import type { QueryResult, StoreOp, StoreQuery } from '../model/store-op.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { encodeFrame, type FrameContent } from '../wire/frame.ts';
import type { Change } from './change.ts';
import type { Effect, Notice } from './effect.ts';
import type { FlowEvent, OrphanRef, Prepared } from './event.ts';
import { Hooks } from './hooks.ts';
import type { FlowOptions } from './options.ts';
import type { Peer } from './peer.ts';
import type { Process } from './process.ts';
import { Answers } from './answers.ts';
import { countAdded } from './count-waiting.ts';
import { Ledger } from './ledger.ts';
import { Scopes } from './scopes.ts';
import { Subscriptions } from './subscriptions.ts';
import { TimerKeys } from './timer-keys.ts';
import { Written } from './written.ts';

export class Context extends Hooks {
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
  nextOutboxOrd = 1;
  /** The newest message that was in the outbox when this life began. */
  foundOutboxOrd = 0;
  nextInboxOrd = 1;
  /** Messages accepted up to here belong to a store that went back in time: what may not rerun is not run. */
  doubtfulInboxOrd = 0;
  /** What was sent up to here may have been answered in a life that this store does not know. */
  doubtfulOutboxOrd = 0;
  /** How much waits in outbox and inbox. */
  readonly ledger = new Ledger();
  readonly written = new Written();
  /** How often messages were cancelled: what was asked of the store before may not be as it says. */
  cancels = 0;
  /** Records that ended in the outbox while a page that may hold them was being read. */
  readonly expired = new Set<number>();
  /** Peers with lanes that could send, but for one that goes before them (move-peer.ts), and how often they were looked at. */
  readonly outranked = new Set<Peer>();
  looks = 0;
  /** This node has, or had in this life, messages that it only carries. */
  carries = false;
  /** It had messages under way by others when this life began. */
  sendsByOthers = false;
  /** It has, or had in this life, messages that wait for others to succeed; of these one may have ended (let-go.ts). */
  readonly held = { any: false, due: false, losses: 0 };
  /** Something may have become of these: those who sent it are to be told (tell-passage.ts). */
  passagesDue = false;

  readonly supervisor: Supervisor;
  readonly subscriptions = new Subscriptions();
  private readonly scopes: Scopes;
  private effects: Effect[] = [];
  private readonly answers = new Answers();
  private readonly timers = new TimerKeys();

  constructor(options: FlowOptions) {
    super();
    this.options = options;
    this.node = options.node;
    this.supervisor = new Supervisor(options);
    this.scopes = new Scopes({
      faultPoint: options.faultPoint,
      effects: () => this.effects.length,
      dropEffects: (from) => this.effects.splice(from),
    });
  }

  /** Acts as a step of this process: if it throws, nothing of the step has happened, and the process begins anew (scopes.ts). */
  within<T>(process: Process, act: () => T, otherwise: T): T {
    return this.scopes.within(process, act, otherwise);
  }

  /** To be called when an event has been handled: what crashed meanwhile begins anew. */
  restartCrashed = (): void => this.scopes.settle();

  /** What a step has changed in memory beside its own process: done if the step fails. */
  undo = (act: () => void): void => this.scopes.undo(act);

  /** This step changes what another process holds: if it fails, that one begins anew from the disk, too. */
  touch = (process: Process): void => this.scopes.touch(process);

  wall = (): number => Math.floor(this.options.wall());
  monotonic = (): number => this.options.monotonic();

  token = (bytes = 9): string => Buffer.from(this.options.random.bytes(bytes)).toString('base64url');

  /** Milliseconds that this node has run in all its lives. Spans count by it: a jump of the wall clock ends nothing (I8). */
  nodeTime(): number {
    return this.nodeTimeBase + Math.floor(this.monotonic());
  }

  /** Half to all of the time, so that many nodes do not act at once. */
  jitter(ms: number): number {
    return ms * (0.5 + this.options.random.next() / 2);
  }

  commit(ops: readonly StoreOp[], then: () => void = () => undefined): void {
    this.emitCommit(this.expect(then), ops);
  }

  /** May be refused, if the store cannot write: nothing of it has happened then. `then` is no step of whoever commits. */
  commitOrRefuse(ops: readonly StoreOp[], then: (refused: string | undefined) => void): void {
    const decided = (_result: unknown, error?: string): void => {
      if (error !== undefined) this.ledger.takenBack(ops);
      then(error);
    };
    this.written.note(ops);
    this.emit({ type: 'commit', token: this.expectPlain(decided), ops, refusable: true });
    countAdded(this, ops);
  }

  query<Q extends StoreQuery>(query: Q, then: (result: QueryResult<Q>) => void): void {
    this.emit({ type: 'query', token: this.expect((result) => then(result as QueryResult<Q>)), query });
  }

  /** `to`: absent of what everybody may hear. */
  publish(message: { subject: string; reply?: string; to?: NodeName; content: FrameContent }): void {
    const { subject, reply, to } = message;
    const isOwn = isSubjectTo(this.node, subject);
    if (!this.linkUp && !isOwn) return;
    const near = isOwn || (to !== undefined && this.isNear(to));
    const bytes = encodeFrame(message.content, this.options.seals, { near });
    this.emit(isOwn ? { type: 'loop', subject, bytes } : { type: 'publish', subject, reply, bytes });
  }

  /** A word to this node itself always gets there: it goes over no broker. */
  reaches = (name: NodeName): boolean => this.linkUp || name === this.node;

  listen(peer: NodeName, on: boolean): void {
    this.emit({ type: on ? 'listen' : 'unlisten', peer });
  }

  /** What it does is no step of whoever sets it: one that waits for a node outlives the lane that asked. */
  timer(key: string, delayMs: number, callback: () => void): void {
    // An effect that is dropped leaves the engine's timer as it was.
    this.undo(this.timers.set(key, callback));
    this.emit({ type: 'timer', key, delayMs });
  }

  cancelTimer(key: string): void {
    if (!this.timers.has(key)) return;
    this.undo(this.timers.set(key, undefined));
    this.emit({ type: 'cancel-timer', key });
  }

  private emit(effect: Effect): void {
    this.scopes.reach(effect.type);
    this.effects.push(effect);
  }

  hasTimer = (key: string): boolean => this.timers.has(key);

  prepare(runs: readonly RunRequest[], then: (prepared: readonly Prepared[]) => void): void {
    this.emit({ type: 'prepare', token: this.expect((result) => then(result as readonly Prepared[])), runs });
  }

  adopt(runs: readonly RunRequest[], then: () => void): void {
    if (runs.length === 0) return then();
    this.emit({ type: 'adopt', token: this.expect(() => then()), runs });
  }

  /** Of a run; without an answer. */
  tellRun(effect: Effect & { readonly type: 'arm' | 'disarm' | 'release' | 'cancel-run' }): void {
    this.emit(effect);
  }

  /** `keep` gets the results in any case, also if the step that follows fails. */
  run(runs: readonly RunRequest[], how: { keep: (results: readonly RunResult[]) => void; goOn: () => void }): void {
    const then = this.scopes.later(how.goOn);
    const token = this.expectPlain((result) => {
      how.keep(result as readonly RunResult[]);
      then();
    });
    this.emit({ type: 'run', token, runs });
  }

  /** Each of `follow` is a step of its own of the process that commits: one that fails keeps nothing else from being done. */
  commitAndFollow(ops: readonly StoreOp[], then: Pick<Change, 'follow' | 'others' | 'mayWait'>): void {
    const steps = [...then.follow.map((act) => this.scopes.later(act)), ...then.others];
    const token = this.expectPlain(() => {
      for (const step of steps) step();
    });
    this.emitCommit(token, ops, then.mayWait);
  }

  private emitCommit(token: number, ops: readonly StoreOp[], mayWait?: boolean): void {
    const { savedAt } = this.written;
    this.undo(() => (this.written.savedAt = savedAt));
    this.written.note(ops);
    this.emit({ type: 'commit', token, ops: this.written.stamped(ops, this.nodeTime()), refusable: false, mayWait });
    countAdded(this, ops);
  }

  /** `left`: those that cannot be ended. */
  endOrphans(orphans: readonly OrphanRef[], then: (left: readonly RunKey[]) => void): void {
    const token = this.expect((left) => then(left as readonly RunKey[]));
    this.emit({ type: 'end-orphans', token, orphans });
  }

  notice = (notice: Notice): void => this.emit({ type: 'notice', notice });

  /** An error, as an event. `lane`, `id` and `hint` in the data are those of its report (model/error-report.ts). */
  report(code: ErrorCode, text: string, data: Record<string, unknown> = {}): void {
    this.emit({ type: 'report', code, text, data });
  }

  /** Continues what waited for this answer, or for this timer. */
  resume(event: FlowEvent & { type: 'done' | 'timer' }): void {
    if (event.type === 'timer') this.timers.fire(event.key);
    else this.answers.take(event);
  }

  takeEffects(): readonly Effect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  private expect(then: (result: unknown, error?: string) => void): number {
    return this.expectPlain(this.scopes.later(then));
  }

  private expectPlain(then: (result: unknown, error?: string) => void): number {
    const token = this.answers.expect(then);
    this.undo(() => this.answers.forget(token));
    return token;
  }
}
