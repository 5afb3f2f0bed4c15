// What a method is given: its arguments and its body, with the variables of a command put into them.
import { isCommand, methodEntry, type MethodName } from '../model/method-name.ts';
import { refuseWrongArgs } from './check-args.ts';
import { isFieldFor } from './fields/fields.ts';
import { refuse, valueOf, type Given } from './given-fields.ts';
import { bodyField, isOldArgs, readData } from './read-data.ts';
import type { NamedMethod } from './read-method.ts';
import { ofOriginal } from './read-operation.ts';
import { inShell, wantsShell } from './read-settings.ts';
import { readArgs, refuseLongArgs } from './read-value.ts';
import { hasVariable } from './variables/find-variable.ts';
import { putVariables, type Sizes, type WithVariables } from './variables/put-variables.ts';
import { NoPlace } from './variables/shell-script.ts';

/** What a file holds of the node where the message is submitted, or why it cannot be read. */
export type FileOf = (path: string) => Uint8Array | { readonly problem: string };

export interface Work {
  readonly args: readonly string[];
  readonly body: Uint8Array;
  /** What stands in them for a part of the standard input. */
  readonly hasVariables?: true;
}

/** Before September 2021 the arguments were in `data`. */
export function readWork(
  given: Given,
  { name: method, before = [] }: Pick<NamedMethod, 'name' | 'before'>,
  fileOf: FileOf | undefined,
): Work {
  const entry = methodEntry(method);
  const old = valueOf(given, 'methodArgs') === undefined && entry.takesArgs && isOldArgs(given);
  const field = old ? 'data' : 'methodArgs';
  const args = [...before, ...ofOriginal(given, method, readArgs(given, field) ?? [])];
  refuseWrongArgs(given, { method, field, args, before: before.length });
  if (args.length < entry.minArgs) {
    const needed = entry.minArgs === 1 ? 'at least one argument' : `at least ${entry.minArgs} arguments`;
    return refuse(given, 'methodArgs', {
      message: `${method} needs ${needed} in methodArgs`,
      hint: exampleOf(method),
    });
  }
  const from = bodyField(given);
  if (from === 'stdin' && !isFieldFor('stdin', method))
    return refuse(given, 'stdin', { message: `stdin is for commands, and ${method} is none`, hint: 'give it as data' });
  const data = old && from === 'data' ? new Uint8Array(0) : readData(given, from);
  const shell = wantsShell(given);
  if (!isCommand(method) || !args.some(hasVariable)) return { args: shell ? inShell(args) : args, body: data };
  const contents = new Map<string, Uint8Array>();
  const put = putInto(given, field, {
    args: shell ? ['sh', '-c', ...args] : args,
    hasRest: data.length > 0,
    sizeOf(path) {
      const content = fileOf?.(path) ?? { problem: 'no files are read here' };
      if ('problem' in content)
        return refuse(given, field, { message: `{{STEWARD_FILE:${path}}}: ${content.problem}` });
      contents.set(path, content);
      return content.length;
    },
  });
  return {
    args: shell ? inShell(put.args.slice(2)) : put.args,
    body: Buffer.concat([...put.files.map((path) => contents.get(path) ?? data), data]),
    hasVariables: true,
  };
}

function exampleOf(method: MethodName): string {
  if (method.startsWith('opProcess')) return 'such as ["subscriber", "cliCommand"]';
  if (method === 'own')
    return 'the name of the own method, and what it takes: such as ["disk", "/"]; or "method": "own.disk"';
  return 'such as ["bash", "-c", "uptime"]';
}

/** What a command that treats the answer is given on its standard input, is the output. */
export function readReplyArgs(given: Given, method: MethodName): readonly string[] {
  const args = readArgs(given, 'replyMethodArgs') ?? [];
  refuseWrongArgs(given, { method, field: 'replyMethodArgs', args });
  if (args.length < methodEntry(method).minArgs)
    return refuse(given, 'replyMethodArgs', {
      message: `${method} needs at least one argument in replyMethodArgs`,
      hint: method === 'own' ? exampleOf(method) : 'such as ["bash", "-c", "echo {{STEWARD_DATA}} >> file"]',
    });
  if (!args.some(hasVariable)) return args;
  if (method !== 'cliCommand')
    return refuse(given, 'replyMethodArgs', {
      message: `variables are for commands, and ${method} is none`,
      hint: 'take replyMethod cliCommand',
    });
  const sizeOf = (path: string): never =>
    refuse(given, 'replyMethodArgs', {
      message: `{{STEWARD_FILE:${path}}} is read where the message is submitted, and cannot stand in a reply`,
      hint: 'let the command of the reply read the file itself',
    });
  return putInto(given, 'replyMethodArgs', { args, hasRest: true, sizeOf }).args;
}

function putInto(
  given: Given,
  field: 'methodArgs' | 'replyMethodArgs' | 'data',
  { args, ...sizes }: Sizes & { readonly args: readonly string[] },
): WithVariables {
  try {
    const put = putVariables(args, sizes) ?? { args, files: [], takesData: false };
    refuseLongArgs(given, field, put.args);
    return put;
  } catch (error) {
    if (!(error instanceof NoPlace)) throw error;
    return refuse(given, field, { message: error.message });
  }
}
