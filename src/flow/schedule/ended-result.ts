// How a schedule ends, as its sender hears: its runs have told of themselves, so it only counts them.
import type { RunResult } from '../../methods/run.ts';
import type { ScheduleProgress } from '../../model/schedule.ts';
import { cancelledResult, doneResult, unknownResult } from '../run-request.ts';

/** `isDoubtful`: its node has lost a part of its store, so that nobody knows what has run, and what has become of it at its sender. */
export function endedResult(
  progress: ScheduleProgress,
  of: { readonly cancel: string | undefined; readonly isDoubtful: boolean },
): RunResult {
  const stdout = Buffer.from(summaryOf(progress));
  const { outcome, ...rest } =
    of.cancel !== undefined
      ? cancelledResult(of.cancel)
      : of.isDoubtful
        ? unknownResult('this node lost part of its store')
        : doneResult();
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
