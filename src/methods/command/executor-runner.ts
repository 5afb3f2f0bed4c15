// Runs commands through the executor where it serves, and by node's own spawn where it does not.
//
// Job: starts the executor when there is work for it, lets it end when there is none, and never depends on it.
// From: createMethods. To: an Executor, or the spawn runner.
//
// 1. A command is never held up by the executor's start: until it is ready, commands are spawned.
// 2. It is started by the second command within `idleMs`, and ends when it had none for as long: an idle node has none.
// 3. Bound: it has at most `maxHeld` commands at once (it waits with select, for at most 1,024 files); more are spawned.
// 4. After it has ended `maxFailures` times without being told to within `failureMs`, it is not started again for as long.
// 5. What it cannot be given is spawned: standard input, zero bytes, very long arguments, a command already stopped.
import type { Command, CommandRunner, RunnerOptions } from './command-runner.ts';
import { Executor } from './executor.ts';
import { createSpawnRunner } from './spawn-command.ts';

const maxHeld = 128;
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
      const able = executor !== undefined && executor.ready && executor.size < maxHeld && canServe(command);
      return able && executor !== undefined ? executor.run(command) : spawner.run(command);
    },
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

function canServe({ args, cwd, stdin, signal }: Command): boolean {
  if (args[0] === undefined || args[0] === '' || stdin.length > 0 || signal.aborted || cwd.includes('\0')) return false;
  let bytes = 0;
  for (const arg of args) {
    if (arg.includes('\0')) return false;
    bytes += Buffer.byteLength(arg);
  }
  return bytes <= maxArgBytes;
}
