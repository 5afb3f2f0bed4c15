// Ends what is left of runs: commands that outlived their node, or that left the group they were killed with.
import type { Timers } from '../../base/clock.ts';
import { type RunProcess, type RunTrace, findRunProcesses } from './find-run-processes.ts';
import { type ProcFolder, readProcessTable } from './process-table.ts';

export interface OrphanReport {
  /** Processes that were running and are gone now. */
  readonly ended: readonly RunProcess[];
  /** Processes that still run after all attempts: another user's, or stuck in the kernel. */
  readonly left: readonly RunProcess[];
}

export interface OrphanOptions {
  readonly proc: ProcFolder;
  readonly timers: Timers;
  /** The node's own pid, which is never killed. */
  readonly self: number;
}

const pausesMs = [1, 2, 5, 10, 20, 50, 100, 200, 400, 800, 1600, 1600];

/**
 * Kills every process of the runs, with its whole group, and comes back when a look at the whole process table finds none
 * left; gives up after about five seconds. Never throws.
 */
export async function endOrphans(runs: readonly RunTrace[], options: OrphanOptions): Promise<OrphanReport> {
  const ended = new Map<number, RunProcess>();
  if (runs.length === 0) return { ended: [], left: [] };
  for (let round = 0; ; round += 1) {
    const found = findRunProcesses(await readProcessTable(options.proc), { runs, self: options.self });
    if (found.length === 0) return { ended: [...ended.values()], left: [] };
    for (const process of found) ended.set(process.pid, process);
    const pause = pausesMs[round];
    if (pause === undefined) {
      for (const process of found) ended.delete(process.pid);
      return { ended: [...ended.values()], left: found };
    }
    killAll(found);
    await new Promise<void>((resolve) => void options.timers.after(pause, resolve));
  }
}

function killAll(processes: readonly RunProcess[]): void {
  for (const groupId of new Set(processes.map((process) => process.groupId))) if (groupId > 1) kill(-groupId);
  for (const { pid } of processes) kill(pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, or not ours to kill: the next look at the table tells which.
  }
}
