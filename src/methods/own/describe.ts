// What the owner of a method says of it: in NAME.json or NAME.toml beside it, or by what the program prints for `--describe`.
//
// 1. A program is asked only if it holds the word, one at a time, for `describeMs` at most; what it prints is bounded.
// 2. It is asked again only when the program, or the file beside it, has changed.
import { readFileSync, statSync } from 'node:fs';
import { readDescription, type OwnMethod } from '../../model/own-method.ts';
import type { CommandRunner } from '../command/command-runner.ts';
import type { Outcome } from '../../model/message.ts';
import type { RunKey } from '../run.ts';
import { knowsDescribe, type OwnProgram } from './own-folder.ts';
import { startModule } from './own-modules.ts';

const describeMs = 5_000;
const mostBytes = 64 * 1024;
const mostKept = 1_000;

type Said = Omit<OwnMethod, 'name'>;

export interface DescriptionsParts {
  readonly commands: CommandRunner;
  readonly workFolder: string;
  /** Of the processes that are asked. */
  readonly key: RunKey;
}

export class Descriptions {
  readonly #parts: DescriptionsParts;
  readonly #known = new Map<string, { readonly version: string; readonly said: Said }>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: DescriptionsParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  of(program: OwnProgram): Promise<Said> {
    const work = this.#last.then(() => this.#look(program));
    this.#last = work;
    return work;
  }

  async #look(program: OwnProgram): Promise<Said> {
    const { path, version, problem } = program;
    if (problem !== undefined) return { problem };
    const known = this.#known.get(path);
    if (known?.version === version) return known.said;
    const said = await this.#read(program);
    if (this.#known.size >= mostKept) this.#known.clear();
    this.#known.set(path, { version, said });
    return said;
  }

  async #read({ path, says, runner }: OwnProgram): Promise<Said> {
    if (says !== undefined) return readFile(says);
    if (runner === undefined && !knowsDescribe(path)) return {};
    const { commands, workFolder, key } = this.#parts;
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
      signal: new AbortController().signal,
    });
    if (outcome.state !== 'succeeded') return { problem: `--describe: ${whyEnded(outcome, stderr)}` };
    return parsed('--describe', () => JSON.parse(Buffer.from(stdout).toString()));
  }
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
  if (error === undefined) return why;
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
