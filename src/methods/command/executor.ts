// A small process that starts commands for the node: to fork it takes a fraction of what it takes to fork the node.
//
// Job: speaks with one executor, from its start to its end.
// From: createExecutorRunner. To: a Perl process, and through it the commands.
//
// States: starting → ready → ended, or starting → ended. Commands are given to it only while it is ready.
// 1. Each command that it was given ends once: by its own end, or as lost when the executor ends.
// 2. When the node dies, however it dies, the executor's input ends, and with it the executor.
// 3. An executor that does not take notice of a kill within `ackWaitMs` is killed itself.
// 4. It has no more spares than there are keys in `armed`; a spare that has waited for `armedMs` is ended. Only a run takes
//    one, and which run takes which does not matter: a spare knows nothing of any command.
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { runMark } from '../orphans/process-table.ts';
import type { ProcessIdentity, RunKey, RunResult } from '../run.ts';
import { type CommandEnd, noFolder } from './command-result.ts';
import type { Command, RunnerOptions } from './command-runner.ts';
import { type Frame, FrameReader, encodeFrame } from './executor-frames.ts';
import { bootstrap, executorProgram, executorVersion } from './executor-program.ts';
import { underLimit } from './memory-limit.ts';
import type { OutputStream } from './output.ts';
import { type EndSignal, RunningCommand } from './running-command.ts';

const ackWaitMs = 3_000;
const armedMs = 5_000;
/** Far more than exec takes from where it closes files to where the new environment can be seen in /proc. */
const execMs = 50;

export interface ExecutorOptions extends RunnerOptions {
  /** The mark in the executor's own environment, by which the node's next start finds one that hangs. */
  readonly mark: string;
  /** Name or path of the Perl interpreter. */
  readonly perl: string;
  readonly onEnded: () => void;
}

interface Held {
  readonly running: RunningCommand;
  cancelAckWait: () => void;
  /** It is not read from. */
  waits: boolean;
}

export class Executor {
  readonly #options: ExecutorOptions;
  readonly #child: ChildProcess;
  readonly #frames = new FrameReader();
  readonly #held = new Map<number, Held>();
  /** Runs that a spare is made for, and how to forget that it is to be ended. */
  readonly #armed = new Map<RunKey, () => void>();
  #state: 'starting' | 'ready' | 'ended' = 'starting';
  #lastId = 0;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#child = startPerl(options);
    this.#child.once('error', () => this.#ended());
    // Not at its exit: what it said before is still to be read.
    this.#child.once('close', () => this.#ended());
    this.#child.stdout?.on('data', (bytes: Buffer) => this.#read(bytes));
    // That the executor is gone is told by its exit.
    this.#child.stdout?.on('error', () => undefined);
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdin?.write(executorProgram);
    const env = Object.entries(options.env).map(([name, value]) => `${name}=${value}`);
    this.#write({ type: 'V', id: 0, payload: env.join('\0') });
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** Commands that it has now, or has spares for. */
  get size(): number {
    return this.#held.size + this.#armed.size;
  }

  /** Runs that a spare is made for. */
  get armed(): { readonly size: number; has(key: RunKey): boolean } {
    return this.#armed;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Only while it is ready. Makes a spare for the run to come. */
  arm(key: RunKey): void {
    if (this.#armed.has(key)) return;
    this.#armed.set(
      key,
      this.#options.timers.after(armedMs, () => this.disarm(key)),
    );
    this.#write({ type: 'S', id: 0, payload: '' });
  }

  /** Ends the spare, if the run has one. */
  disarm(key: RunKey): void {
    if (this.#takeArmed(key)) this.#write({ type: 'D', id: 0, payload: '' });
  }

  /** Only while it is ready, with nothing for standard input, and without zero bytes in folder and arguments. */
  run(command: Command): Promise<RunResult> {
    this.#lastId = (this.#lastId % 0xffff_fffe) + 1;
    const id = this.#lastId;
    const running = new RunningCommand(command, { ...this.#options, kill: (signal) => this.#kill(id, signal) });
    this.#held.set(id, { running, cancelAckWait: () => undefined, waits: false });
    const type = this.#takeArmed(command.key) ? 'G' : 'R';
    this.#write({ type, id, payload: [command.cwd, command.key, ...command.args].join('\0') });
    return running.result;
  }

  /** Lets the executor end; what it runs is lost to it. Resolves when it is gone. */
  close(): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve();
    const gone = new Promise<void>((resolve) => void this.#child.once('close', () => resolve()));
    this.#child.stdin?.end();
    const cancel = this.#options.timers.after(ackWaitMs, () => this.#killExecutor());
    return gone.then(cancel);
  }

  #takeArmed(key: RunKey): boolean {
    this.#armed.get(key)?.();
    return this.#armed.delete(key);
  }

  #write(frame: { readonly type: string; readonly id: number; readonly payload: string }): void {
    this.#child.stdin?.write(encodeFrame(frame));
  }

  #read(bytes: Buffer): void {
    const frames = this.#frames.read(bytes);
    if (frames === undefined) return this.#killExecutor();
    for (const frame of frames) this.#take(frame);
  }

  #take({ type, id, payload }: Frame): void {
    if (type === 'H') {
      if (payload.toString('latin1') === executorVersion && this.#state === 'starting') this.#state = 'ready';
      return;
    }
    const held = this.#held.get(id);
    if (held === undefined) return;
    if (type === 'O') this.#wrote(id, held, { stream: 'stdout', bytes: payload });
    else if (type === 'E') this.#wrote(id, held, { stream: 'stderr', bytes: payload });
    else if (type === 'P') held.running.spawned(identityOf(payload, this.#options));
    else if (type === 'A') held.cancelAckWait();
    else if (type === 'X') this.#end(id, exitOf(payload));
    else if (type === 'F') this.#end(id, failureOf(payload, held.running.command));
  }

  /** Where there is no room for more, its pipes are not read from: it waits there. */
  #wrote(id: number, held: Held, { stream, bytes }: { readonly stream: OutputStream; readonly bytes: Buffer }): void {
    if (held.running.wrote(stream, bytes) || held.waits) return;
    held.waits = true;
    this.#write({ type: 'W', id, payload: '' });
    held.running.whenRoom(() => {
      held.waits = false;
      if (this.#held.has(id)) this.#write({ type: 'C', id, payload: '' });
    });
  }

  #end(id: number, end: CommandEnd): void {
    const held = this.#held.get(id);
    this.#held.delete(id);
    held?.cancelAckWait();
    held?.running.ended(end);
  }

  #kill(id: number, signal: EndSignal): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#write({ type: 'K', id, payload: signal.slice('SIG'.length) });
    held.cancelAckWait();
    held.cancelAckWait = this.#options.timers.after(ackWaitMs, () => this.#killExecutor());
  }

  #killExecutor(): void {
    if (this.#state !== 'ended') this.#child.kill('SIGKILL');
  }

  #ended(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#child.stdin?.destroy();
    this.#child.stdout?.destroy();
    for (const cancel of this.#armed.values()) cancel();
    this.#armed.clear();
    const lose = (): void => {
      for (const id of this.#held.keys()) this.#end(id, { kind: 'lost' });
    };
    if (this.#held.size > 0) this.#options.timers.after(execMs, lose);
    this.#options.onEnded();
  }
}

function startPerl({ perl, env, mark, memoryLimit }: ExecutorOptions): ChildProcess {
  const length = String(Buffer.byteLength(executorProgram));
  // What it starts inherits the bound: no command takes longer for it. It needs a small part of the least that may be set.
  const [program = perl, ...args] = underLimit([perl, '-e', bootstrap, 'steward-executor', length], memoryLimit);
  return spawn(program, args, {
    // Nothing of the node's environment, which may hold what changes Perl itself; commands get it by a frame.
    // Symbols are bound at once: what a child were the first to use, each child would look up again.
    env: { PATH: env['PATH'] ?? '', LC_ALL: 'C', LD_BIND_NOW: '1', [runMark]: mark },
    cwd: '/',
    // A session of its own: what is typed at the node's terminal is the node's affair.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

function identityOf(payload: Buffer, { identify }: RunnerOptions): ProcessIdentity {
  const [pid, startTicks] = payload.toString('latin1').split(' ');
  return identify(Number(pid), startTicks);
}

const signalNames: ReadonlyMap<number, string> = new Map(
  // The first name of a number is the usual one.
  Object.entries(constants.signals)
    .toReversed()
    .map(([name, number]) => [number, name]),
);

function exitOf(payload: Buffer): CommandEnd {
  const signal = payload.readUInt32BE(4);
  if (signal === 0) return { kind: 'exited', exitCode: payload.readUInt32BE(0) };
  return { kind: 'signalled', signal: signalNames.get(signal) ?? `SIG${signal}` };
}

function failureOf(payload: Buffer, command: Command): CommandEnd {
  const code = errorName(Number(payload.toString('latin1', 1)));
  if (payload.toString('latin1', 0, 1) === 'E') return { kind: 'notStarted', code };
  return { kind: 'notStarted', code, detail: noFolder(command, code) };
}

function errorName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : 'EIO';
}
