// How a schedule ends, as its sender hears: its runs have told of themselves, so it only counts them.
import type { RunResult } from '../../methods/run.ts';
import type { ScheduleProgress } from '../../model/schedule.ts';
import { cancelledResult, doneResult } from '../run-request.ts';

export function endedResult(progress: ScheduleProgress, cancel: string | undefined): RunResult {
  const stdout = Buffer.from(summaryOf(progress));
  const { outcome, ...rest } = cancel === undefined ? doneResult() : cancelledResult(cancel);
  return { ...rest, outcome: { ...outcome, stdoutBytes: stdout.length }, stdout };
}

function summaryOf({ runs, ended, skipped, paused, missed, missedMore, lastMissed }: ScheduleProgress): string {
  const ends = Object.entries(ended).map(([state, count]) => `${count} ${state}`);
  const lines = [`${runs} runs${ends.length === 0 ? '' : `: ${ends.join(', ')}`}`];
  if (skipped > 0) lines.push(`${skipped} skipped, since the run before them still went`);
  if (paused > 0) lines.push(`${paused} passed while it was paused`);
  if (missed > 0) lines.push(`${missed}${missedMore === true ? ' and more' : ''} missed`);
  if (lastMissed !== undefined)
    lines.push(
      `the last ones that were missed were due from ${iso(lastMissed.from)} to ${iso(lastMissed.to)}: ${lastMissed.reason}`,
    );
  return `${lines.join('\n')}\n`;
}

function iso(wall: number): string {
  return new Date(wall).toISOString();
}
