// One look at one schedule: what is due is run, skipped, or missed.
//
// From: schedules.ts. To: accept.ts, which takes a run as it takes a message that arrives; job-runner.ts, which ends the schedule.
// 1. A run is a row of the inbox, made by the commit that says that its time has come.
// 2. Of what is to be made up, one goes at a time.
import { laneOf } from '../../model/lane.ts';
import type { Message } from '../../model/message.ts';
import type { ScheduleProgress } from '../../model/schedule.ts';
import { packHead } from '../../wire/message-head.ts';
import { accept, type Acceptance } from '../accept.ts';
import { placeReplies } from '../answer.ts';
import { laneIn } from '../cancel-here.ts';
import { applyChange, newChange } from '../change.ts';
import type { Context } from '../context.ts';
import { aloneMs } from '../hear-first.ts';
import type { InLanes } from '../in-lane.ts';
import { isDoubtful } from '../next-job.ts';
import { isSet, nowOf, put, saveOp, wallAt, type Active } from './active.ts';
import * as decide from './decide.ts';
import { endedResult } from './ended-result.ts';

/** A clock that goes back by more was wrong before: what is due counts from what it shows now. */
const mostBackMs = 3 * 3_600_000;
/** How far an interval has come is saved so often, at least. */
const saveMs = 10 * 60_000;
const noRoom = 'results of earlier runs fill half of what may wait here';

export interface RunParts {
  readonly inLanes: InLanes;
  readonly acceptance: Acceptance;
  /** It has ended, and is not looked at any more. */
  readonly remove: (active: Active) => void;
  /** To be looked at again in so many ms. */
  readonly wait: (active: Active, delayMs: number) => void;
}

export class MakeRuns {
  private readonly context: Context;
  private readonly parts: RunParts;
  /** Until then (monotonic) nothing is made for what an earlier life has left: its sender may have taken it back (hear-first.ts). */
  private quietUntil = 0;

  constructor(context: Context, parts: RunParts) {
    this.context = context;
    this.parts = parts;
  }

  /** At a start. */
  hearFirst(): void {
    this.quietUntil = this.context.monotonic() + aloneMs;
  }

  /** To be called in a step. */
  look(active: Active): void {
    const { context } = this;
    const isCron = active.schedule.when.type === 'cron';
    if (active.cancel !== undefined || isDoubtful(context, active.accepted)) return this.endIfQuiet(active);
    const quietMs = this.quietUntil - context.monotonic();
    if (active.isTakenUp && quietMs > 0) return this.parts.wait(active, Math.ceil(quietMs));
    // Whoever watches the clock finds when it is set.
    if (isCron && !isSet(context.wall())) return;
    const { progress: before } = active;
    const at = this.at(active);
    if (isCron && (!isSet(before.through) || before.through - at.now > mostBackMs))
      put(context, active, decide.beginAnew(before, at));
    else put(context, active, decide.goOnBehind(before, at));
    if (active.progress.pausedBy === undefined) this.goOn(active);
    else if (active.timetable.next(at.now) === undefined) put(context, active, decide.passBy(active.progress, at));
    this.tellMissed(active, before);
    if (decide.isOver(active.progress, active.timetable)) return this.finish(active);
    if (active.progress !== active.saved || this.isLongSinceSaved(active)) context.commit([saveOp(context, active)]);
    this.arm(active);
  }

  /** For what is reckoned from its progress. */
  at(active: Active): Parameters<typeof decide.passBy>[1] {
    const { context } = this;
    return {
      timetable: active.timetable,
      now: nowOf(context, active),
      wallAt: (point) => Math.round(wallAt(context, active, point)),
    };
  }

  private goOn(active: Active): void {
    if (active.progress.passing !== undefined)
      put(this.context, active, decide.passBy(active.progress, this.at(active)));
    if (active.progress.passing === undefined) this.takeIn(active);
  }

  private takeIn(active: Active): void {
    const { context } = this;
    const { keep: most, lateBy } = active;
    const { progress, due, isPart } = decide.advance(active.progress, { ...this.at(active), keep: most, lateBy });
    put(context, active, progress);
    // It is armed for what has come already: the next look is soon.
    if (isPart === true) return;
    context.undo(() => Object.assign(active, { keep: most, lateBy }));
    active.keep = decide.bounds[active.schedule.catchUp];
    active.lateBy = undefined;
    if (due !== undefined) this.meet(active, due);
    const owed = decide.nextOwed(active.progress, active.timetable);
    if (owed === undefined || active.progress.going.length > 0) return;
    if (this.hasRoom(active)) this.run(active, owed);
    else put(context, active, decide.giveUp(active.progress, this.at(active), noRoom));
  }

  /** A time that has come, with nothing before it that waits. */
  private meet(active: Active, point: number): void {
    const { progress, schedule } = active;
    const going = progress.going.length;
    if (going > 0 && (!schedule.overlap || going >= decide.mostGoing))
      return put(this.context, active, decide.skip(progress, point));
    if (this.hasRoom(active)) return this.run(active, point);
    const { wallAt } = this.at(active);
    put(this.context, active, decide.miss(progress, point, { wallAt, reason: noRoom }));
  }

  private run(active: Active, point: number): void {
    const { context, parts } = this;
    const { runner } = parts.acceptance;
    const { message, body = new Uint8Array() } = active.accepted;
    const { schedule: _schedule, ...rest } = message;
    const id = context.options.newId();
    const due = this.at(active).wallAt(point);
    const runOf = { id: message.id, number: active.progress.runs + 1, ...(due < 0 ? {} : { due }) };
    const run: Message = { ...rest, id, unordered: true, runOf };
    const lane = laneIn(context, parts.inLanes, { from: active.lane.from, lane: laneOf(run) });
    const change = newChange();
    const going = { ord: context.nextInboxOrd, id, due, startedAt: context.wall() };
    put(context, active, decide.begin(active.progress, point, going));
    active.full = false;
    const item = { type: 'message' as const, id, head: packHead(run), message: run, body };
    accept(context, parts.acceptance, { lane, item, change });
    change.ops.push(saveOp(context, active));
    placeReplies(context, change);
    runner.runWithin(lane, change);
    change.others.push(() => runner.runNext(lane));
    applyChange(context, change);
  }

  /** Others keep at least half of what may wait for them. */
  private hasRoom({ lane }: Active): boolean {
    const { limits } = this.context.options;
    const { outbox } = this.context.ledger;
    const [mine, all] = [outbox.of(lane.from), outbox.total];
    return (
      2 * mine.messages < limits.queuedMessagesPerNode &&
      2 * mine.bytes < limits.queuedBytesPerNode &&
      2 * all.messages < limits.queuedMessages &&
      2 * all.bytes < limits.queuedBytes
    );
  }

  /** Central hears of it; of runs that have no room once, until there is some. */
  private tellMissed(active: Active, before: ScheduleProgress): void {
    const { progress, lane, accepted, full } = active;
    const missed = progress.missed - before.missed;
    const { reason = '' } = progress.lastMissed ?? {};
    if (missed <= 0 || (reason === noRoom && full)) return;
    active.full = reason === noRoom;
    const data = { node: lane.from, lane: lane.name, id: accepted.message.id, missed };
    this.context.report('schedule-missed', `runs of a schedule were missed: ${reason}`, data);
  }

  private endIfQuiet(active: Active): void {
    if (active.progress.going.length === 0) this.finish(active);
    else if (active.progress !== active.saved) this.context.commit([saveOp(this.context, active)]);
  }

  private finish(active: Active): void {
    const { context, parts } = this;
    const { accepted, progress, cancel } = active;
    const { from, name } = active.lane;
    context.undo(() => (active.isEnding = false));
    active.isEnding = true;
    parts.remove(active);
    const lane = laneIn(context, parts.inLanes, { from, lane: name });
    parts.acceptance.runner.jobs.endWith(
      lane,
      accepted,
      endedResult(progress, { cancel, isDoubtful: isDoubtful(context, accepted) }),
    );
  }

  private isLongSinceSaved({ schedule, savedAt }: Active): boolean {
    return schedule.when.type === 'every' && this.context.monotonic() - savedAt >= saveMs;
  }

  private arm(active: Active): void {
    const { timetable, progress, schedule } = active;
    const now = nowOf(this.context, active);
    const isEvery = schedule.when.type === 'every';
    const next = timetable.next(progress.through);
    if (progress.pausedBy !== undefined) {
      if (isEvery) this.parts.wait(active, saveMs);
      return;
    }
    // Else it goes on at the end of a run.
    if (next === undefined) return;
    const delayMs = Math.max(1, Math.ceil(next - now));
    this.parts.wait(active, isEvery ? Math.min(delayMs, saveMs) : delayMs);
  }
}
