// Asks what a run has started to end in order: each process once, by SIGTERM.
//
// From: running-command.ts, which has asked the group of the first process, and kills what is left afterwards.
import type { Clock, Timers } from '../../base/clock.ts';
import type { RunProcess, RunTrace } from '../orphans/find-run-processes.ts';

export interface AskOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** What of a run is there now. */
  readonly look: (run: RunTrace) => Promise<readonly RunProcess[]>;
  /** The time of the clock, in ms, after which nothing more is waited for. */
  readonly until: number;
}

const firstPauseMs = 10;
const mostPauseMs = 200;

/** Comes back when a look finds nothing of the run, or when its time is over. */
export async function askToEnd(run: () => RunTrace, { clock, timers, look, until }: AskOptions): Promise<void> {
  const asked = new Set<number>();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, mostPauseMs)) {
    const trace = run();
    const found = await look(trace);
    const left = until - clock.monotonic();
    if (found.length === 0 || left <= 0) return;
    for (const { pid, groupId } of found) {
      if (!asked.has(pid) && groupId !== trace.process?.pid) terminate(pid);
      asked.add(pid);
    }
    await new Promise<void>((resolve) => void timers.after(Math.min(pauseMs, left), resolve));
  }
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // Gone already, or not ours to end: the next look tells which.
  }
}
