// A schedule that goes, in memory, and its clock.
//
// 1. An interval goes by monotonic time in the life of a node, whatever its wall clock does; what the node was off counts as the wall clock
//    has it at the start, if that was set both times and has not gone back.
// 2. A cron line goes by the wall clock, as soon as that is set: what it showed before says nothing.
import { createHash } from 'node:crypto';
import type { Message } from '../../model/message.ts';
import type { StoreOp } from '../../model/store-op.ts';
import type { Schedule, ScheduleProgress, ScheduleRecord } from '../../model/schedule.ts';
import { beforeAll, timetableOf, type Timetable } from '../../model/timetable.ts';
import type { Context } from '../context.ts';
import type { Accepted, InLane } from '../in-lane.ts';
import { bounds, newProgress } from './decide.ts';

/** A clock that shows an earlier time (2025-01-01) was never set. */
export const leastSetMs = 1_735_689_600_000;

export function isSet(wall: number): boolean {
  return wall >= leastSetMs;
}

export interface Active {
  /** As its row is: started. */
  readonly accepted: Accepted;
  readonly lane: InLane;
  /** An earlier life of the node has made it. */
  readonly isTakenUp: boolean;
  readonly schedule: Schedule;
  readonly timetable: Timetable;
  progress: ScheduleProgress;
  /** As it was handed to the store last, and when (monotonic). */
  saved: ScheduleProgress;
  savedAt: number;
  /** Of an interval: for how long it had been going when the monotonic clock was at 0. */
  readonly elapsedAtZero: number;
  /** At the next look, so many of what was missed are to be made up, at most. */
  keep: number;
  /** Why times may come late at the next look; absent: there is no reason but that it came late itself. */
  lateBy: string | undefined;
  /** Its runs have no room: that was told. */
  full: boolean;
  /** Nobody wants it any more: why. */
  cancel: string | undefined;
  /** Its end is on the way. */
  isEnding: boolean;
}

/** `progress`: of one that an earlier life of the node has left. Throws where line or time zone are not known here. */
export function createActive(
  context: Context,
  of: {
    readonly lane: InLane;
    readonly accepted: Accepted;
    readonly schedule: Schedule;
    readonly progress?: ScheduleProgress;
  },
): Active {
  const { lane, accepted, schedule } = of;
  const wall = context.wall();
  const isEvery = schedule.when.type === 'every';
  const progress = of.progress ?? newProgress({ through: isEvery ? beforeAll : wall, wall });
  const offMs = isSet(progress.wall) && isSet(wall) ? Math.max(0, wall - progress.wall) : 0;
  return {
    accepted,
    lane,
    isTakenUp: of.progress !== undefined,
    schedule,
    timetable: timetableOf(schedule, jitterOf(context, accepted.message, schedule)),
    progress,
    saved: progress,
    savedAt: context.monotonic(),
    elapsedAtZero: progress.elapsedMs + offMs - context.monotonic(),
    keep: bounds[schedule.catchUp],
    lateBy: of.progress === undefined ? undefined : 'the node did not run',
    full: false,
    cancel: undefined,
    isEnding: false,
  };
}

/** The same for all runs of it, and after every restart. */
function jitterOf({ node }: Context, { id }: Message, { jitterMs }: Schedule): number {
  if (jitterMs === 0) return 0;
  return createHash('sha256').update(`${node}\n${id}`).digest().readUIntBE(0, 6) % jitterMs;
}

/** Its wall clock was set. `leavesOut`: over times that were due: nobody knows for how long it was wrong, so one run is made up for them at most. */
export function noteSet(active: Active, leavesOut: boolean): void {
  active.lateBy = 'the clock of the node was set';
  if (leavesOut) active.keep = Math.min(active.keep, 1);
}

/** Now, on its own clock. */
export function nowOf(context: Context, { schedule, elapsedAtZero }: Active): number {
  return schedule.when.type === 'every' ? Math.floor(elapsedAtZero + context.monotonic()) : context.wall();
}

/** What the wall clock shows, or showed, at a point. */
export function wallAt(context: Context, active: Active, point: number): number {
  return active.schedule.when.type === 'every' ? context.wall() - (nowOf(context, active) - point) : point;
}

/** A change of its progress, taken back if the step fails. */
export function put(context: Context, active: Active, progress: ScheduleProgress): void {
  const before = active.progress;
  if (progress === before) return;
  context.undo(() => (active.progress = before));
  active.progress = progress;
}

/** As it is, for a commit that is about to be handed in. */
export function saveOp(context: Context, active: Active): StoreOp {
  const { saved, savedAt } = active;
  context.undo(() => Object.assign(active, { saved, savedAt }));
  active.saved = active.progress;
  active.savedAt = context.monotonic();
  return { op: 'schedule', record: recordOf(context, active) };
}

/** What stands in its commit. */
export function recordOf(context: Context, active: Active): ScheduleRecord {
  const { accepted, schedule, progress } = active;
  const time = schedule.when.type === 'every' ? { elapsedMs: nowOf(context, active) } : {};
  return { ord: accepted.record.ord, progress: { ...progress, ...time, wall: context.wall() } };
}

/** The one that has made this run. */
export function ofRun(all: readonly Active[], { message, record }: Accepted): Active | undefined {
  const { runOf } = message;
  if (runOf === undefined) return undefined;
  return all.find(({ accepted, lane }) => accepted.message.id === runOf.id && lane.from === record.from);
}

/** Of its timer. */
export function keyOf({ accepted }: Pick<Active, 'accepted'>): string {
  return `schedule:${accepted.record.ord}`;
}
