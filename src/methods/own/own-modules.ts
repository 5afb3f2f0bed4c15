// The modules that the node's configuration names as methods.
//
// 1. None is ever loaded into the node: what it says of itself is asked for, and it is run, in a process of its own, by run-module.ts.
// 2. Each is listed, also one that is not there: its owner has named it.
import { accessSync, constants, statSync } from 'node:fs';
import { parse } from 'node:path';
import { fileProblem } from '../../base/file-problem.ts';
import { describeError } from '../../model/error.ts';
import { whyNotOwn, versionOf, type OwnProgram } from './own-folder.ts';

export interface OwnModules {
  /** Absolute. */
  readonly paths: readonly string[];
  readonly runner: ModuleRunner;
}

export interface ModuleRunner {
  /** Path of node itself. */
  readonly node: string;
  /** The compiled run-module.ts. */
  readonly script: string;
}

const mib = 1024 * 1024;
/** Of address space: node takes up to 1.3 GiB before it does anything. */
const nodeItselfBytes = 1536 * mib;

export function listModules({ paths, runner }: OwnModules): readonly OwnProgram[] {
  return paths.map((path) => {
    const program = { name: parse(path).name, path, runner };
    try {
      const stat = statSync(path);
      const version = versionOf(stat);
      if (!stat.isFile()) return { ...program, version, problem: `${path} is no file` };
      accessSync(path, constants.R_OK);
      const problem = whyNotOwn(program.name, stat);
      return { ...program, version, ...(problem === undefined ? {} : { problem }) };
    } catch (error) {
      return { ...program, version: '', problem: fileProblem(error, path) ?? describeError(error) };
    }
  });
}

/** What starts it, and the bound of its address space: node takes so much for itself that what the owner gives is its heap. */
export function startModule(
  { node, script }: ModuleRunner,
  memoryBytes?: number,
): { readonly command: readonly string[]; readonly memoryBytes?: number } {
  if (memoryBytes === undefined) return { command: [node, script] };
  const heap = `--max-old-space-size=${Math.max(1, Math.floor(memoryBytes / mib))}`;
  return { command: [node, heap, script], memoryBytes: memoryBytes + nodeItselfBytes };
}
