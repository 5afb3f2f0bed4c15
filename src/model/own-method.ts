// A method of one's own: what its owner says of it, and what a message may give it.
//
// Here, since both the node that has it and intake, where that node has told of it, go by it.
// 1. Whatever is given, the answer is what it means or a problem: nothing throws.
import type { ArgsProblem } from './http-get-args.ts';
import { findMethod } from './method-name.ts';

export interface OwnArg {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'number' | 'boolean';
  readonly optional?: true;
  /** Of a text: one of these. */
  readonly oneOf?: readonly string[];
  readonly doc?: string;
}

export interface OwnDescription {
  readonly summary: string;
  readonly docs?: string;
  readonly args?: readonly OwnArg[];
  /** More arguments than are named. */
  readonly rest?: true;
  /** Most that a run takes, ms; absent: as its message says. */
  readonly timeoutMs?: number;
  /** Its messages do not wait for each other, unless one says so. */
  readonly unordered?: true;
  /** Most bytes of address space of each of its processes. */
  readonly memoryBytes?: number;
  readonly example?: { readonly args: readonly string[]; readonly data?: string };
}

/** A method as a node tells of it. */
export interface OwnMethod {
  readonly name: string;
  /** Absent: its owner says nothing of it. */
  readonly description?: OwnDescription;
  /** Why it cannot be run. */
  readonly problem?: string;
}

export interface OwnList {
  readonly own: readonly OwnMethod[];
  /** So many are not among them. */
  readonly more: number;
}

const namePattern = /^[A-Za-z][A-Za-z0-9_-]*$/;
const longestName = 64;

/** Why a program of this name is no method; undefined where it may be one. */
export function refuseOwnName(name: string): string | undefined {
  if (name.length > longestName) return `its name has more than ${longestName} characters`;
  if (!namePattern.test(name))
    return 'its name is not of letters, digits, "-" and "_", or does not begin with a letter';
  return findMethod(name) === undefined ? undefined : 'a built-in method has this name';
}

/** The one of this name, or where there is none, of this name in other case. */
export function namedOwn<T extends { readonly name: string }>(all: readonly T[], wanted: string): readonly T[] {
  const exact = all.filter(({ name }) => name === wanted);
  if (exact.length > 0) return exact;
  return all.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase());
}

/** What is wrong with the arguments behind the name. A method of which nothing is said takes any. */
export function checkOwnArgs(
  description: OwnDescription | undefined,
  given: readonly string[],
): ArgsProblem | undefined {
  const { args, rest } = description ?? {};
  if (args === undefined) return undefined;
  const hint = `it takes ${args.map(({ name, optional }) => (optional ? `[${name}]` : name)).join(' ') || 'none'}${rest ? ' …' : ''}`;
  if (given.length > args.length && rest !== true)
    return { message: `${given.length} arguments are more than it takes`, hint, element: args.length };
  for (const [index, arg] of args.entries()) {
    const value = given[index];
    if (value === undefined) {
      if (arg.optional) return undefined;
      return { message: `the argument ${arg.name} is missing`, hint };
    }
    const wanted = fits(arg, value);
    if (wanted !== undefined)
      return {
        message: `the argument ${arg.name} cannot be ${JSON.stringify(value.slice(0, 60))}`,
        hint: wanted,
        element: index,
      };
  }
  return undefined;
}

function fits({ type, oneOf }: OwnArg, value: string): string | undefined {
  if (oneOf !== undefined && !oneOf.includes(value)) return `one of: ${oneOf.join(', ')}`;
  if (type === 'integer' && !/^[+-]?\d{1,15}$/.test(value)) return 'a whole number';
  if (type === 'number' && !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(value)) return 'a number';
  if (type === 'boolean' && value !== 'true' && value !== 'false') return 'true or false';
  return undefined;
}
