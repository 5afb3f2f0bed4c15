// All methods of a node's own: the programs of its folder, and the modules that its configuration names.
import { namedOwn } from '../../model/own-method.ts';
import { findProgram, programNames, type OwnProgram } from './own-folder.ts';
import { listModules, type OwnModules } from './own-modules.ts';

const maxListed = 200;

export interface OwnPlaces {
  /** Where the programs are; absent: there are none. */
  readonly methodsFolder?: string;
  readonly modules?: OwnModules;
}

export interface OwnPrograms {
  readonly programs: readonly OwnProgram[];
  /** So many are not among them. */
  readonly more: number;
}

/** In the order of their names, each name once, `maxListed` at most. Throws what the file system throws, but for a folder that is not there. */
export function listOwn({ methodsFolder, modules }: OwnPlaces): OwnPrograms {
  const ofFolder = methodsFolder === undefined ? [] : programNames(methodsFolder);
  const all = modules === undefined ? [] : listModules(modules);
  const names = [...new Set([...ofFolder, ...all.map(({ name }) => name)])].sort();
  const programs = names.slice(0, maxListed).flatMap((name) => {
    const program = methodsFolder === undefined ? undefined : findProgram(methodsFolder, name);
    return one(namedOwn([...(program === undefined ? [] : [program]), ...all], name)) ?? [];
  });
  return { programs, more: Math.max(0, names.length - maxListed) };
}

/** Undefined where there is none of this name, also in other case. */
export function findOwn({ methodsFolder, modules }: OwnPlaces, name: string): OwnProgram | undefined {
  const program = methodsFolder === undefined ? undefined : findProgram(methodsFolder, name);
  const all = modules === undefined ? [] : listModules(modules);
  return one(namedOwn([...(program === undefined ? [] : [program]), ...all], name));
}

/** True where it cannot be found out: a run says why. */
export function hasOwn(places: OwnPlaces, name: string): boolean {
  try {
    return findOwn(places, name) !== undefined;
  } catch {
    return true;
  }
}

function one(programs: readonly OwnProgram[]): OwnProgram | undefined {
  const [first] = programs;
  if (first === undefined || programs.length === 1) return first;
  return { ...first, problem: `several files have this name: ${programs.map(({ path }) => path).join(', ')}` };
}
