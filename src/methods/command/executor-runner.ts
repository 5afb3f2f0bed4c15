// Runs commands through the executor where it serves, and by node's own spawn where it does not.
//
// Job: starts the executor when there is work for it, lets it end when there is none, and never depends on it.
// From: createMethods. To: an Executor, or the spawn runner.
//
// 1. A command is never held up by the executor's start: until it is ready, commands are spawned.
// 2. It is started by the second command within `idleMs`, and ends when it had none for as long: an idle node has none.
// 3. Bound: it has at most `maxHeld` commands at once (it waits with select, for at most 1,024 files); more are spawned.
// 4. After it has ended `maxFailures` times without being told to within `failureMs`, it is not started again for as long.
// 5. A spare is made only by an executor that is ready, with room, and there are at most `maxArmed`: each has some hundreds
//    of kilobytes of its own, and more than a few are not made in the time that a commit takes.
// 6. What it cannot be given is spawned: standard input, an environment of its own, output that is taken while it comes, zero bytes, very long arguments, a command already stopped.
import type { RunKey } from '../run.ts';
import type { ArmedCommand, Command, CommandRunner, RunnerOptions } from './command-runner.ts';
import { maxSpareBytes } from './executor-start.ts';
import { Executor } from './executor.ts';
import { createSpawnRunner } from './spawn-command.ts';

const maxHeld = 128;
const maxArmed = 16;
const maxArgBytes = 64 * 1024;
const maxFailures = 3;
const failureMs = 60_000;

export interface ExecutorRunnerOptions extends RunnerOptions {
  /** The mark in the executor's own environment, by which the node's next start finds one that hangs. */
  readonly mark: string;
  /** Name or path of the Perl interpreter. Where there is none, every command is spawned. */
  readonly perl?: string;
  /** 30 s unless given. */
  readonly idleMs?: number;
}

export interface ExecutorRunner extends CommandRunner {
  /** The process of the executor, while there is one. */
  readonly pid: () => number | undefined;
  /** Starts the executor now, if there is none; true once it takes commands. */
  readonly warm: () => boolean;
}

export function createExecutorRunner(options: ExecutorRunnerOptions): ExecutorRunner {
  const { clock, timers, idleMs = 30_000 } = options;
  const spawner = createSpawnRunner(options);
  let executor: Executor | undefined;
  let failures: readonly number[] = [];
  let lastRunAt = Number.NEGATIVE_INFINITY;
  let cancelIdle = (): void => undefined;
  let closed = false;

  const start = (): void => {
    const now = clock.monotonic();
    failures = failures.filter((at) => now - at < failureMs);
    if (closed || executor !== undefined || failures.length >= maxFailures) return;
    const started = new Executor({
      ...options,
      perl: options.perl ?? 'perl',
      onEnded: () => {
        if (executor !== started) return;
        executor = undefined;
        cancelIdle();
        failures = [...failures, clock.monotonic()];
      },
    });
    executor = started;
    watchIdle();
  };

  const watchIdle = (): void => {
    cancelIdle();
    cancelIdle = timers.after(idleMs, () => {
      if (executor === undefined) return;
      if (executor.size > 0 || clock.monotonic() - lastRunAt < idleMs) return watchIdle();
      void release();
    });
  };

  /** Takes the executor out of use before it ends, so that its end is no failure. */
  const release = async (): Promise<void> => {
    const last = executor;
    executor = undefined;
    cancelIdle();
    await last?.close();
  };

  return {
    run(command) {
      const now = clock.monotonic();
      if (now - lastRunAt < idleMs) start();
      lastRunAt = now;
      if (executor?.ready === true && hasRoom(executor, command.key) && canServe(command)) return executor.run(command);
      executor?.disarm(command.key);
      return spawner.run(command);
    },
    arm(command) {
      if (executor?.ready !== true || executor.armed.size >= maxArmed) return;
      if (hasRoom(executor, command.key) && canArm(command)) executor.arm(command.key);
    },
    disarm: (key) => executor?.disarm(key),
    pid: () => executor?.pid,
    warm() {
      start();
      return executor?.ready ?? false;
    },
    async close() {
      closed = true;
      await release();
    },
  };
}

/** A run that is armed has its room. */
function hasRoom({ size, armed }: Executor, key: RunKey): boolean {
  return size < maxHeld || armed.has(key);
}

function canServe(command: Command): boolean {
  return !command.signal.aborted && command.onOutput === undefined && argBytes(command) <= maxArgBytes;
}

/** What a spare cannot be told is run without one, so none is made. */
function canArm(command: ArmedCommand): boolean {
  return argBytes(command) + Buffer.byteLength(command.cwd) + Buffer.byteLength(command.key) <= maxSpareBytes;
}

/** Infinite if the executor cannot be given the command, however short it is. */
function argBytes({ args, cwd, env, stdin, stdinFile }: ArmedCommand): number {
  const none = Number.POSITIVE_INFINITY;
  if (stdin.length > 0 || stdinFile !== undefined || env !== undefined) return none;
  if (args[0] === undefined || args[0] === '' || cwd.includes('\0')) return none;
  let bytes = 0;
  for (const arg of args) {
    if (arg.includes('\0')) return none;
    // And the zero byte between it and the one before.
    bytes += Buffer.byteLength(arg) + 1;
  }
  return bytes;
}
