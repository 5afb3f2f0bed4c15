// A schedule as it is listed.
import type { NodeName } from './node-name.ts';
import type { ScheduleProgress } from './schedule.ts';

export interface ScheduleRow extends Pick<
  ScheduleProgress,
  'runs' | 'ended' | 'skipped' | 'paused' | 'missed' | 'missedMore' | 'lastMissed' | 'lastRun' | 'owed'
> {
  /** Of its message. */
  readonly id: string;
  readonly from: NodeName;
  readonly method: string;
  readonly args: readonly string[];
  readonly description?: string;
  /** `every 60 s for 3600 s`, or the line of cron. */
  readonly when: string;
  readonly timezone?: string;
  readonly catchUp: string;
  readonly overlap: boolean;
  readonly jitterMs: number;
  /** waiting: for its next time · running: runs of it go · catching up: it makes up what was missed · clock not set: the node does not know what time it is. */
  readonly state: 'waiting' | 'running' | 'catching up' | 'paused' | 'clock not set' | 'being cancelled';
  readonly pausedBy?: string;
  /** Runs that go. */
  readonly going: number;
  /** Wall clock of the node, ms since 1970; absent: none is known. */
  readonly next?: number;
}

export interface ListedSchedules {
  readonly schedules: readonly ScheduleRow[];
  /** There are others. */
  readonly more: boolean;
}
