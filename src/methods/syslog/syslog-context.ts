// What the two ways of `syslog` are given, and how the program that they run has failed.
import type { Clock, Timers } from '../../base/clock.ts';
import type { Command } from '../command/command-runner.ts';
import type { FollowMark, RunResult } from '../run.ts';
import type { End } from '../long-result.ts';
import type { Handed } from './handed.ts';

export type RunProgram = (
  args: readonly string[],
  onOutput: Command['onOutput'],
  outputLimit?: number,
) => Promise<RunResult>;

export interface SyslogContext {
  readonly workFolder: string;
  /** Name or path of the Perl interpreter. */
  readonly perl: string;
  readonly clock: Clock;
  readonly timers: Timers;
  /** It is to end, whatever the reason. */
  readonly signal: AbortSignal;
  readonly followed: FollowMark | undefined;
  readonly handed: Handed;
  readonly run: RunProgram;
}

/** `said`: on standard error. */
export function failedBy({ outcome }: Pick<RunResult, 'outcome'>, said: string): End {
  const line = said.trim().split('\n').at(-1) ?? '';
  const why =
    outcome.reason ?? (outcome.signal === undefined ? `exit code ${outcome.exitCode ?? '?'}` : outcome.signal);
  return { state: 'failed', reason: line === '' ? why : `${why}: ${line.slice(0, 500)}` };
}
