// The method `own`: runs a program of the node's folder of methods, or a module that its configuration names, and tells which there are.
//
// Boundary. From: create-methods.ts. To: the same runner as commands have, with its process groups, bounds and marks.
// 1. A message names a program by its file name; it never brings one. What its owner says of it is checked before each run.
// 2. Whatever the program does, there is one result: that of a command, but for a structured one that it wrote to the file that
//    STEWARD_RESULT names, which is then the standard output of the answer; what was printed stands before standard error.
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timers } from '../../base/clock.ts';
import { within } from '../../base/within.ts';
import { describeError } from '../../model/error.ts';
import type { Message } from '../../model/message.ts';
import { checkOwnArgs, type OwnList, type OwnMethod } from '../../model/own-method.ts';
import type { Command, CommandRunner } from '../command/command-runner.ts';
import { underLimit } from '../command/memory-limit.ts';
import { commandOf } from '../command/run-command.ts';
import { failed } from '../result.ts';
import type { ProcessIdentity, RunKey, RunRequest, RunResult } from '../run.ts';
import { startSpan } from '../span.ts';
import { Descriptions } from './describe.ts';
import type { OwnProgram } from './own-folder.ts';
import { whyNoInterpreter } from './interpreter.ts';
import { startModule } from './own-modules.ts';
import { findOwn, hasOwn, listOwn, type OwnPlaces } from './own-programs.ts';

/** A list is waited for: orders of the same sender are behind it. What hangs says so at the next one. */
const listMs = 10_000;
const maxResultBytes = 1024 * 1024;
const newline = 10;

export interface OwnMethodsParts extends OwnPlaces {
  /** Results are written below it while a program runs; what is there is removed before the first run. */
  readonly storeFolder: string;
  readonly dataFolder: string;
  readonly workFolder: string;
  readonly outputLimit: number;
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly timers: Timers;
}

export class OwnMethods {
  readonly #parts: OwnMethodsParts;
  readonly #descriptions: Descriptions;
  #results = 0;

  constructor(parts: OwnMethodsParts) {
    this.#parts = parts;
    this.#descriptions = new Descriptions(parts);
  }

  /** Of the processes that are asked what they do, but for those that a run asks: these have its key. */
  get describeKeys(): readonly RunKey[] {
    return this.#descriptions.keys;
  }

  close(): Promise<void> {
    return this.#descriptions.close();
  }

  /** Throws what the file system throws. */
  async list(): Promise<OwnList> {
    const { programs, more } = listOwn(this.#parts);
    return { own: await this.#tell(programs), more };
  }

  /** The one that a run of this key wants; undefined where there is none. Throws what the file system throws. */
  async find(name: string, key: RunKey): Promise<OwnMethod | undefined> {
    const program = findOwn(this.#parts, name);
    return program && { name: program.name, ...(await this.#descriptions.forRun(program, key)) };
  }

  has(name: string): boolean {
    return hasOwn(this.#parts, name);
  }

  listModules(): Promise<readonly OwnMethod[]> {
    const { methodsFolder: _, ...modules } = this.#parts;
    return this.#tell(listOwn(modules).programs);
  }

  #tell(programs: readonly OwnProgram[]): Promise<readonly OwnMethod[]> {
    const said = new Map<string, Omit<OwnMethod, 'name'>>();
    const asking = programs.map(async (program) => said.set(program.name, await this.#descriptions.of(program)));
    return within(this.#parts.timers, listMs, Promise.all(asking)).then(() =>
      programs.map(({ name }) => ({ name, ...(said.get(name) ?? { problem: 'it has not yet said what it does' }) })),
    );
  }

  async run(
    request: RunRequest,
    how: { readonly signal: AbortSignal; readonly onSpawned?: (process: ProcessIdentity) => void },
  ): Promise<RunResult> {
    const { workFolder, outputLimit, commands, clock } = this.#parts;
    const span = startSpan(clock);
    const [wanted = '', ...args] = request.message.args;
    const refuse = (reason: string): RunResult => failed(span(), { reason });
    const program = findOwn(this.#parts, wanted);
    if (program === undefined) return refuse(`this node has no own method ${JSON.stringify(wanted.slice(0, 64))}`);
    const { name } = program;
    const { description, problem } = await this.#descriptions.forRun(program, request.key);
    if (problem !== undefined) return refuse(`the own method ${name} cannot be run: ${problem}`);
    const wrong = checkOwnArgs(description, args);
    if (wrong !== undefined) return refuse(`${wrong.message} (${wrong.hint})`);
    const result = this.#resultFile();
    const command: Command = {
      ...commandOf(request, workFolder),
      args: commandLine(program, args, description?.memoryBytes),
      env: { STEWARD_METHOD: name, STEWARD_RESULT: result },
      timeoutMs: timeFor(request.message, description?.timeoutMs),
      outputLimit,
      onSpawned: how.onSpawned ?? (() => undefined),
      signal: how.signal,
    };
    try {
      const ran = withResult(await commands.run(command), result);
      const missing = ran.outcome.exitCode === 127 ? whyNoInterpreter(program.path) : undefined;
      return missing === undefined ? ran : { ...ran, outcome: { ...ran.outcome, reason: missing } };
    } finally {
      drop(result);
    }
  }

  #resultFile(): string {
    const resultFolder = join(this.#parts.storeFolder, 'results');
    // What a crash has left is nobody's.
    if (this.#results === 0) rmSync(resultFolder, { recursive: true, force: true });
    mkdirSync(resultFolder, { recursive: true, mode: 0o700 });
    this.#results += 1;
    return join(resultFolder, String(this.#results));
  }
}

function commandLine(
  { path, runner }: OwnProgram,
  args: readonly string[],
  memoryBytes: number | undefined,
): readonly string[] {
  if (runner === undefined) return underLimit([path, ...args], memoryBytes);
  const start = startModule(runner, memoryBytes);
  return underLimit([...start.command, path, ...args], start.memoryBytes);
}

/** The method's own where the message named none; else the sooner of both. */
function timeFor({ methodTimeoutMs, isTimeOpen }: Message, most: number | undefined): number {
  if (most === undefined) return methodTimeoutMs;
  return methodTimeoutMs < 0 || isTimeOpen === true ? most : Math.min(methodTimeoutMs, most);
}

function withResult(ran: RunResult, path: string): RunResult {
  let found: Buffer | undefined;
  let problem: string | undefined;
  try {
    found = readBounded(path);
    if (found !== undefined) JSON.parse(found.toString());
  } catch (error) {
    problem = `its structured result cannot be taken: ${describeError(error).slice(0, 200)}`;
  }
  if (problem !== undefined) {
    const outcome = { ...ran.outcome, state: 'failed', reason: ran.outcome.reason ?? problem } as const;
    return { ...ran, outcome: ran.outcome.state === 'succeeded' ? outcome : ran.outcome };
  }
  if (found === undefined) return ran;
  // Where answers are appended to a file, each stands on lines of its own.
  if (found.at(-1) !== newline) found = Buffer.concat([found, Buffer.of(newline)]);
  const stderr = Buffer.concat([ran.stdout, ran.stderr]);
  return {
    ...ran,
    outcome: { ...ran.outcome, stdoutBytes: found.length, stderrBytes: stderr.length },
    stdout: found,
    stderr,
  };
}

function drop(result: string): void {
  try {
    rmSync(result, { force: true });
  } catch {
    // It is a folder: that goes with all others at the first run of the next life.
  }
}

/** Undefined where it wrote none. */
function readBounded(path: string): Buffer | undefined {
  let file: number;
  try {
    // What it made of the path may be anything: a pipe would be waited for, and a link lead anywhere.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    if (!fstatSync(file).isFile()) throw new Error('it is no file');
    const pieces: Buffer[] = [];
    for (let size = 0; ;) {
      const piece = Buffer.alloc(64 * 1024);
      const length = readSync(file, piece);
      if (length === 0) return size === 0 ? undefined : Buffer.concat(pieces);
      size += length;
      if (size > maxResultBytes) throw new Error(`it has more than ${maxResultBytes} bytes`);
      pieces.push(piece.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}
