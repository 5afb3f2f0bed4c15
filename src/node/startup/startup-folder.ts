// The folder of startup messages: one message file each, named by its file name without its ending.
//
// 1. Only regular files of `maxFileBytes` at most are read, and `maxFiles` of them.
// 2. What is written is there whole or not at all.
import { readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileProblem } from '../../base/file-problem.ts';
import { describeError, StewardError } from '../../model/error.ts';
import { writeConfigFile } from '../config/write-config-file.ts';

export const maxFiles = 100;
export const maxFileBytes = 256 * 1024;
const ending = /\.(json|yaml|yml)$/;
/** What was set aside is no message any more, until its name is changed back. */
const aside = '.broken';

export interface StartupFile {
  readonly name: string;
  readonly path: string;
  readonly content: Buffer | { readonly problem: string };
}

export class StartupFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** In the order of their names. Throws what the file system throws, but for a folder that is not there. */
  read(): readonly StartupFile[] {
    const files: StartupFile[] = [];
    const names = new Set<string>();
    for (const file of this.#files().filter((file) => ending.test(file))) {
      const name = file.replace(ending, '');
      const path = join(this.#folder, file);
      if (names.has(name)) files.push({ name, path, content: { problem: `another file is named ${name}, too` } });
      else files.push({ name, path, content: readOne(path) });
      names.add(name);
      if (files.length === maxFiles) break;
    }
    return files;
  }

  /** How many there are beyond those that `read` answers: they are left as they are. */
  beyond(): number {
    return Math.max(0, this.#files().filter((file) => ending.test(file)).length - maxFiles);
  }

  /** Those that are no message files by their names; one that begins with a dot is somebody's own. */
  others(): readonly string[] {
    const isAside = (file: string): boolean => file.endsWith(aside) && ending.test(file.slice(0, -aside.length));
    return this.#files().filter((file) => !file.startsWith('.') && !ending.test(file) && !isAside(file));
  }

  /** The names of those that were set aside. */
  broken(): readonly string[] {
    return this.#files()
      .filter((file) => file.endsWith(aside) && ending.test(file.slice(0, -aside.length)))
      .map((file) => file.slice(0, -aside.length).replace(ending, ''))
      .slice(0, maxFiles);
  }

  /** Throws `invalid-usage` where the name is taken. */
  add(name: string, content: Uint8Array): void {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) || ending.test(name))
      throw new StewardError(
        'invalid-usage',
        `a startup message cannot be named ${JSON.stringify(name.slice(0, 60))}`,
        {
          hint: 'letters, digits, ".", "-" and "_", without .json or .yaml at its end',
        },
      );
    const present = new Set(
      this.#files()
        .filter((file) => ending.test(file))
        .map((file) => file.replace(ending, '')),
    );
    if (present.has(name))
      throw new StewardError('invalid-usage', `there is a startup message ${name} already`, {
        hint: 'remove it first',
      });
    if (present.size >= maxFiles)
      throw new StewardError('invalid-usage', `there are ${maxFiles} startup messages already`, {
        hint: 'remove some',
      });
    const first = Buffer.from(content).toString().trimStart()[0] ?? '';
    writeConfigFile(
      join(this.#folder, `${name}.${first === '{' || first === '[' ? 'json' : 'yaml'}`),
      Buffer.from(content).toString(),
    );
    this.#drop(name, aside);
  }

  /** Also one that was set aside. Answers whether there was any. */
  remove(name: string): boolean {
    return [this.#drop(name, ''), this.#drop(name, aside)].includes(true);
  }

  /** Answers whether it could be. */
  setAside({ path }: StartupFile): boolean {
    try {
      renameSync(path, `${path}${aside}`);
      return true;
    } catch {
      return false;
    }
  }

  #drop(name: string, suffix: string): boolean {
    const found = ['json', 'yaml', 'yml']
      .map((end) => `${name}.${end}${suffix}`)
      .filter((file) => this.#files().includes(file));
    for (const file of found) rmSync(join(this.#folder, file));
    return found.length > 0;
  }

  #files(): readonly string[] {
    try {
      return readdirSync(this.#folder).sort();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }
}

function readOne(path: string): StartupFile['content'] {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return { problem: 'it is no file' };
    if (stat.size > maxFileBytes) return { problem: `it has more than ${maxFileBytes} bytes` };
    return readFileSync(path);
  } catch (error) {
    return { problem: fileProblem(error, path) ?? describeError(error) };
  }
}
