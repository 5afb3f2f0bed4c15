// A schedule: a message that its receiver runs again and again, and how far that has come. Spans in ms, points on the schedule's own
// clock: of an interval how long it has been going, of a cron line the wall clock.
import type { Outcome } from './message.ts';

export const catchUps = ['once', 'all', 'none'] as const;

/** What becomes of runs that were missed: the last of them is made up, all of them, or none. */
export type CatchUp = (typeof catchUps)[number];

export const leastIntervalMs = 1_000;
/** Fields of five or six words. */
export const longestCron = 200;
/** Of a name of a time zone. */
export const longestTimeZone = 64;

export interface Schedule {
  readonly when:
    | { readonly type: 'every'; readonly intervalMs: number; readonly totalMs: number }
    /** Without a time zone it is that of the node where it runs. */
    | { readonly type: 'cron'; readonly pattern: string; readonly timezone?: string };
  readonly catchUp: CatchUp;
  /** A run may begin while one before it still goes. */
  readonly overlap: boolean;
  /** Runs begin later by a part of this that is the same each time, and another one on each node. */
  readonly jitterMs: number;
}

/** Says of a message that it is one run of a schedule. */
export interface RunOf {
  /** The message with the schedule. */
  readonly id: string;
  /** From 1. */
  readonly number: number;
  /** When it was due, by the wall clock of the node that has the schedule; absent of one that an older version made. */
  readonly due?: number;
}

/** A run that has begun and not ended. */
export interface GoingRun {
  /** In the inbox. */
  readonly ord: number;
  readonly id: string;
  /** Wall clock, for people. */
  readonly due: number;
  readonly startedAt: number;
}

/** How far it has come, as it lies in the store. Every time that is due is a run, skipped, missed, or passed while it was paused. */
export interface ScheduleProgress {
  /** Every point up to here has been decided upon. */
  readonly done: number;
  /** Every point up to here has come. Those after `done` are still to be made up, so many. */
  readonly through: number;
  readonly owed: number;
  /** Of a cron line, where the clock went back for good: every point up to here had been decided upon. */
  readonly decidedTo?: number;
  /** Of an interval: for how long it has been going, and what the wall clock said then. */
  readonly elapsedMs: number;
  readonly wall: number;
  readonly going: readonly GoingRun[];
  readonly runs: number;
  /** How the runs ended. */
  readonly ended: Readonly<Partial<Record<Outcome['state'], number>>>;
  readonly skipped: number;
  readonly paused: number;
  readonly missed: number;
  /** Some of these were not counted one by one: there were more. */
  readonly missedMore?: true;
  /** The last ones that were missed: from when to when they were due (wall clock), and why. */
  readonly lastMissed?: { readonly from: number; readonly to: number; readonly reason: string };
  readonly lastRun?: {
    readonly due: number;
    readonly startedAt: number;
    readonly state: Outcome['state'] | 'running';
    readonly exitCode?: number;
    readonly reason?: string;
  };
  /** It goes on again, and what has come up to then while it was paused is still being counted; so many had passed before. */
  readonly passing?: { readonly until: number; readonly from: number };
  /** Who has paused it. */
  readonly pausedBy?: string;
}

/** A schedule in the store: `ord` is that of its message in the inbox, which has started and not ended as long as the schedule goes. */
export interface ScheduleRecord {
  readonly ord: number;
  readonly progress: ScheduleProgress;
}
