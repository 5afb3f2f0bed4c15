// What becomes of the times at which a schedule is due: a pure reckoning over its progress.
//
// 1. Each point is decided upon once: it is a run, skipped, missed, or passed while the schedule was paused.
// 2. Points are decided upon in their order, so runs begin in it.
// 3. However long nothing was looked at, a look counts `mostAtOnce` points at most, so that it holds up nobody, and the looks together `mostCounted`;
//    `mostMadeUp` of them are kept to be made up.
import type { Outcome } from '../../model/message.ts';
import type { Timetable } from '../../model/timetable.ts';
import type { CatchUp, GoingRun, ScheduleProgress } from '../../model/schedule.ts';

/** A run that comes so late is not missed. */
export const lateMs = 60_000;
/** Runs of one schedule that go at once, where they may. */
export const mostGoing = 32;
const mostMadeUp = 1_000;
const mostCounted = 1_000;
/** A point of a cron line costs up to some tenths of a millisecond. */
const mostAtOnce = 100;

export const bounds: Readonly<Record<CatchUp, number>> = { none: 0, once: 1, all: mostMadeUp };

export function newProgress(at: { readonly through: number; readonly wall: number }): ScheduleProgress {
  const { through, wall } = at;
  const counts = { runs: 0, ended: {}, skipped: 0, paused: 0, missed: 0 };
  return { done: through, through, owed: 0, elapsedMs: 0, wall, going: [], ...counts };
}

interface At {
  readonly timetable: Timetable;
  /** On the clock of the schedule. */
  readonly now: number;
  /** The wall clock at a point, for people. */
  readonly wallAt: (point: number) => number;
}

interface Advanced {
  readonly progress: ScheduleProgress;
  /** One that has come just now, and before which nothing is to be made up. */
  readonly due?: number;
  /** More has come: nothing is decided upon before the next look has taken it in. */
  readonly isPart?: true;
}

/** Takes in what has come since. `keep`: so many of those that were missed are to be made up, at most. `lateBy`: why they may come late. */
export function advance(
  progress: ScheduleProgress,
  at: At & { readonly keep: number; readonly lateBy?: string | undefined },
): Advanced {
  const { timetable, now, keep } = at;
  const { count, more, newest } = timetable.count({ after: progress.through, until: now, most: mostAtOnce });
  if (newest === undefined) return { progress };
  const owed = progress.owed + count;
  if (more && owed < mostCounted) return { progress: { ...progress, through: newest, owed }, isPart: true };
  const [through = newest] = more ? timetable.last({ after: newest, until: now, most: 1 }) : [];
  const isOnTime = now - through <= lateMs;
  if (count === 1 && isOnTime && progress.owed === 0) return { progress, due: through };
  const reason =
    at.lateBy ?? (progress.owed > 0 ? 'those before were still to be made up' : 'the node was busy with other things');
  return {
    progress: drop({ ...progress, through, owed }, at, { keep: Math.max(keep, isOnTime ? 1 : 0), more, reason }),
  };
}

/** Of what is to be made up, only the last `keep` are kept. */
function drop(
  progress: ScheduleProgress,
  { timetable, wallAt }: At,
  of: { readonly keep: number; readonly more: boolean; readonly reason: string },
): ScheduleProgress {
  const { keep, more, reason } = of;
  if (progress.owed <= keep && !more) return progress;
  const { done: before, through } = progress;
  const { done, owed } = lastKept(progress, timetable, { keep, more });
  const missed = Math.max(more ? 1 : 0, progress.owed - owed);
  const first = timetable.next(before) ?? through;
  return {
    ...progress,
    done,
    owed,
    missed: progress.missed + missed,
    ...(more ? { missedMore: true as const } : {}),
    ...(missed > 0 ? { lastMissed: { from: wallAt(first), to: wallAt(done), reason } } : {}),
  };
}

/** The shorter way to it: from the first that goes, or from the last that stays. */
function lastKept(
  { done: before, through, owed }: ScheduleProgress,
  timetable: Timetable,
  { keep, more }: { readonly keep: number; readonly more: boolean },
): Pick<ScheduleProgress, 'done' | 'owed'> {
  if (!more && owed - keep <= keep) {
    let done = before;
    for (let left = owed - keep; left > 0; left -= 1) done = timetable.next(done) ?? done;
    return { done, owed: keep };
  }
  const kept = timetable.last({ after: before, until: through, most: keep });
  const [first] = kept;
  if (first === undefined) return { done: through, owed: 0 };
  return { done: timetable.last({ after: before, until: first - 1, most: 1 })[0] ?? before, owed: kept.length };
}

/** What is still to be made up is not. */
export function giveUp(progress: ScheduleProgress, at: At, reason: string): ScheduleProgress {
  return drop(progress, at, { keep: 0, more: false, reason });
}

/** What has come up to now passes without a run, as a schedule that is paused has it. Of much this is a part; the rest is `passing`. */
export function passBy(progress: ScheduleProgress, { timetable, now }: At): ScheduleProgress {
  const { passing = { until: now, from: progress.paused }, ...rest } = progress;
  const until = Math.min(passing.until, now);
  const { count, more, newest = rest.through } = timetable.count({ after: rest.through, until, most: mostAtOnce });
  const paused = rest.paused + rest.owed + count;
  const isPart = more && paused - passing.from < mostCounted;
  const [through = newest] = more && !isPart ? timetable.last({ after: newest, until, most: 1 }) : [];
  return { ...rest, done: through, through, owed: 0, paused, ...(isPart ? { passing } : {}) };
}

/** The clock of the schedule was wrong: what it is due for counts from here on. What was to be made up is missed. */
export function beginAnew(progress: ScheduleProgress, at: At): ScheduleProgress {
  const { now } = at;
  const decidedTo = Math.max(progress.through, progress.decidedTo ?? 0);
  return { ...giveUp(progress, at, corrected), done: now, through: now, decidedTo };
}

/** It is wrong now, or was, and not before: where it jumps over what was decided upon then, that is not decided upon again. */
export function goOnBehind(progress: ScheduleProgress, at: At): ScheduleProgress {
  const { decidedTo, ...rest } = progress;
  if (decidedTo === undefined || decidedTo > at.now) return progress;
  const next = at.timetable.next(progress.through);
  if (next !== undefined && next <= decidedTo && at.now - next <= lateMs) return progress;
  if (decidedTo <= progress.through) return rest;
  return { ...giveUp(rest, at, corrected), done: decidedTo, through: decidedTo };
}

const corrected = 'the clock of the node was corrected';

/** This point has come, and is neither run nor to be made up. */
export function skip(progress: ScheduleProgress, point: number): ScheduleProgress {
  return { ...progress, done: point, through: point, skipped: progress.skipped + 1 };
}

export function miss(
  progress: ScheduleProgress,
  point: number,
  of: { readonly wall: number; readonly reason: string },
): ScheduleProgress {
  const { wall, reason } = of;
  return {
    ...progress,
    done: point,
    through: point,
    missed: progress.missed + 1,
    lastMissed: { from: wall, to: wall, reason },
  };
}

/** The point that comes first of those that are to be made up. */
export function nextOwed(progress: ScheduleProgress, timetable: Timetable): number | undefined {
  return progress.owed === 0 ? undefined : timetable.next(progress.done);
}

export function begin(progress: ScheduleProgress, point: number, run: GoingRun): ScheduleProgress {
  const { due, startedAt } = run;
  return {
    ...progress,
    done: point,
    through: Math.max(point, progress.through),
    owed: Math.max(0, progress.owed - 1),
    runs: progress.runs + 1,
    going: [...progress.going, run],
    lastRun: { due, startedAt, state: 'running' },
  };
}

export function end(progress: ScheduleProgress, ord: number, outcome: Outcome): ScheduleProgress {
  const run = progress.going.find((one) => one.ord === ord);
  if (run === undefined) return progress;
  const { state, exitCode, reason, startedAt = run.startedAt } = outcome;
  return {
    ...progress,
    going: progress.going.filter((one) => one !== run),
    ended: { ...progress.ended, [state]: (progress.ended[state] ?? 0) + 1 },
    lastRun: {
      due: run.due,
      startedAt,
      state,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason: reason.slice(0, longestReason) }),
    },
  };
}

const longestReason = 200;

/** Nothing of it is left to come, to be made up or to end. */
export function isOver({ through, owed, going }: ScheduleProgress, timetable: Timetable): boolean {
  return owed === 0 && going.length === 0 && timetable.next(through) === undefined;
}
