// What the owner of a method says of it, read: whatever is given, the answer is what it means or a problem.
import { parseSpan } from '../../base/span.ts';
import { checkOwnArgs, type OwnArg, type OwnDescription } from '../../model/own-method.ts';

const mostTimeoutMs = 366 * 86_400_000;
const longestText = 4096;
const mostArgs = 64;
const fields = ['summary', 'docs', 'args', 'rest', 'timeout', 'unordered', 'memory', 'example'];
const argFields = ['name', 'type', 'optional', 'oneOf', 'doc'];

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
  const timeoutMs = timeout === undefined ? undefined : parseSpan(timeout);
  if (timeout !== undefined && !isNumber(timeoutMs, 1, mostTimeoutMs))
    return { problem: 'timeout is seconds, or a span such as "90m": from 0.001 s to 366 days' };
  if (memory !== undefined && !isNumber(memory, 1, 1024 * 1024))
    return { problem: 'memory is a number of MiB, from 1 to 1048576' };
  const given = readExample(example);
  if (typeof given === 'string') return { problem: given };
  const description: OwnDescription = {
    summary,
    ...(isText(docs) ? { docs } : {}),
    ...(value['args'] === undefined ? {} : { args: read }),
    ...(rest === true ? { rest } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(unordered === true ? { unordered } : {}),
    ...(isNumber(memory) ? { memoryBytes: Math.floor(memory * 1024 * 1024) } : {}),
    ...(given === undefined ? {} : { example: given }),
  };
  const wrong = given === undefined ? undefined : checkOwnArgs(description, given.args);
  return wrong === undefined ? { description } : { problem: `example: ${wrong.message}` };
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
