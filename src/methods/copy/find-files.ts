// What a copy holds: one file, a folder with all that is in it, or what a pattern matches.
//
// 1. Links are copied as links, and not followed; but the path that was named is.
// 2. What is neither file, folder nor link is left out, and told.
// 3. At most `mostFound`, with what is left out: of more nothing is copied, nor read.
// 4. Names and links that are no UTF-8 cannot be said to the other node: they are left out, and told.
import { isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import { lstat, opendir, readlink, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { fileProblem } from '../../base/file-problem.ts';
import { describeError } from '../../model/error.ts';
import { isPattern, refuseSlowPattern } from './pattern.ts';

export const mostFound = 100_000;
/** Looked at before others have their turn. */
const atOnce = 64;
const namesAtOnce = 1024;

interface FoundFile {
  readonly kind: 'file';
  /** From the root of the copy; empty for a copy that is one file. */
  readonly path: string;
  /** Where it lies. */
  readonly at: string;
  readonly size: number;
}

export type Found =
  | FoundFile
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

export interface FoundAll {
  readonly all: readonly Found[];
  /** Of the copy, where it goes into a folder; empty where each of them has its own. */
  readonly name: string;
  readonly isFile: boolean;
  readonly leftOut: readonly string[];
}

/** Throws an error with what is wrong in words. */
export async function findFiles(path: string, from: string, signal: AbortSignal): Promise<FoundAll> {
  const whole = resolve(from, path);
  let named: Stats;
  try {
    named = await stat(whole);
  } catch (error) {
    if (isPattern(path) && fileProblem(error, path) === `there is no file ${path}`) return match(path, from, signal);
    throw new Error(fileProblem(error, path) ?? describeError(error), { cause: error });
  }
  const name = basename(whole);
  if (named.isFile())
    return { all: [{ kind: 'file', path: '', at: whole, size: named.size }], name, isFile: true, leftOut: [] };
  if (!named.isDirectory()) throw new Error(`${path} is neither a file nor a folder`);
  const search = new Search(signal);
  await search.walk(whole, '');
  return { all: search.all, leftOut: search.leftOut, name, isFile: false };
}

/** Each match goes into the target, by its path from the folder where the pattern begins. */
async function match(pattern: string, from: string, signal: AbortSignal): Promise<FoundAll> {
  const { glob } = await import('tinyglobby');
  const parts = resolve(from, pattern).split(sep);
  const base = parts.slice(0, parts.findIndex(isPattern)).join(sep) || sep;
  const rest = parts.slice(base.split(sep).filter(Boolean).length + 1).join('/');
  refuseSlowPattern(rest);
  const paths = await glob(rest, {
    cwd: base,
    dot: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    onlyFiles: false,
    signal,
  });
  const matches = new Set(paths.map((path) => (path.endsWith('/') ? path.slice(0, -1) : path)).filter(Boolean));
  if (matches.size === 0) throw new Error(`nothing matches ${pattern}`);
  const search = new Search(signal);
  for (const path of [...matches].sort()) {
    // What lies in a folder that matches, too, comes with it.
    if (!parentsOf(path).some((parent) => matches.has(parent))) await search.take(join(base, path), path);
  }
  return { all: search.all, leftOut: search.leftOut, name: '', isFile: false };
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('/'));
}

class TooMany extends Error {}

class Search {
  readonly all: Found[] = [];
  readonly leftOut: string[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async walk(folder: string, path: string): Promise<void> {
    const names: string[] = [];
    for await (const { name } of await opendir(folder, { bufferSize: namesAtOnce })) {
      this.#refuseMany(names.push(name));
      if (this.#signal.aborted) return;
    }
    names.sort();
    for (let at = 0; at < names.length; at += atOnce) {
      if (this.#signal.aborted) return;
      for (const name of names.slice(at, at + atOnce))
        await this.take(join(folder, name), path === '' ? name : `${path}/${name}`);
    }
  }

  async take(at: string, path: string): Promise<void> {
    this.#refuseMany(1);
    try {
      const found = await lstat(at);
      if (found.isFile()) this.all.push({ kind: 'file', path, at, size: found.size });
      else if (found.isSymbolicLink()) await this.#takeLink(at, path);
      else if (found.isDirectory()) {
        this.all.push({ kind: 'folder', path, mode: found.mode & 0o7777 });
        await this.walk(at, path);
      } else this.leftOut.push(`${path}: it is neither a file, a folder nor a link`);
    } catch (error) {
      if (error instanceof TooMany) throw error;
      const problem = path.includes('\ufffd') ? 'it has gone, or its name is no UTF-8' : undefined;
      this.leftOut.push(`${path}: ${problem ?? fileProblem(error, relative('.', at)) ?? describeError(error)}`);
    }
  }

  async #takeLink(at: string, path: string): Promise<void> {
    const target = await readlink(at, 'buffer');
    if (isUtf8(target)) this.all.push({ kind: 'link', path, target: target.toString() });
    else this.leftOut.push(`${path}: where it leads is no UTF-8`);
  }

  #refuseMany(more: number): void {
    if (this.all.length + this.leftOut.length + more > mostFound)
      throw new TooMany(`more than ${mostFound} files, folders and links`);
  }
}
