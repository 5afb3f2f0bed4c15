// All methods of a node's own: the programs of its folder, and the modules that its configuration names.
import { findProgram, listPrograms, maxOwnMethods, type OwnProgram } from './own-folder.ts';
import { listModules, type OwnModules } from './own-modules.ts';

export interface OwnPlaces {
  /** Where the programs are; absent: there are none. */
  readonly methodsFolder?: string;
  readonly modules?: OwnModules;
}

/** In the order of their names, each name once. Throws what the file system throws, but for a folder that is not there. */
export function listOwn(places: OwnPlaces): readonly OwnProgram[] {
  const { methodsFolder, modules } = places;
  const all = [
    ...(methodsFolder === undefined ? [] : listPrograms(methodsFolder)),
    ...(modules === undefined ? [] : listModules(modules)),
  ];
  const names = [...new Set(all.map(({ name }) => name))].sort().slice(0, maxOwnMethods);
  return names.flatMap((name) => one(all.filter((program) => program.name === name)) ?? []);
}

/** Undefined where there is none of this name. */
export function findOwn({ methodsFolder, modules }: OwnPlaces, name: string): OwnProgram | undefined {
  const program = methodsFolder === undefined ? undefined : findProgram(methodsFolder, name);
  const named = modules === undefined ? [] : listModules(modules).filter((module) => module.name === name);
  return one(program === undefined ? named : [program, ...named]);
}

function one(programs: readonly OwnProgram[]): OwnProgram | undefined {
  const [first] = programs;
  if (first === undefined || programs.length === 1) return first;
  return { ...first, problem: `several files have this name: ${programs.map(({ path }) => path).join(', ')}` };
}
