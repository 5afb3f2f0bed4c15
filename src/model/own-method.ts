// A method of one's own: what its owner says of it, and what a message may give it.
//
// Here, since both are read twice: by the node that has it, and by intake, where that node has told of it.
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

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const longestText = 4096;
const mostArgs = 64;
const fields = ['summary', 'docs', 'args', 'rest', 'timeout', 'unordered', 'memory', 'example'];
const argFields = ['name', 'type', 'optional', 'oneOf', 'doc'];

/** Why a program of this name is no method; undefined where it may be one. */
export function refuseOwnName(name: string): string | undefined {
  if (!namePattern.test(name))
    return 'its name is not of letters, digits, "-" and "_", or does not begin with a letter';
  return findMethod(name) === undefined ? undefined : 'a built-in method has this name';
}

type Reading = { readonly description: OwnDescription } | { readonly problem: string };
type Fields = Readonly<Record<string, unknown>>;

/** What a description file holds, or `--describe` prints. */
export function readDescription(value: unknown): Reading {
  if (!isObject(value)) return { problem: 'a description is an object' };
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown !== undefined)
    return { problem: `unknown field "${unknown.slice(0, 60)}" (known: ${fields.join(', ')})` };
  const { summary, docs, args = [], rest, timeout, unordered, memory, example } = value;
  if (!isText(summary)) return { problem: 'summary is a text, and has to be there' };
  if (docs !== undefined && !isText(docs)) return { problem: 'docs is a text' };
  if (!Array.isArray(args) || args.length > mostArgs) return { problem: `args is a list of ${mostArgs} at most` };
  const read: OwnArg[] = [];
  for (const arg of args as readonly unknown[]) {
    const one = readArg(arg);
    if (typeof one === 'string') return { problem: `args[${read.length}]: ${one}` };
    if (one.optional !== true && read.at(-1)?.optional === true)
      return { problem: `args[${read.length}]: what has to be there cannot follow what is optional` };
    read.push(one);
  }
  for (const [name, flag] of Object.entries({ rest, unordered }))
    if (flag !== undefined && typeof flag !== 'boolean') return { problem: `${name} is true or false` };
  if (timeout !== undefined && !isNumber(timeout, 0.001, 366 * 86_400))
    return { problem: 'timeout is a number of seconds' };
  if (memory !== undefined && !isNumber(memory, 1, 1024 * 1024)) return { problem: 'memory is a number of MiB' };
  const given = readExample(example);
  if (typeof given === 'string') return { problem: given };
  const description: OwnDescription = {
    summary,
    ...(isText(docs) ? { docs } : {}),
    ...(value['args'] === undefined ? {} : { args: read }),
    ...(rest === true ? { rest } : {}),
    ...(isNumber(timeout) ? { timeoutMs: Math.ceil(timeout * 1000) } : {}),
    ...(unordered === true ? { unordered } : {}),
    ...(isNumber(memory) ? { memoryBytes: Math.floor(memory * 1024 * 1024) } : {}),
    ...(given === undefined ? {} : { example: given }),
  };
  const wrong = given === undefined ? undefined : checkOwnArgs(description, given.args);
  return wrong === undefined ? { description } : { problem: `example: ${wrong.message}` };
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

function readArg(value: unknown): OwnArg | string {
  if (!isObject(value)) return 'an argument is an object with name and type';
  const unknown = Object.keys(value).find((key) => !argFields.includes(key));
  if (unknown !== undefined) return `unknown field "${unknown.slice(0, 60)}" (known: ${argFields.join(', ')})`;
  const { name, type = 'text', optional, oneOf, doc } = value;
  if (!isText(name) || !/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) return 'name is of letters, digits, "-" and "_"';
  const types = ['text', 'integer', 'number', 'boolean'] as const;
  const known = types.find((one) => one === type);
  if (known === undefined) return `type is one of: ${types.join(', ')}`;
  if (optional !== undefined && typeof optional !== 'boolean') return 'optional is true or false';
  if (oneOf !== undefined && !isTexts(oneOf)) return 'oneOf is a list of texts';
  if (doc !== undefined && !isText(doc)) return 'doc is a text';
  return {
    name,
    type: known,
    ...(optional === true ? { optional } : {}),
    ...(oneOf === undefined ? {} : { oneOf }),
    ...(doc === undefined ? {} : { doc }),
  };
}

function readExample(value: unknown): OwnDescription['example'] | string {
  if (value === undefined) return undefined;
  if (!isObject(value)) return 'example is an object with args and data';
  const { args = [], data } = value;
  if (!isTexts(args)) return 'args of the example is a list of texts';
  if (data !== undefined && !isText(data)) return 'data of the example is a text';
  return { args, ...(data === undefined ? {} : { data }) };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestText;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= mostArgs && value.every(isText);
}

function isNumber(value: unknown, least = -Infinity, most = Infinity): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}
