// What the owner of a method says of it: in NAME.json or NAME.toml beside it, or by what the program prints for `--describe`.
//
// 1. A program is asked only if it holds the word, for `describeMs` at most; what it prints is bounded.
// 2. It is asked again only when the program, or the file beside it, has changed; one that did not answer also after `againMs`.
// 3. For a list, `mostAtOnce` are asked at a time. A run asks what it needs at once: it waits for no other method.
import { readFileSync, statSync } from 'node:fs';
import type { OwnMethod } from '../../model/own-method.ts';
import type { Clock } from '../../base/clock.ts';
import type { CommandRunner } from '../command/command-runner.ts';
import type { Outcome } from '../../model/message.ts';
import { RunStop, type RunKey } from '../run.ts';
import { knowsDescribe, type OwnProgram } from './own-folder.ts';
import { whyNoInterpreter } from './interpreter.ts';
import { readDescription } from './read-description.ts';
import { startModule } from './own-modules.ts';

const describeMs = 5_000;
const mostBytes = 64 * 1024;
const mostKept = 1_000;
const againMs = 5 * 60_000;
const mostAtOnce = 4;

type Said = Omit<OwnMethod, 'name'>;

interface Asked {
  readonly version: string;
  readonly said: Promise<Said>;
}

export interface DescriptionsParts {
  readonly commands: CommandRunner;
  readonly workFolder: string;
  readonly clock: Clock;
  /** Of the folder, for the marks of the processes that are asked. */
  readonly dataFolder: string;
}

export class Descriptions {
  /** Of the processes that are asked for a list: what one has left is ended by its key, and no other with it. */
  readonly keys: readonly RunKey[];
  readonly #parts: DescriptionsParts;
  readonly #known = new Map<string, { readonly version: string; readonly said: Said; readonly until: number }>();
  /** By path: what waits for its turn, and what is asked now. */
  readonly #listed = new Map<string, Asked>();
  readonly #asking = new Map<string, Asked>();
  readonly #free: RunKey[];
  readonly #waiting: ((key: RunKey) => void)[] = [];
  readonly #stop = new AbortController();

  constructor(parts: DescriptionsParts) {
    this.#parts = parts;
    this.keys = Array.from({ length: mostAtOnce }, (_, index) => `describe ${index} for ${parts.dataFolder}`);
    this.#free = [...this.keys];
  }

  /** For a list, in its turn. Never rejects. */
  of(program: OwnProgram): Promise<Said> {
    return once(this.#listed, program, async () => {
      const known = this.#lookUp(program);
      if (known !== undefined) return known;
      const key = this.#free.pop() ?? (await new Promise<RunKey>((resolve) => this.#waiting.push(resolve)));
      try {
        return await this.forRun(program, key);
      } finally {
        const next = this.#waiting.shift();
        if (next === undefined) this.#free.push(key);
        else next(key);
      }
    });
  }

  /** For the run of this key, at once. Never rejects. */
  forRun(program: OwnProgram, key: RunKey): Promise<Said> {
    return once(this.#asking, program, async () => this.#lookUp(program) ?? this.#ask(program, key));
  }

  /** Ends what is asked. */
  async close(): Promise<void> {
    this.#stop.abort(new RunStop('node stopped'));
    await Promise.all([...this.#asking.values()].map(({ said }) => said));
  }

  #lookUp({ path, version, problem }: OwnProgram): Said | undefined {
    if (problem !== undefined) return { problem };
    const known = this.#known.get(path);
    return known?.version === version && this.#parts.clock.monotonic() < known.until ? known.said : undefined;
  }

  async #ask(program: OwnProgram, key: RunKey): Promise<Said> {
    const { path, version } = program;
    const { hasAnswered, ...said } = await this.#read(program, key);
    if (this.#known.size >= mostKept) this.#known.clear();
    const until = hasAnswered ? Infinity : this.#parts.clock.monotonic() + againMs;
    this.#known.set(path, { version, said, until });
    return said;
  }

  async #read({ path, says, runner }: OwnProgram, key: RunKey): Promise<Said & { readonly hasAnswered: boolean }> {
    if (says !== undefined) return { ...(await readFile(says)), hasAnswered: true };
    if (runner === undefined && !knowsDescribe(path)) return { hasAnswered: true };
    const { commands, workFolder } = this.#parts;
    const args = runner === undefined ? [path, '--describe'] : [...startModule(runner).command, '--describe', path];
    const { outcome, stdout, stderr } = await commands.run({
      key,
      args,
      cwd: workFolder,
      stdin: new Uint8Array(0),
      timeoutMs: describeMs,
      outputLimit: mostBytes,
      onSpawned: () => undefined,
      leavesNothing: true,
      signal: this.#stop.signal,
    });
    if (outcome.state !== 'succeeded')
      return { problem: `--describe: ${whyNoInterpreter(path) ?? whyEnded(outcome, stderr)}`, hasAnswered: false };
    return { ...parsed('--describe', () => JSON.parse(Buffer.from(stdout).toString())), hasAnswered: true };
  }
}

/** The same work under way is waited for, and not done twice. */
function once(work: Map<string, Asked>, { path, version }: OwnProgram, begin: () => Promise<Said>): Promise<Said> {
  const before = work.get(path);
  if (before?.version === version) return before.said;
  const asked = {
    version,
    said: begin().finally(() => {
      if (work.get(path) === asked) work.delete(path);
    }),
  };
  work.set(path, asked);
  return asked.said;
}

async function readFile(path: string): Promise<Said> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > mostBytes)
      return { problem: `${name}: it is no file, or has more than ${mostBytes} bytes` };
    const text = readFileSync(path, 'utf8');
    if (!path.endsWith('.toml')) return parsed(name, () => JSON.parse(text));
    const toml = await import('smol-toml');
    return parsed(name, () => toml.parse(text));
  } catch (error) {
    return { problem: `${name}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** With what it said itself: the line that names an error, and before it where that is, as node and Python write them. */
function whyEnded({ reason, exitCode, state }: Outcome, stderr: Uint8Array): string {
  const why = reason ?? (exitCode === undefined ? state : `exit code ${exitCode}`);
  const lines = Buffer.from(stderr).toString().split('\n');
  const error = lines.find((line) => /^\w*Error\b/.test(line));
  const [last = ''] = lines.filter((line) => line.trim() !== '').slice(-1);
  if (error === undefined) return last === '' ? why : `${why}: ${last.slice(0, 200)}`;
  const place = lines.find((line) => /^(file:\/\/)?\/.*:\d+$/.test(line));
  return [why, ...(place === undefined ? [] : [place]), error].map((text) => text.slice(0, 200)).join(': ');
}

function parsed(where: string, parse: () => unknown): Said {
  try {
    const read = readDescription(parse());
    return 'problem' in read ? { problem: `${where}: ${read.problem}` } : read;
  } catch (error) {
    const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { problem: `${where}: ${line.slice(0, 200)}` };
  }
}
