// Starts a command with node's own spawn: works everywhere, but forks the whole node, which stops its event loop for
// one to two milliseconds at 65 MB of resident memory.
//
// Job: one process group per command; its output while it runs; its end.
// From: createMethods, or the executor where it cannot serve. To: the system.
//
// 1. A command ends when its FIRST process ends. What is in its pipes at that moment is taken, to the last byte;
//    then they are closed: a child left in the background lives on, and gets SIGPIPE or EPIPE if it writes to them.
// 2. Its output goes to socket pairs, as node knows no pipes: a command that opens /dev/stdout or /dev/stderr by name fails
//    to (ENXIO). Under the executor it does not.
// 3. A group is killed only while its first process is not reaped, so its number cannot be another's.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { runMark } from '../orphans/process-table.ts';
import type { RunResult } from '../run.ts';
import { type CommandEnd, noFolder } from './command-result.ts';
import type { Command, CommandRunner, RunnerOptions } from './command-runner.ts';
import { underLimit } from './memory-limit.ts';
import { type EndSignal, RunningCommand, stopped } from './running-command.ts';

export function createSpawnRunner(options: RunnerOptions): CommandRunner {
  return {
    run: (command) => runSpawned(command, options),
    // Node can only start a process whole.
    arm: () => undefined,
    disarm: () => undefined,
    close: () => Promise.resolve(),
  };
}

function runSpawned(command: Command, options: RunnerOptions): Promise<RunResult> {
  let child: ChildProcess | undefined;
  const running = new RunningCommand(command, {
    ...options,
    kill: (signal) => {
      if (child !== undefined && child.exitCode === null && child.signalCode === null) killGroup(child, signal);
    },
  });
  if (command.signal.aborted) {
    running.stop(stopped(command.signal));
    running.ended({ kind: 'notStarted', code: 'ECANCELED' });
    return running.result;
  }
  try {
    child = start(command, options);
  } catch (error) {
    running.ended(notStarted(command, error));
    return running.result;
  }
  watch(child, { running, command, options });
  return running.result;
}

function start(command: Command, options: RunnerOptions): ChildProcess {
  const args = underLimit(command.args, options.memoryLimit);
  return spawn(args[0] ?? '', args.slice(1), {
    cwd: command.cwd,
    // First, so that a look at /proc finds it at once.
    // bash takes itself for a remote shell where its input is a socket, as Node's is, and no shell is around it: it would read ~/.bashrc.
    env: { [runMark]: command.key, SHLVL: '1', ...options.env, ...command.env },
    // A session, and so a process group, of its own.
    detached: true,
    stdio: [command.stdinFile ?? (command.stdin.length > 0 ? 'pipe' : 'ignore'), 'pipe', 'pipe'],
  });
}

interface Watched {
  readonly running: RunningCommand;
  readonly command: Command;
  readonly options: RunnerOptions;
}

function watch(child: ChildProcess, { running, command, options }: Watched): void {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  let count = 0;
  let open = streams.length;
  let end: CommandEnd | undefined;
  const finish = (last: CommandEnd): void => {
    for (const stream of streams) stream.destroy();
    child.stdin?.destroy();
    running.ended(last);
  };
  child.once('error', (error) => finish(notStarted(command, error)));
  if (child.pid === undefined) return;
  child.once('exit', (exitCode, signal) => {
    end = signal === null ? { kind: 'exited', exitCode: exitCode ?? 0 } : { kind: 'signalled', signal };
    if (open === 0) finish(end);
    else whenDrained({ streams, running, count: () => count }, () => finish(end ?? { kind: 'stuck' }));
  });
  for (const [stream, name] of [
    [child.stdout, 'stdout'],
    [child.stderr, 'stderr'],
  ] as const) {
    stream?.on('data', (bytes: Buffer) => {
      count += bytes.length;
      if (running.wrote(name, bytes)) return;
      for (const one of streams) one.pause();
      running.whenRoom(() => {
        for (const one of streams) one.resume();
      });
    });
    stream?.once('close', () => {
      open -= 1;
      if (open === 0 && end !== undefined) finish(end);
    });
    // A pipe that breaks has nothing more to say; that the command ended is told by its exit.
    stream?.on('error', () => undefined);
  }
  // A command that does not read its input makes writing fail: its own business.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(command.stdin);
  running.spawned(options.identify(child.pid));
}

/** More than a pipe can hold: whoever still writes after the first process has ended is not waited for beyond this. */
const drainLimit = 8 * 1024 * 1024;

/**
 * Calls back when a whole turn of the event loop, which reads whatever is there to be read, brought nothing. What the
 * first process wrote is in the pipes before its end can be seen, so nothing of it is missed.
 */
function whenDrained(
  pipes: { readonly streams: readonly Readable[]; readonly running: RunningCommand; readonly count: () => number },
  done: () => void,
): void {
  const first = pipes.count();
  let last = -1;
  const turn = (): void => {
    // What lies in a pipe that is not read from is still to come.
    if (pipes.streams.some((stream) => stream.isPaused()))
      return pipes.running.whenRoom(() => {
        for (const stream of pipes.streams) stream.resume();
        setImmediate(turn);
      });
    const now = pipes.count();
    if (now === last || now - first > drainLimit || pipes.streams.every((stream) => stream.destroyed)) return done();
    last = now;
    setImmediate(turn);
  };
  // This turn may already have passed the pipes by: the first one that counts begins after it.
  setImmediate(turn);
}

function killGroup(child: ChildProcess, signal: EndSignal): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It ended in this very moment: its exit is on the way.
  }
}

function notStarted(command: Command, error: unknown): CommandEnd {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENOENT' && !existsSync(command.cwd)) {
    return { kind: 'notStarted', code, detail: noFolder(command, code) };
  }
  if (code.startsWith('ERR_')) {
    const detail = command.args.some((arg) => arg.includes('\0')) ? 'an argument holds a zero byte' : 'not a command';
    return { kind: 'notStarted', code, detail };
  }
  return { kind: 'notStarted', code };
}
