// The seam between the method cliCommand and the ways to start a process. One suite of tests runs over all of them.
import type { Clock, Timers } from '../../base/clock.ts';
import type { OrphanReport } from '../orphans/end-orphans.ts';
import type { RunProcess, RunTrace } from '../orphans/find-run-processes.ts';
import type { OnOutput, ProcessIdentity, RunKey, RunResult } from '../run.ts';

export interface Command {
  readonly key: RunKey;
  /** The program (a path, or a name looked up in PATH), then its arguments. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to what commands inherit, or in its place. */
  readonly env?: Readonly<Record<string, string>>;
  /** Given to the command as its standard input; it reads from /dev/null if this is empty. */
  readonly stdin: Uint8Array;
  /** -1: no limit. */
  readonly timeoutMs: number;
  /** Most bytes of standard output and standard error together. */
  readonly outputLimit: number;
  /** Takes the output while it comes, of any size; it is not in the result then. */
  readonly onOutput?: OnOutput;
  /**
   * Called once, before the result, when the command has lasted for some hundredths of a second, or is to be killed; or at
   * once. Not called for one that ended before, or could not be started.
   */
  readonly onSpawned: (process: ProcessIdentity) => void;
  /** What it leaves in the background when it ends is ended, too: it was asked for something, and has nothing else to do. */
  readonly leavesNothing?: true;
  /** Ends the command; the reason of the abort is a RunStop. */
  readonly signal: AbortSignal;
}

/** What is known of a command before it is to run. */
export type ArmedCommand = Pick<Command, 'key' | 'args' | 'cwd' | 'env' | 'stdin'>;

export interface CommandRunner {
  /** Runs a command to its end. Never rejects: whatever goes wrong is in the outcome. */
  run(command: Command): Promise<RunResult>;
  /**
   * Says that a command is about to be run, so that what takes time and does nothing can be done ahead. Whether it is, or
   * not, or in vain, makes no difference to any result. Followed by `run` or `disarm` with the same key; if not, what was
   * done ahead is undone some seconds later.
   */
  arm(command: ArmedCommand): void;
  /** A command that was armed is not to be run now. Nothing happens if it was not armed. */
  disarm(key: RunKey): void;
  /** Lets go of what the runner itself holds. Commands that still run are ended by their signals, not by this. */
  close(): Promise<void>;
}

export interface RunnerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** What commands inherit, whole: the marks of node and run are added. */
  readonly env: Readonly<Record<string, string>>;
  /** Most bytes of address space of each process of a command. Absent: no bound. */
  readonly memoryLimit?: number;
  /** Kills whatever a run has left and comes back when it is gone, or says what could not be ended. */
  readonly sweep: (run: RunTrace) => Promise<OrphanReport>;
  /** What of a run is there now. */
  readonly look: (run: RunTrace) => Promise<readonly RunProcess[]>;
  /** Names a process that exists now; its start in ticks, if that is known already. */
  readonly identify: (pid: number, startTicks?: string) => ProcessIdentity;
}
