// One command from its start to its result, whoever started the process.
//
// Job: bounds it in time and output, ends it whole, and turns what became of it into one result.
// From: a CommandRunner, which starts processes and tells what they do. To: the promise `result`, which never rejects.
//
// States: running → ended, or running → stopping → ended. `stop` and `ended` each count once, the first time.
// 1. There is one result, and it comes: once the command is to be killed, at the latest `killWaitMs` later. One that is asked to end
//    first has `graceMs`, and so has what it has started.
// 2. A command that we stopped is reported only after everything that carries its mark or is in its session is gone,
//    or after the attempts to end it, and then the outcome says that it is still there.
// 3. What was written before the end is kept, up to the limit, however the command ends.
import { setMaxListeners } from 'node:events';
import { startSpan } from '../span.ts';
import type { RunTrace } from '../orphans/find-run-processes.ts';
import type { ProcessIdentity, RunResult, RunStop } from '../run.ts';
import { askToEnd } from './ask-to-end.ts';
import { type CommandEnd, type StopCause, commandResult } from './command-result.ts';
import type { Command, RunnerOptions } from './command-runner.ts';
import { Output, type OutputStream } from './output.ts';
import { StreamedOutput } from './streamed-output.ts';

const killWaitMs = 5_000;
/** So long has a command that is asked to end, before it is killed. */
export const graceMs = 3_000;

export type EndSignal = 'SIGTERM' | 'SIGKILL';

export interface RunningOptions extends RunnerOptions {
  /** Sends it to the command's process group, if its first process has not ended. */
  readonly kill: (signal: EndSignal) => void;
}

export class RunningCommand {
  readonly result: Promise<RunResult>;
  readonly command: Command;
  readonly #options: RunningOptions;
  readonly #output: Output;
  readonly #streamed: StreamedOutput | undefined;
  readonly #readSpan;
  readonly #cancelTimeout: () => void;
  readonly #onAbort = (): void => this.stop(stopped(this.command.signal));
  #cancelKillWait: () => void = () => undefined;
  #resolve: (result: RunResult) => void = () => undefined;
  #cause: StopCause | undefined;
  #ended = false;
  #asked: Promise<void> = Promise.resolve();
  #process: ProcessIdentity | undefined;

  constructor(command: Command, options: RunningOptions) {
    this.command = command;
    this.#options = options;
    this.#output = new Output(command.outputLimit);
    this.#streamed = command.onOutput === undefined ? undefined : new StreamedOutput(command.onOutput, options.timers);
    this.#readSpan = startSpan(options.clock);
    this.result = new Promise((resolve) => (this.#resolve = resolve));
    this.#cancelTimeout =
      command.timeoutMs < 0
        ? () => undefined
        : options.timers.after(command.timeoutMs, () => this.stop({ kind: 'timedOut' }));
    // One signal may stop any number of commands.
    setMaxListeners(0, command.signal);
    command.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** At most once, and not for one that ends soon: what is left of that is found by its mark alone. */
  spawned(process: ProcessIdentity): void {
    this.#process = process;
    this.command.onSpawned(process);
  }

  /** What the command wrote. Past the limit it is stopped. False where it is not to be read from until there is room (`whenRoom`). */
  wrote(stream: OutputStream, bytes: Uint8Array): boolean {
    if (this.#ended || this.#cause?.kind === 'tooLarge') return true;
    if (this.#streamed !== undefined) return this.#streamed.add(stream, bytes);
    if (!this.#output.add(stream, bytes)) this.stop({ kind: 'tooLarge' });
    return true;
  }

  whenRoom(then: () => void): void {
    if (this.#streamed === undefined || this.#ended) then();
    else this.#streamed.whenRoom(then);
  }

  stop(cause: StopCause): void {
    if (this.#ended || this.#cause !== undefined) return;
    this.#cause = cause;
    if (cause.kind !== 'stopped' || cause.gently !== true) return this.#kill();
    const { clock, timers, look } = this.#options;
    this.#cancelKillWait = timers.after(graceMs, () => this.#kill());
    this.#options.kill('SIGTERM');
    this.#asked = askToEnd(() => this.#trace(), { clock, timers, look, until: clock.monotonic() + graceMs });
  }

  #kill(): void {
    this.#cancelKillWait = this.#options.timers.after(killWaitMs, () => this.ended({ kind: 'stuck' }));
    this.#options.kill('SIGKILL');
    this.#streamed?.release();
  }

  /** The first process is gone and all that it wrote has been handed over, or there is nothing more to wait for. */
  ended(end: CommandEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTimeout();
    this.#cancelKillWait();
    this.command.signal.removeEventListener('abort', this.#onAbort);
    const span = this.#readSpan();
    const finish = async (last: CommandEnd): Promise<void> => {
      const streamed = await this.#streamed?.end();
      const result = commandResult({
        command: this.command,
        end: last,
        cause: this.#cause,
        span: streamed === undefined ? this.#readSpan() : span,
        output: this.#output.take(),
      });
      this.#resolve(streamed === undefined ? result : { ...result, outcome: { ...result.outcome, streamed } });
    };
    const mayBeThere = end.kind === 'lost' || (this.#cause !== undefined && end.kind !== 'notStarted');
    if (!mayBeThere && (this.command.leavesNothing !== true || end.kind === 'notStarted')) void finish(end);
    else if (!mayBeThere) void this.#sweep().then(() => finish(end));
    else void this.#sweep().then((gone) => finish(gone || end.kind === 'lost' ? end : { kind: 'stuck' }));
  }

  /** True if nothing of the run is left. */
  async #sweep(): Promise<boolean> {
    await this.#asked;
    const { left } = await this.#options.sweep(this.#trace());
    return left.length === 0;
  }

  #trace(): RunTrace {
    const { key } = this.command;
    return this.#process === undefined ? { key } : { key, process: this.#process };
  }
}

/** What the abort of a signal says. */
export function stopped(signal: AbortSignal): StopCause {
  const { reason, gently } = signal.reason as RunStop;
  return { kind: 'stopped', reason, gently };
}
