// A bound on the address space of commands, by the one means that every system has for a process to come: its shell's ulimit.
//
// Each process of a command has the bound for itself; it cannot raise it. What a command does that gets no more memory is its own affair.
import { spawnSync } from 'node:child_process';
import type { Log } from '../../base/log.ts';

const systemShell = '/bin/sh';
/** $0: KiB. The program takes the place of the shell. */
const script = 'ulimit -v "$0" && exec "$@"';

/** The command that runs these under the bound. What cannot be executed then has the shell's exit codes and words. */
export function underLimit(args: readonly string[], limitBytes: number | undefined): readonly string[] {
  return limitBytes === undefined ? args : [systemShell, '-c', script, kibibytes(limitBytes), ...args];
}

export interface WantedLimit {
  /** Undefined: none is wanted. */
  readonly limitBytes: number | undefined;
  readonly log: Log;
  /** `/bin/sh` unless given. */
  readonly shell?: string;
}

/** The bound, as an option of the methods, where it can be set on this machine. One that cannot is said, and is none. */
export function limitMemory({ limitBytes, log, shell = systemShell }: WantedLimit): { readonly memoryLimit?: number } {
  if (limitBytes === undefined) return {};
  const args = ['-c', script, kibibytes(limitBytes), 'true'];
  const { status, stderr, error } = spawnSync(shell, args, { encoding: 'utf8', timeout: 10_000 });
  if (status === 0) return { memoryLimit: limitBytes };
  const reason = error?.message ?? (stderr.trim().split('\n')[0] || `${shell} ended with ${String(status)}`);
  log.error('MaxMethodMemory cannot be set on this machine: commands run without a bound of memory', { reason });
  return {};
}

function kibibytes(bytes: number): string {
  return String(Math.floor(bytes / 1024));
}
