// When a schedule is due: points on its own clock, in their order. Only the reckoning is done here; clocks and timers are the flow's.
//
// 1. `next` and `last` agree: they name the same points.
// 2. A fixed time of day that a change of the clocks leaves out is due when the gap ends, and one that comes twice is due once; what goes
//    by every hour, minute or second goes by real time, through the change (croner, fixedTimeRule).
import { Cron } from 'croner';
import type { Schedule } from './schedule.ts';

export interface Timetable {
  /** The first point after this one; undefined: there is none. */
  next(after: number): number | undefined;
  /** The last ones in (after, until], the oldest first, at most so many. */
  last(range: { readonly after: number; readonly until: number; readonly most: number }): readonly number[];
  /** How many there are in (after, until], and the last that was counted; `more`: counting has ended at `most`. */
  count(range: { readonly after: number; readonly until: number; readonly most: number }): Counted;
}

export interface Counted {
  readonly count: number;
  readonly more: boolean;
  readonly newest?: number;
}

/** Before the first point of an interval. */
export const beforeAll = -1;

/** Every point is later by `offsetMs`. Throws what croner throws for a line or a time zone that it does not know. */
export function timetableOf({ when }: Pick<Schedule, 'when'>, offsetMs = 0): Timetable {
  return when.type === 'every' ? everyTimetable(when, offsetMs) : cronTimetable(cronOf(when), offsetMs);
}

/** Throws a plain Error with its reason. */
export function cronOf(when: { readonly pattern: string; readonly timezone?: string }): Cron {
  // Its short names (@daily) and dates are no fields.
  if (!/^\S+( +\S+){4,5}$/.test(when.pattern)) throw new Error('it has neither five nor six fields');
  const zone = when.timezone === undefined ? {} : { timezone: when.timezone };
  const cron = new Cron(when.pattern, { ...zone, paused: true, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });
  // The zone is looked at only when a time is asked for.
  cron.nextRun(new Date(0));
  return cron;
}

function cronTimetable(cron: Cron, offsetMs: number): Timetable {
  const next = (after: number): number | undefined => {
    const found = cron.nextRun(new Date(after - offsetMs))?.getTime();
    return found === undefined ? undefined : found + offsetMs;
  };
  const last: Timetable['last'] = ({ after, until, most }) =>
    // A run at the very moment is not a previous one, and one of the next second may be.
    cron
      .previousRuns(most + 1, new Date(until - offsetMs + 1_000))
      .map((date) => date.getTime() + offsetMs)
      .filter((point) => point > after && point <= until)
      .slice(0, most)
      .reverse();
  return {
    next,
    last,
    count({ after, until, most }) {
      let counted: Counted = { count: 0, more: false };
      for (let point = next(after); point !== undefined && point <= until; point = next(point)) {
        if (counted.count === most) return { ...counted, more: true };
        counted = { count: counted.count + 1, more: false, newest: point };
      }
      return counted;
    },
  };
}

function everyTimetable(
  { intervalMs, totalMs }: { readonly intervalMs: number; readonly totalMs: number },
  offsetMs: number,
): Timetable {
  const lastIndex = Math.ceil(totalMs / intervalMs) - 1;
  /** Of the last point up to here; -1: there is none. */
  const indexAt = (point: number): number =>
    Math.min(lastIndex, Math.max(-1, Math.floor((point - offsetMs) / intervalMs)));
  const pointAt = (index: number): number => offsetMs + index * intervalMs;
  return {
    next(after) {
      const index = indexAt(after) + 1;
      return index > lastIndex ? undefined : pointAt(index);
    },
    last({ after, until, most }) {
      const [from, to] = [indexAt(after), indexAt(until)];
      const count = Math.min(most, Math.max(0, to - from));
      return Array.from({ length: count }, (_none, at) => pointAt(to - count + 1 + at));
    },
    count({ after, until }) {
      const count = Math.max(0, indexAt(until) - indexAt(after));
      return { count, more: false, ...(count === 0 ? {} : { newest: pointAt(indexAt(until)) }) };
    },
  };
}
