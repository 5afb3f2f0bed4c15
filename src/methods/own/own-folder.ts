// The programs in the folder of own methods.
//
// 1. It is looked at for each run, so that what its owner changes holds from the next run on; nothing is loaded into the node.
// 2. Only what is a regular file, can be executed, and cannot be written by everybody, is run.
import { accessSync, constants, readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join, parse } from 'node:path';
import { refuseOwnName } from '../../model/own-method.ts';
import type { ModuleRunner } from './own-modules.ts';

export const maxOwnMethods = 200;
const beside = ['.json', '.toml'] as const;

export interface OwnProgram {
  readonly name: string;
  readonly path: string;
  /** It is a module, which this runs. */
  readonly runner?: ModuleRunner;
  /** Changes with the program, and with the file beside it. */
  readonly version: string;
  /** What lies beside it and says what it does. */
  readonly says?: string;
  /** Why it is not run. */
  readonly problem?: string;
}

/** In the order of their names. Throws what the file system throws, but for a folder that is not there. */
export function listPrograms(folder: string): readonly OwnProgram[] {
  const names = new Set<string>();
  for (const file of filesOf(folder)) if (isProgram(file)) names.add(parse(file).name);
  return [...names].slice(0, maxOwnMethods).flatMap((name) => findProgram(folder, name) ?? []);
}

/** Undefined where there is no such file. */
export function findProgram(folder: string, name: string): OwnProgram | undefined {
  const all = filesOf(folder);
  const files = all.filter((file) => isProgram(file) && parse(file).name === name);
  const [file] = files;
  if (file === undefined) return undefined;
  const path = join(folder, file);
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return undefined;
    const description = beside.map((ending) => `${name}${ending}`).find((one) => all.includes(one));
    const says = description === undefined ? undefined : join(folder, description);
    const version = [stat, ...(says === undefined ? [] : [statSync(says)])].map(versionOf).join(' ');
    const program = { name, path, version, ...(says === undefined ? {} : { says }) };
    const problem = files.length > 1 ? `several files have this name: ${files.join(', ')}` : whyNot(name, path, stat);
    return problem === undefined ? program : { ...program, problem };
  } catch (error) {
    return { name, path, version: '', problem: error instanceof Error ? error.message : String(error) };
  }
}

function whyNot(name: string, path: string, stat: Stats): string | undefined {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return 'it cannot be executed (chmod +x)';
  }
  return whyNotOwn(name, stat);
}

/** Of any method of one's own: what it may be called, and who may write to it. */
export function whyNotOwn(name: string, stat: Stats): string | undefined {
  return (stat.mode & 0o002) === 0 ? refuseOwnName(name) : 'everybody may write to the file (chmod o-w)';
}

/** A program that does not even hold the word would take `--describe` for work. */
export function knowsDescribe(path: string): boolean {
  try {
    return readFileSync(path)
      .subarray(0, 4 * 1024 * 1024)
      .includes('--describe');
  } catch {
    return false;
  }
}

function isProgram(file: string): boolean {
  return !file.startsWith('.') && !file.endsWith('~') && !beside.some((ending) => file.endsWith(ending));
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

export function versionOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino}-${size}-${mtimeMs}-${ctimeMs}`;
}
