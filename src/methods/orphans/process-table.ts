// What Linux tells of the processes that run: one pass over /proc. Elsewhere, nothing.
import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessIdentity, RunKey } from '../run.ts';

/** The environment variable by which a command, and all that it starts, can be found again. */
export const runMark = 'STEWARD_RUN';

export interface ProcessRow {
  readonly pid: number;
  readonly startTime: string;
  readonly groupId: number;
  readonly sessionId: number;
  /** It has ended and waits to be reaped. */
  readonly ended: boolean;
  /** What its environment says of the run that it belongs to, if that can be read. */
  readonly run: RunKey | undefined;
}

export interface ProcFolder {
  /** `/proc`; another folder in tests. */
  readonly path: string;
}

const rowsPerSlice = 128;

/** All processes that can be seen. Lets the event loop turn between slices; a process that goes meanwhile is left out. */
export async function readProcessTable(proc: ProcFolder): Promise<readonly ProcessRow[]> {
  const bootId = readBootId(proc);
  const rows: ProcessRow[] = [];
  const pids = listPids(proc);
  for (let from = 0; from < pids.length; from += rowsPerSlice) {
    if (from > 0) await new Promise((resolve) => void setImmediate(resolve));
    for (const pid of pids.slice(from, from + rowsPerSlice)) {
      const row = readRow(proc, { pid, bootId });
      if (row !== undefined) rows.push(row);
    }
  }
  return rows;
}

/** Names the process that has a pid now; its start time is empty where the system does not tell it. */
export function createIdentify(proc: ProcFolder): (pid: number, startTicks?: string) => ProcessIdentity {
  let bootId: string | undefined;
  return (pid, startTicks) => {
    bootId ??= readBootId(proc);
    const ticks = startTicks ?? parseStat(readText(`${proc.path}/${pid}/stat`) ?? '')?.startTicks ?? '';
    return { pid, startTime: ticks === '' ? '' : startTime(ticks, bootId) };
  };
}

/** Whether this process runs, and no other that has got its pid since. */
export function isThere(proc: ProcFolder, process: ProcessIdentity): boolean {
  const fields = parseStat(readText(`${proc.path}/${process.pid}/stat`) ?? '');
  if (fields === undefined || fields.state === 'Z' || fields.state === 'X') return false;
  return process.startTime === '' || startTime(fields.startTicks, readBootId(proc)) === process.startTime;
}

export interface StatFields {
  readonly state: string;
  readonly groupId: number;
  readonly sessionId: number;
  readonly startTicks: string;
}

/** Reads a line of /proc/PID/stat (proc_pid_stat(5)). The command's name, in parentheses, may itself hold any of `) (` and newlines. */
export function parseStat(text: string): StatFields | undefined {
  // After the last ")": state is field 3, so field n stands at n - 3.
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ');
  const [state, groupId, sessionId, startTicks] = [fields[0], fields[2], fields[3], fields[19]];
  if (state === undefined || groupId === undefined || sessionId === undefined || startTicks === undefined)
    return undefined;
  return { state, groupId: Number(groupId), sessionId: Number(sessionId), startTicks };
}

/** The value of the run's mark in /proc/PID/environ: `NAME=value`, each closed by a zero byte. */
export function parseRunMark(environ: Buffer): RunKey | undefined {
  const wanted = `${runMark}=`;
  for (let at = environ.indexOf(wanted); at !== -1; at = environ.indexOf(wanted, at + 1)) {
    if (at > 0 && environ[at - 1] !== 0) continue;
    const end = environ.indexOf(0, at);
    return environ.toString('utf8', at + wanted.length, end === -1 ? environ.length : end);
  }
  return undefined;
}

function readRow(proc: ProcFolder, of: { readonly pid: number; readonly bootId: string }): ProcessRow | undefined {
  const stat = readText(`${proc.path}/${of.pid}/stat`);
  const fields = stat === undefined ? undefined : parseStat(stat);
  if (fields === undefined) return undefined;
  const ended = fields.state === 'Z' || fields.state === 'X';
  // Threads of the kernel have neither session nor environment.
  const environ = ended || fields.sessionId === 0 ? undefined : readBytes(`${proc.path}/${of.pid}/environ`);
  return {
    pid: of.pid,
    startTime: startTime(fields.startTicks, of.bootId),
    groupId: fields.groupId,
    sessionId: fields.sessionId,
    ended,
    run: environ === undefined ? undefined : parseRunMark(environ),
  };
}

function startTime(ticks: string, bootId: string): string {
  return `${ticks}@${bootId}`;
}

function readBootId(proc: ProcFolder): string {
  return readText(`${proc.path}/sys/kernel/random/boot_id`)?.trim() ?? '';
}

function listPids(proc: ProcFolder): readonly number[] {
  try {
    return readdirSync(proc.path)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    // No /proc: another system, where nothing can be found this way.
    return [];
  }
}

function readText(path: string): string | undefined {
  return readBytes(path)?.toString('latin1');
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    // The process has gone, or is another user's: either way there is nothing to know here.
    return undefined;
  }
}
