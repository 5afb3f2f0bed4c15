// What the system says of processes: memory, processor time, children. Linux only.
import { readdirSync, readFileSync } from 'node:fs';

const pageBytes = 4096;

/** The process and all that descend from it. */
export function processTree(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const tree = [root];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  return tree;
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // It has ended meanwhile.
  }
}

/** Resident memory of all the processes together, in MB. What they share counts once for each. */
export function residentMb(pids: readonly number[]): number {
  const pages = pids.map((pid) => Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]));
  return (pages.reduce((sum, one) => sum + one, 0) * pageBytes) / 1e6;
}

/** The most memory that the process has ever had resident, in MB. */
export function peakResidentMb(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return (Number(line?.[1]) * 1024) / 1e6;
}

/** Milliseconds of processor that all threads of the processes have used. */
export function processorMs(pids: readonly number[]): number {
  return scheduledMs(pids, 0);
}

/** Milliseconds that threads of the processes wanted a processor and had none: other work took it. */
export function processorWaitMs(pids: readonly number[]): number {
  return scheduledMs(pids, 1);
}

function scheduledMs(pids: readonly number[], field: 0 | 1): number {
  let ns = 0;
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`))
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[field]);
  }
  return ns / 1e6;
}
