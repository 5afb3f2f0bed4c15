// Which processes belong to given runs. Pure: decides over a table of processes.
import type { ProcessIdentity, RunKey } from '../run.ts';
import type { ProcessRow } from './process-table.ts';

/** What is known of a run that may have processes. */
export interface RunTrace {
  readonly key: RunKey;
  /** The command's first process, if it was recorded before the node died. */
  readonly process?: ProcessIdentity;
}

export interface RunProcess {
  readonly key: RunKey;
  readonly pid: number;
  readonly groupId: number;
}

/**
 * A process belongs to a run if
 * 1. its environment carries the run's mark, or
 * 2. its pid and its start time are the recorded ones (the pid alone never is enough: pids are used again), or
 * 3. it is in the session of one of these. A command is given a session of its own, and whatever else has a session
 *    below it was started by it; so a session with one process of a run holds nothing else.
 *
 * Not found, on purpose: what has dropped the mark and left the session; and what has dropped the mark in a session
 * whose leader and every marked process are gone, as then the session's number proves nothing.
 * `self` and whatever shares only its session with it are never taken: a node may itself have been started by a run.
 */
export function findRunProcesses(
  rows: readonly ProcessRow[],
  wanted: { readonly runs: readonly RunTrace[]; readonly self: number },
): readonly RunProcess[] {
  const keys = new Set(wanted.runs.map((run) => run.key));
  const recorded = new Map(
    wanted.runs.flatMap(({ key, process }) =>
      process === undefined || process.startTime === '' ? [] : [[`${process.pid} ${process.startTime}`, key] as const],
    ),
  );
  const ownSession = rows.find((row) => row.pid === wanted.self)?.sessionId;
  const direct = new Map<number, RunKey>();
  const sessions = new Map<number, RunKey>();
  for (const row of rows) {
    const key = row.run !== undefined && keys.has(row.run) ? row.run : recorded.get(`${row.pid} ${row.startTime}`);
    if (key === undefined) continue;
    direct.set(row.pid, key);
    if (row.sessionId !== ownSession) sessions.set(row.sessionId, key);
  }
  return rows.flatMap((row) => {
    const key = direct.get(row.pid) ?? sessions.get(row.sessionId);
    if (key === undefined || row.ended || row.pid === wanted.self) return [];
    // A group that may hold the node itself is not to be killed as one: then each process is its own group here.
    return [{ key, pid: row.pid, groupId: row.sessionId === ownSession ? 0 : row.groupId }];
  });
}
