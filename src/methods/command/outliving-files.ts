// What is kept of a command that outlives its node, in a folder of the run: `in`, `out`, `err`, who its shell is, and how it ended.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity, RunKey } from '../run.ts';

export class OutlivingFiles {
  readonly #folder: string;

  /** `folder` holds a folder for each run. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  folderOf(key: RunKey): string {
    return join(this.#folder, key.replaceAll('/', '@'));
  }

  /** The three files of a new run, to be closed by the caller; of no input, none. Throws what the system does. */
  open(key: RunKey, stdin: Uint8Array): readonly [number | 'ignore', number, number] {
    const folder = this.folderOf(key);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const input = this.openInput(key, stdin);
    return [input, openSync(join(folder, 'out'), 'a', 0o600), openSync(join(folder, 'err'), 'a', 0o600)];
  }

  /** Of no input, none. Throws what the system does. */
  openInput(key: RunKey, stdin: Uint8Array): number | 'ignore' {
    if (stdin.length === 0) return 'ignore';
    const folder = this.folderOf(key);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'in'), stdin, { mode: 0o600 });
    return openSync(join(folder, 'in'), 'r');
  }

  /** Where it cannot be written, as on a full disk, the command goes on all the same: the next life finds its shell by the mark. */
  noteProcess(key: RunKey, process: ProcessIdentity): void {
    try {
      writeFileSync(join(this.folderOf(key), 'process'), JSON.stringify(process));
    } catch {
      // What was written of it is no whole line, and is read as nothing.
    }
  }

  /** Undefined where it was not noted whole. */
  process(key: RunKey): ProcessIdentity | undefined {
    try {
      return JSON.parse(this.#read(key, 'process', 4096).toString()) as ProcessIdentity;
    } catch {
      return undefined;
    }
  }

  /** As its shell has written it. */
  exitCode(key: RunKey): number | undefined {
    const code = this.#read(key, 'code', 16).toString();
    return code === '' ? undefined : Number(code);
  }

  outputSize(key: RunKey): number {
    return this.#size(key, 'out') + this.#size(key, 'err');
  }

  /** Up to the limit on both together. */
  output(key: RunKey, limit: number): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } {
    const stdout = this.#read(key, 'out', limit);
    return { stdout, stderr: this.#read(key, 'err', limit - stdout.length) };
  }

  remove(key: RunKey): void {
    rmSync(this.folderOf(key), { recursive: true, force: true });
  }

  removeAllBut(keys: Iterable<RunKey>): void {
    const kept = new Set([...keys].map((key) => this.folderOf(key)));
    for (const path of this.#all()) if (!kept.has(path)) rmSync(path, { recursive: true, force: true });
  }

  #all(): readonly string[] {
    try {
      return readdirSync(this.#folder).map((name) => join(this.#folder, name));
    } catch {
      // There is none yet.
      return [];
    }
  }

  #size(key: RunKey, name: string): number {
    return statSync(join(this.folderOf(key), name), { throwIfNoEntry: false })?.size ?? 0;
  }

  #read(key: RunKey, name: string, most: number): Buffer {
    const size = Math.min(this.#size(key, name), most);
    if (size === 0) return Buffer.alloc(0);
    const path = join(this.folderOf(key), name);
    if (size === this.#size(key, name)) return readFileSync(path).subarray(0, most);
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(size);
      return bytes.subarray(0, readSync(file, bytes, 0, size, 0));
    } finally {
      closeSync(file);
    }
  }
}
