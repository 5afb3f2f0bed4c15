// The programs in the folder of own methods.
//
// 1. It is looked at for each run, so that what its owner changes holds from the next run on; nothing is loaded into the node.
// 2. Only what is a regular file, can be executed, and cannot be written by everybody, is run. The same holds of its folder, and of what
//    lies beside it.
import { accessSync, constants, readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join, parse } from 'node:path';
import { namedOwn, refuseOwnName } from '../../model/own-method.ts';
import type { ModuleRunner } from './own-modules.ts';

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

/** Each once. Throws what the file system throws, but for a folder that is not there. */
export function programNames(folder: string): readonly string[] {
  const files = filesOf(folder).filter((file) => isProgram(file) && mayBeFile(join(folder, file)));
  return [...new Set(files.map((file) => parse(file).name))];
}

/** Undefined where there is no such file. */
export function findProgram(folder: string, wanted: string): OwnProgram | undefined {
  const all = filesOf(folder);
  const files = namedOwn(
    all.filter(isProgram).map((file) => ({ file, name: parse(file).name })),
    wanted,
  );
  const [first] = files;
  if (first === undefined) return undefined;
  const { name, file } = first;
  const path = join(folder, file);
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return undefined;
    const description = beside.map((ending) => `${name}${ending}`).find((one) => all.includes(one));
    const says = description === undefined ? undefined : join(folder, description);
    const said = says === undefined ? undefined : statSync(says);
    const version = [stat, ...(said === undefined ? [] : [said])].map(versionOf).join(' ');
    const program = { name, path, version, ...(says === undefined ? {} : { says }) };
    const problem =
      files.length > 1
        ? `several files have this name: ${files.map((one) => one.file).join(', ')}`
        : (whyNot(name, path, stat) ??
          whyOpen(description ?? '', said) ??
          whyOpen(`the folder ${folder}`, statSync(folder)));
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
  return whyOpen('the file', stat) ?? refuseOwnName(name);
}

function whyOpen(what: string, stat: Stats | undefined): string | undefined {
  return stat === undefined || (stat.mode & 0o002) === 0 ? undefined : `everybody may write to ${what} (chmod o-w)`;
}

/** What cannot be looked at is shown with its problem. */
function mayBeFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return true;
  }
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
