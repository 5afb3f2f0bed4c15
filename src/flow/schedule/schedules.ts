// The schedules of this node: messages that it runs again and again, whether there is a link or not.
//
// Boundary. From: job-runner.ts (a message with a schedule whose turn it is), restart.ts, answer.ts (the end of a run), and operators
// (cancel-here.ts, order-schedule.ts). To: make-runs.ts, one event for one schedule, whatever the clock did.
// 1. Its message has started, and ends with the schedule: until then its sender shows it as running.
// 2. That a run has ended is in the commit of its outcome. So each time is a run, skipped, missed, or passed while paused (decide.ts).
// 3. Nothing is made while the node stops, or the store cannot write.
import type { Outcome } from '../../model/message.ts';
import type { InboxRecord } from '../../model/record.ts';
import type { ScheduleProgress, ScheduleRecord } from '../../model/schedule.ts';
import { describeError } from '../../model/error.ts';
import type { Change } from '../change.ts';
import type { Context } from '../context.ts';
import type { Accepted, InLane } from '../in-lane.ts';
import type { Cancelled } from '../job-runner.ts';
import { stepProcess } from '../step-process.ts';
import { createActive, isSet, keyOf, noteSet, ofRun, put, recordOf, saveOp, type Active } from './active.ts';
import { end, passBy } from './decide.ts';
import { MakeRuns, type RunParts } from './make-runs.ts';
import { refusalOf, sizeOf } from './refuse-schedule.ts';

/** The clock was set, where it goes on by so much more, or less, than time does. */
const jumpMs = 2_000;
const watchMs = 15_000;
const watchKey = 'schedules';
/** After a step that failed. */
const failedPauseMs = 60_000;
/** Between two, where all are looked at. */
const nextLookMs = 2;

export interface ScheduleParts extends Pick<RunParts, 'inLanes' | 'acceptance'> {
  /** A run of a schedule is not wanted any more. */
  readonly cancelRun: (record: InboxRecord, reason: string) => void;
}

export interface Made {
  readonly record: ScheduleRecord;
  /** To be called when that is durable; with the reason, where its sender does not want it any more. */
  readonly begin: (cancel: string | undefined) => void;
}

export class Schedules {
  private readonly context: Context;
  private readonly parts: ScheduleParts;
  private readonly makeRuns: MakeRuns;
  /** By the order of their messages. */
  private readonly all = new Map<number, Active>();
  private bytes = 0;
  /** How far the wall clock was ahead of time when that was looked at last. */
  private drift: number | undefined;

  constructor(context: Context, parts: ScheduleParts) {
    this.context = context;
    this.parts = parts;
    const { inLanes, acceptance } = parts;
    const remove = (active: Active): void => this.remove(active);
    const wait = (active: Active, delayMs: number): void => this.lookIn(active, delayMs);
    this.makeRuns = new MakeRuns(context, { inLanes, acceptance, remove, wait });
  }

  list(): readonly Active[] {
    return [...this.all.values()];
  }

  /** A message whose turn it is becomes a schedule; or why it does not. */
  make(lane: InLane, accepted: Accepted): Made | { readonly refusal: string } {
    const refusal = refusalOf(accepted, { schedules: this.all.size, bytes: this.bytes });
    const { schedule } = accepted.message;
    if (refusal !== undefined || schedule === undefined) return { refusal: refusal ?? 'it has no schedule' };
    try {
      const active = createActive(this.context, { lane, accepted, schedule });
      return { record: recordOf(this.context, active), begin: (cancel) => this.add(active, cancel) };
    } catch (error) {
      return { refusal: `its schedule is not understood here: ${describeError(error)}` };
    }
  }

  /** At a start: one that an earlier life of the node has made. Answers whether it goes on, when `begin` is called. */
  takeUp(lane: InLane, accepted: Accepted, progress: ScheduleProgress | undefined): boolean {
    const { schedule } = accepted.message;
    if (schedule === undefined || progress === undefined) return false;
    try {
      const active = createActive(this.context, { lane, accepted, schedule, progress });
      active.cancel = accepted.record.cancel ?? undefined;
      this.put(active);
      this.makeRuns.hearFirst();
      return true;
    } catch (error) {
      // The system has lost a time zone, say: the sender hears that nobody knows.
      this.context.report('schedule-missed', `a schedule cannot go on: ${describeError(error)}`, {
        id: accepted.message.id,
      });
      return false;
    }
  }

  /** The store has been taken up, or can be written again. */
  begin(): void {
    this.observe();
    for (const active of this.all.values()) {
      active.lateBy ??= 'the store could not be written';
      if (active.progress.going.length > 0) this.settleGoing(active);
    }
    this.lookAtAll();
  }

  /** Its run ends by this change. */
  ended(accepted: Accepted, outcome: Outcome, change: Change): void {
    if (accepted.message.runOf === undefined) return;
    // Its answer has everything: a schedule that runs every second is not to fill the store with rows.
    change.ops.push({ op: 'inbox-prune', ords: [accepted.record.ord] });
    const active = ofRun(this.list(), accepted);
    if (active === undefined) return;
    put(this.context, active, end(active.progress, accepted.record.ord, outcome));
    change.ops.push(saveOp(this.context, active));
    change.others.push(() => this.look(active));
  }

  /** An order of its sender; undefined: there is no such schedule. What may only be taken back while it waits goes on. */
  cancelByOrder(ord: number, of: { readonly running: boolean; readonly reason: string }): Cancelled | undefined {
    const active = this.all.get(ord);
    if (active === undefined) return undefined;
    if (!of.running) return 'is too far';
    this.cancel(active, of.reason);
    return 'runs, and is being ended';
  }

  /** What runs of it is ended, and it with the last of these. */
  cancel(active: Active, reason: string): void {
    if (active.cancel !== undefined || active.isEnding) return;
    this.context.undo(() => (active.cancel = undefined));
    active.cancel = reason;
    this.context.commit([{ op: 'inbox-cancel', ord: active.accepted.record.ord, reason }]);
    this.settleGoing(active);
  }

  pause(active: Active, by: string): void {
    if (active.progress.pausedBy !== undefined || active.isEnding) return;
    put(this.context, active, { ...active.progress, pausedBy: by });
    this.save(active, () => this.look(active));
  }

  /** From now on: what has come meanwhile has passed. */
  resume(active: Active): void {
    const { pausedBy, passing: _passing, ...progress } = active.progress;
    if (pausedBy === undefined || active.isEnding) return;
    put(this.context, active, passBy(progress, this.makeRuns.at(active)));
    this.save(active, () => this.look(active));
  }

  /** The node stops: how far each has come is saved. */
  stop(): void {
    const going = this.list().filter(({ schedule }) => schedule.when.type === 'every');
    if (going.length > 0) this.context.commit(going.map((active) => saveOp(this.context, active)));
  }

  /** `cancel`: why nobody wants it any more, where that was said meanwhile. */
  private add(active: Active, cancel: string | undefined): void {
    active.cancel = cancel;
    this.put(active);
    this.context.undo(() => this.forget(active));
    this.observe();
    this.look(active);
  }

  private put(active: Active): void {
    this.all.set(active.accepted.record.ord, active);
    this.bytes += sizeOf(active.accepted);
  }

  private remove(active: Active): void {
    this.forget(active);
    this.context.undo(() => this.put(active));
    this.context.cancelTimer(keyOf(active));
  }

  private forget(active: Active): void {
    if (this.all.delete(active.accepted.record.ord)) this.bytes -= sizeOf(active.accepted);
  }

  /** What runs of one that was cancelled is ended. What the store does not have is no run any more, whatever became of it. */
  private settleGoing(active: Active): void {
    const { context } = this;
    const { going } = active.progress;
    if (going.length === 0) return this.look(active);
    const ids = going.map(({ id }) => id);
    context.query({ query: 'inbox-open', from: active.lane.from, ids }, (found) => {
      const here = new Set(found.map(({ ord }) => ord));
      for (const { ord } of going)
        if (!here.has(ord))
          active.progress = end(active.progress, ord, { state: 'unknown', stdoutBytes: 0, stderrBytes: 0 });
      const { cancel } = active;
      if (cancel !== undefined) for (const record of found) this.parts.cancelRun(record, cancel);
      this.look(active);
    });
  }

  private save(active: Active, then: () => void = () => undefined): void {
    this.context.commit([saveOp(this.context, active)], then);
  }

  lookAtAll(): void {
    let delayMs = 0;
    for (const active of this.all.values()) this.lookIn(active, (delayMs += nextLookMs));
  }

  private lookIn(active: Active, delayMs: number): void {
    this.context.timer(keyOf(active), delayMs, () => {
      this.observe();
      this.look(active);
    });
  }

  /** Finds whether the wall clock was set since the last time, and will look at it again. */
  private observe(): void {
    const { context } = this;
    if (this.all.size === 0 || context.stopping) return;
    const wall = context.wall();
    const drift = wall - context.monotonic();
    const jump = drift - (this.drift ?? drift);
    this.drift = drift;
    if (!context.hasTimer(watchKey)) context.timer(watchKey, watchMs, () => this.observe());
    if (Math.abs(jump) < jumpMs) return;
    // Before it was set, nothing was due.
    const leavesOut = jump > 0 && isSet(wall - jump);
    for (const active of this.all.values())
      if (active.schedule.when.type === 'every') this.save(active);
      else noteSet(active, leavesOut);
    this.lookAtAll();
  }

  /** A step of its own: one that fails is taken back, and done again later. */
  private look(active: Active): void {
    const { context } = this;
    const { ord, id } = active.accepted.record;
    if (this.all.get(ord) !== active || active.isEnding) return;
    if (context.stopping || !context.ready || context.stalled !== undefined) return;
    const process = stepProcess(context, { id: 'schedule', fate: 'is looked at again later', data: { id } });
    const act = (): true => {
      this.makeRuns.look(active);
      return true;
    };
    if (!context.within(process, act, false)) this.lookIn(active, failedPauseMs);
  }
}
