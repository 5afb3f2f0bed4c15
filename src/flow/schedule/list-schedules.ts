// Schedules as people see them.
import type { Schedule } from '../../model/schedule.ts';
import type { ScheduleRow } from '../../model/schedule-row.ts';
import type { Context } from '../context.ts';
import { isSet, wallAt, type Active } from './active.ts';

/** A list is to say which ones they are, and not all that they are. */
const mostArgs = 20;
const longestText = 200;

/** The next ones first; those of which no next time is known come last. */
export function listSchedules(context: Context, all: readonly Active[]): readonly ScheduleRow[] {
  return all
    .map((active) => rowOf(context, active))
    .sort((a, b) => (a.next ?? Infinity) - (b.next ?? Infinity) || (a.id < b.id ? -1 : 1));
}

function rowOf(context: Context, active: Active): ScheduleRow {
  const { accepted, schedule, progress, timetable } = active;
  const { message } = accepted;
  const { when, catchUp, overlap, jitterMs } = schedule;
  const { runs, ended, skipped, paused, missed, missedMore, lastMissed, lastRun, owed, going, pausedBy } = progress;
  const state = stateOf(context, active);
  const point = state === 'paused' || state === 'clock not set' ? undefined : timetable.next(progress.through);
  return {
    id: message.id,
    from: message.from,
    method: message.method,
    args: message.args.slice(0, mostArgs).map((arg) => arg.slice(0, longestText)),
    ...(message.description === undefined ? {} : { description: message.description.slice(0, longestText) }),
    when: whenText(when),
    ...(when.type === 'cron' && when.timezone !== undefined ? { timezone: when.timezone } : {}),
    catchUp,
    overlap,
    jitterMs,
    state,
    ...(pausedBy === undefined ? {} : { pausedBy }),
    going: going.length,
    ...(point === undefined ? {} : { next: Math.round(wallAt(context, active, point)) }),
    ...(lastRun === undefined ? {} : { lastRun }),
    runs,
    ended,
    owed,
    skipped,
    paused,
    missed,
    ...(missedMore === undefined ? {} : { missedMore }),
    ...(lastMissed === undefined ? {} : { lastMissed }),
  };
}

function stateOf(context: Context, { schedule, progress, cancel, isEnding }: Active): ScheduleRow['state'] {
  if (cancel !== undefined || isEnding) return 'being cancelled';
  if (progress.pausedBy !== undefined) return 'paused';
  if (schedule.when.type === 'cron' && !isSet(context.wall())) return 'clock not set';
  if (progress.owed > 0 || progress.passing !== undefined) return 'catching up';
  return progress.going.length > 0 ? 'running' : 'waiting';
}

function whenText(when: Schedule['when']): string {
  return when.type === 'cron' ? when.pattern : `every ${when.intervalMs / 1000} s for ${when.totalMs / 1000} s`;
}
