// Runs a command that is to end its own node, or may: an upgrade, a restart, a reboot. Nothing of it hangs on the node: its output goes
// to files, and its end is written beside them by the shell that started it, so that the next life of the node learns how it went.
//
// Job: starts such a command, or finds one that an earlier life started, and tells its end. From: createMethods. To: a folder a run.
//
// 1. It is started once: whoever goes on with it (`resume`) only looks.
// 2. A stop of the node neither waits for it nor ends it. Method timeout and output limit do end it, while a node looks.
// 3. How it went is what its shell has written. Where that is missing and its shell is gone, nobody knows: `unknown`.
// 4. Its folder goes when its outcome is durable (`forget`); what a crash left over of one goes when the next is started.
// 5. A disk that takes nothing ends a run that could not be started, and neither the node nor a command that runs.
// 6. One that is detached is only started: nobody looks at it, and nothing is kept of it.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { isThere, readProcessTable, runMark, type ProcFolder } from '../orphans/process-table.ts';
import type { ProcessIdentity, RunKey, RunResult } from '../run.ts';
import { succeeded } from '../result.ts';
import { startSpan } from '../span.ts';
import { commandResult, type CommandEnd, type StopCause } from './command-result.ts';
import type { Command, RunnerOptions } from './command-runner.ts';
import { underLimit } from './memory-limit.ts';
import { OutlivingFiles } from './outliving-files.ts';

const lookEveryMs = 200;
const killWaitMs = 5_000;

const wasTold = 'the node was ended while it ran, as it was told';
const nobodySaw = 'the node was ended while it ran, as it was told, and how it went was not seen';

/**
 * $0: the folder. A signal that is sent to all that a service has started ends the command, and not the shell, which stays to write
 * how it ended.
 */
const script = `trap : HUP INT TERM
"$@"
code=$?
printf %s "$code" > "$0/part" && mv "$0/part" "$0/code"`;

export interface OutlivingOptions extends RunnerOptions {
  readonly folder: string;
  readonly proc: ProcFolder;
  /** The node's own pid: it may have been started by such a command, and is no part of it. */
  readonly self: number;
}

interface Look {
  readonly process: ProcessIdentity | undefined;
  /** Of this life. */
  readonly child?: ChildProcess;
}

export class OutlivingCommands {
  readonly #options: OutlivingOptions;
  readonly #files: OutlivingFiles;
  /** Runs whose end is not durable yet, and how to stop looking at them. */
  readonly #looks = new Map<RunKey, () => void>();

  constructor(options: OutlivingOptions) {
    this.#options = options;
    this.#files = new OutlivingFiles(options.folder);
  }

  async run(command: Command): Promise<RunResult> {
    // From the first moment: another start removes the files of all that it does not find here.
    this.#looks.set(command.key, () => undefined);
    const child = await this.#start(command);
    if ('kind' in child) return this.#result(command, { end: child, cause: undefined, look: undefined });
    const process = this.#options.identify(child.pid ?? 0);
    this.#files.noteProcess(command.key, process);
    command.onSpawned(process);
    return this.#look(command, { process, child });
  }

  /**
   * Starts it, and is done: its result is that it began, with its pid as output. What it prints goes nowhere, whoever waits for its end is
   * not this node, and nothing of it is kept.
   */
  async detach(command: Command): Promise<RunResult> {
    const { env, memoryLimit, clock, identify } = this.#options;
    const { key, cwd, stdin, stdinFile } = command;
    const span = startSpan(clock);
    this.#looks.set(key, () => undefined);
    try {
      this.#files.removeAllBut(this.#looks.keys());
      const input = stdinFile ?? this.#files.openInput(key, stdin);
      const [program = '', ...args] = underLimit(command.args, memoryLimit);
      try {
        const child = spawn(program, args, {
          cwd,
          env: { [runMark]: key, ...env, ...command.env },
          detached: true,
          stdio: [input, 'ignore', 'ignore'],
        });
        child.unref();
        if (child.pid === undefined) throw await new Promise((resolve) => child.once('error', resolve));
        command.onSpawned(identify(child.pid));
        return succeeded(span(), Buffer.from(`${child.pid}\n`));
      } finally {
        if (typeof input === 'number' && input !== stdinFile) closeSync(input);
      }
    } catch (error) {
      return this.#result(command, { end: notStarted(error), cause: undefined, look: undefined, span: span() });
    } finally {
      // What is open of it stays with the command.
      this.forget(key);
    }
  }

  /** Of an earlier life of this node. */
  async resume(command: Command): Promise<RunResult> {
    this.#looks.set(command.key, () => undefined);
    return this.#look(command, { process: this.#files.process(command.key) ?? (await this.#find(command.key)) });
  }

  /** Its outcome is durable. */
  forget(key: RunKey): void {
    if (this.#looks.delete(key)) this.#files.remove(key);
  }

  /** Whatever still runs is left to the next life. */
  close(): void {
    for (const cancel of this.#looks.values()) cancel();
  }

  async #start(command: Command): Promise<ChildProcess | CommandEnd> {
    const { env, memoryLimit } = this.#options;
    try {
      // By now all that goes on has been resumed.
      this.#files.removeAllBut(this.#looks.keys());
      const files = this.#files.open(command.key, command.stdin);
      const args = ['-c', script, this.#files.folderOf(command.key), ...underLimit(command.args, memoryLimit)];
      try {
        const child = spawn('/bin/sh', args, {
          cwd: command.cwd,
          env: { [runMark]: command.key, ...env, ...command.env },
          detached: true,
          stdio: [command.stdinFile ?? files[0], files[1], files[2]],
        });
        child.unref();
        if (child.pid === undefined) throw await new Promise((resolve) => child.once('error', resolve));
        return child;
      } finally {
        for (const file of files) if (typeof file === 'number') closeSync(file);
      }
    } catch (error) {
      return notStarted(error);
    }
  }

  /** The shell of a run whose node died before it had noted it. */
  async #find(key: RunKey): Promise<ProcessIdentity | undefined> {
    const { proc, self } = this.#options;
    const rows = await readProcessTable(proc);
    const row = rows.find(
      ({ run, pid, sessionId, ended }) => run === key && pid === sessionId && pid !== self && !ended,
    );
    return row === undefined ? undefined : { pid: row.pid, startTime: row.startTime };
  }

  #look(command: Command, look: Look): Promise<RunResult> {
    const { timers, proc, clock, sweep } = this.#options;
    const { key, outputLimit, timeoutMs } = command;
    const { process, child } = look;
    const span = startSpan(clock);
    return new Promise((resolve) => {
      let cause: StopCause | undefined;
      let stoppedAt = 0;
      /** What we ended is told when all of it is gone, or all attempts to end it are over. */
      let swept = false;
      let cancelNext = (): void => undefined;
      const stop = (why: StopCause): void => {
        if (cause !== undefined) return;
        cause = why;
        stoppedAt = clock.monotonic();
        void sweep(process === undefined ? { key } : { key, process }).then(() => (swept = true));
      };
      const cancelTimeout = timeoutMs < 0 ? () => undefined : timers.after(timeoutMs, () => stop({ kind: 'timedOut' }));
      const endNow = (): CommandEnd | undefined => {
        // In this order: what was written just before it went is seen.
        const there = process !== undefined && isThere(proc, process);
        const exitCode = this.#files.exitCode(key);
        if (exitCode !== undefined) return { kind: 'exited', exitCode };
        if (cause === undefined) return there ? undefined : { kind: 'lost' };
        if (!there && swept) return { kind: 'signalled', signal: 'SIGKILL' };
        return clock.monotonic() - stoppedAt > killWaitMs ? { kind: 'stuck' } : undefined;
      };
      const next = (): void => {
        cancelNext();
        const end = endNow();
        if (end === undefined) {
          if (this.#files.outputSize(key) > outputLimit) stop({ kind: 'tooLarge' });
          cancelNext = timers.after(lookEveryMs, next);
          return;
        }
        cancelTimeout();
        child?.off('exit', next);
        resolve(this.#result(command, { end, cause, look, span: span() }));
      };
      this.#looks.set(key, () => {
        cancelTimeout();
        cancelNext();
        child?.off('exit', next);
      });
      child?.once('exit', next);
      next();
    });
  }

  #result(
    command: Command,
    of: {
      readonly end: CommandEnd;
      readonly cause: StopCause | undefined;
      readonly look: Look | undefined;
      readonly span?: ReturnType<ReturnType<typeof startSpan>>;
    },
  ): RunResult {
    const { end, look, span = startSpan(this.#options.clock)() } = of;
    const { key, outputLimit } = command;
    const output = this.#files.output(key, outputLimit);
    const cause = of.cause ?? (this.#files.outputSize(key) > outputLimit ? { kind: 'tooLarge' as const } : undefined);
    const result = commandResult({ command, end, cause, span, output });
    const isResumed = look !== undefined && look.child === undefined;
    if (cause !== undefined || !isResumed) return result;
    const reason = end.kind === 'lost' ? nobodySaw : (result.outcome.reason ?? wasTold);
    return { ...result, outcome: { ...result.outcome, reason } };
  }
}

function notStarted(error: unknown): CommandEnd {
  return { kind: 'notStarted', code: error instanceof Error && 'code' in error ? String(error.code) : 'EIO' };
}
