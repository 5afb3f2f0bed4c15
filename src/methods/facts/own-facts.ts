// The facts that the owner of a node adds: `facts.toml` and `facts.json` in the folder of its configuration, and programs in `facts.d` there.
//
// Job: reads the files and asks the programs; what is wrong with one of them is told in the place of its fact, and hurts no other.
// From: facts.ts. To: the file system, and a CommandRunner.
//
// 1. Every program is ended after `programMs`, with all that it has started, also where it ends before, and all of them after `allMs`; at most `atOnce` of a question run at a time. A
//    node that stops waits no longer than that.
// 2. Bounds: 64 KiB a file, 16 KiB of output a program, `mostPrograms` programs, 64 KiB of all these facts. What is beyond is told.
// 3. A program that is asked for twice at a time runs once: nobody ends the run of another.
import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { describeError } from '../../model/error.ts';
import type { CommandRunner } from '../command/command-runner.ts';
import type { RunKey } from '../run.ts';
import { factValue, sorted, type FactValue } from './fact-value.ts';
import type { Facts } from './system-facts.ts';

export interface OwnFactsOptions {
  /** Where the owner's files lie. */
  readonly configFolder: string;
  /** Where programs run. */
  readonly workFolder: string;
  /** What their runs are called, with the name of the program behind it. */
  readonly keyOf: (program: string) => RunKey;
  readonly commands: CommandRunner;
  readonly clock: Clock;
}

const programMs = 3_000;
const allMs = 4_000;
const atOnce = 4;
const mostPrograms = 32;
const mostFileBytes = 64 * 1024;
const mostOutputBytes = 16 * 1024;
const mostBytes = 64 * 1024;
const factName = /^[A-Za-z0-9_-]{1,64}$/;

type Answer = { readonly value: FactValue } | { readonly problem: string };

const noTime: Answer = { problem: `there was no time left: all programs have ${allMs} ms` };

interface Program {
  /** Of its fact. */
  readonly name: string;
  readonly file: string;
}

export class OwnFacts {
  readonly #options: OwnFactsOptions;
  readonly #asked = new Map<string, Promise<Answer>>();

  constructor(options: OwnFactsOptions) {
    this.#options = options;
  }

  /** All of them, or of the programs only the one of that name. Never rejects. */
  async gather(only?: string): Promise<Facts> {
    const found = new Map<string, Answer>();
    const problems: Record<string, string> = {};
    for (const [file, parse] of [['facts.toml', parseToml] as const, ['facts.json', parseJson] as const]) {
      const facts = await this.#readFile(file, parse);
      if (facts instanceof Error) problems[file] = facts.message;
      else for (const [name, value] of Object.entries(facts)) found.set(name, asFact(value));
    }
    const listed = await this.#programs();
    if ('problem' in listed) problems['facts.d'] = listed.problem;
    const programs = ('problem' in listed ? [] : listed).filter(({ name }) => only === undefined || name === only);
    for (const { file } of programs.slice(mostPrograms))
      problems[`facts.d/${file}`] = `only the first ${mostPrograms} programs are asked`;
    for (const [name, answer] of await this.#askAll(programs.slice(0, mostPrograms))) found.set(name, answer);
    return within(found, problems);
  }

  /** Of the programs that may have been asked before this node started. */
  async keys(): Promise<readonly RunKey[]> {
    const listed = await this.#programs();
    return 'problem' in listed ? [] : listed.map(({ file }) => this.#options.keyOf(file));
  }

  /** By the names of their files. */
  async #programs(): Promise<readonly Program[] | { readonly problem: string }> {
    try {
      const files = await readdir(join(this.#options.configFolder, 'facts.d'));
      return files
        .filter((file) => !file.startsWith('.') && !file.endsWith('~'))
        .sort()
        .map((file) => ({ name: file.replace(/\..*$/, ''), file }));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      return { problem: firstLine(describeError(error)) };
    }
  }

  async #readFile(file: string, parse: (text: string) => unknown): Promise<Readonly<Record<string, unknown>> | Error> {
    try {
      const text = await readSmall(join(this.#options.configFolder, file));
      const facts = text === undefined ? {} : await parse(text);
      if (typeof facts !== 'object' || facts === null || Array.isArray(facts))
        return new Error('it is no table of facts');
      return facts as Readonly<Record<string, unknown>>;
    } catch (error) {
      return new Error(firstLine(describeError(error)));
    }
  }

  /** In the order of the programs, whichever was the first to answer. */
  async #askAll(programs: readonly Program[]): Promise<readonly (readonly [string, Answer])[]> {
    const answers = new Map<string, Answer>();
    const { clock } = this.#options;
    const until = clock.monotonic() + allMs;
    const left = [...programs];
    const askNext = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const leftMs = Math.floor(until - clock.monotonic());
        answers.set(next.file, leftMs < 1 ? noTime : await this.#ask(next.file, Math.min(programMs, leftMs)));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, askNext));
    return programs.map(({ name, file }) => [name, answers.get(file) ?? noTime] as const);
  }

  #ask(file: string, timeoutMs: number): Promise<Answer> {
    const running = this.#asked.get(file) ?? this.#run(file, timeoutMs).finally(() => this.#asked.delete(file));
    this.#asked.set(file, running);
    return running;
  }

  async #run(file: string, timeoutMs: number): Promise<Answer> {
    const { configFolder, workFolder, commands, keyOf } = this.#options;
    const path = resolve(configFolder, 'facts.d', file);
    try {
      const found = await stat(path);
      if (!found.isFile()) return { problem: 'it is no file' };
      if ((found.mode & 0o111) === 0) return { problem: 'it is not executable: chmod +x' };
      const { outcome, stdout, stderr } = await commands.run({
        key: keyOf(file),
        args: [path],
        cwd: workFolder,
        stdin: new Uint8Array(0),
        timeoutMs,
        outputLimit: mostOutputBytes,
        onSpawned: () => undefined,
        leavesNothing: true,
        signal: new AbortController().signal,
      });
      if (outcome.state !== 'succeeded') return { problem: whyFailed(outcome, stderr) };
      return answerOf(Buffer.from(stdout).toString());
    } catch (error) {
      return { problem: firstLine(describeError(error)) };
    }
  }
}

/** JSON where it is that, otherwise the text. */
function answerOf(text: string): Answer {
  let value: unknown = text.trim();
  try {
    value = JSON.parse(text);
  } catch {
    // Text, as most programs write it.
  }
  return asFact(value);
}

function asFact(value: unknown): Answer {
  try {
    return { value: factValue(value) };
  } catch (error) {
    return { problem: describeError(error) };
  }
}

function within(found: ReadonlyMap<string, Answer>, problems: Record<string, string>): Facts {
  const facts: (readonly [string, FactValue])[] = [];
  let left = mostBytes;
  for (const [name, answer] of [...found].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (!factName.test(name))
      problems[`own.${name.slice(0, 64)}`] = 'a name of a fact has up to 64 letters, digits, _ and -';
    else if ('problem' in answer) problems[`own.${name}`] = answer.problem;
    else {
      const bytes = Buffer.byteLength(JSON.stringify(answer.value)) + name.length;
      if (bytes > left) problems[`own.${name}`] = `own facts have at most ${mostBytes / 1024} KiB together`;
      else facts.push([name, answer.value]);
      left -= bytes > left ? 0 : bytes;
    }
  }
  return { facts: sorted(facts), problems };
}

/** Undefined where there is none. Not blocked by what is no file. */
async function readSmall(path: string): Promise<string | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = await handle.stat();
      if (!(await handle.stat()).isFile()) throw new Error('it is no file');
      if (size > mostFileBytes) throw new Error(`it has more than ${mostFileBytes / 1024} KiB`);
      return (await handle.readFile()).toString();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Loaded where there is such a file. */
async function parseToml(text: string): Promise<unknown> {
  const { parse } = await import('smol-toml');
  return parse(text);
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}

function whyFailed(
  outcome: { readonly reason?: string; readonly exitCode?: number; readonly signal?: string },
  stderr: Uint8Array,
): string {
  const why =
    outcome.reason ??
    (outcome.signal === undefined ? `exit code ${outcome.exitCode ?? '?'}` : `ended by ${outcome.signal}`);
  const said = Buffer.from(stderr).toString().trim();
  return said === '' ? why : `${why}: ${firstLine(said)}`;
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 200);
}
