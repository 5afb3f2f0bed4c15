// How a command is run: `cwd`, `env`, `user`, `onlyIf`, and the shell of its node.
import { isEnvironmentName } from '../model/environment.ts';
import type { CommandSettings } from '../model/message.ts';
import { readConditions, type FactCondition } from '../model/fact-condition.ts';
import { isCommand, type MethodName } from '../model/method-name.ts';
import { fields, isFieldFor, type FieldName } from './fields/fields.ts';
import { describeValue, quote, refuse, valueOf, type Given } from './given-fields.ts';
import { readArgs, readBoolean, readPath, readText, refuseBrokenText } from './read-value.ts';

const settings = ['cwd', 'env', 'user', 'onlyIf', 'useDetectedShell'] as const satisfies readonly FieldName[];

/** What has to hold of the node where it runs; undefined where `onlyIf` is a command, or absent. */
export function readOnlyIfFact(given: Given, method: MethodName): readonly FactCondition[] | undefined {
  const value = valueOf(given, 'onlyIf');
  if (!isOnFacts(value)) return undefined;
  refuseOfOthers(given, 'onlyIf', method);
  const read = readConditions(value);
  return 'problem' in read ? refuse(given, 'onlyIf', read.problem) : read;
}

function isOnFacts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) || (value.length > 0 && value.every((one) => typeof one === 'object' && one !== null));
}

/** Undefined where nothing is said. */
export function readSettings(given: Given, method: MethodName): CommandSettings | undefined {
  if (settings.every((name) => valueOf(given, name) === undefined)) return undefined;
  const said = settings.find((name) => isSaid(valueOf(given, name)));
  if (said !== undefined) refuseOfOthers(given, said, method);
  const read = {
    ...optional('cwd', readPath(given, 'cwd') || undefined),
    ...optional('env', readEnv(given)),
    ...optional('user', readUser(given)),
    ...optional('onlyIf', isOnFacts(valueOf(given, 'onlyIf')) ? undefined : readOnlyIf(given, method)),
  };
  return Object.keys(read).length === 0 ? undefined : read;
}

function refuseOfOthers(given: Given, said: (typeof settings)[number], method: MethodName): void {
  if (isFieldFor(said, method)) return;
  refuse(given, said, { message: `${said} is for commands, and ${method} is none`, hint: `leave ${said} out` });
}

export function wantsShell(given: Given): boolean {
  return readBoolean(given, 'useDetectedShell') === true;
}

/** The arguments that have the shell of the receiver run a script: that, then what it gets. */
export function inShell(args: readonly string[]): readonly string[] {
  return ['sh', '-c', 'exec "${SHELL:-/bin/sh}" -c "$@"', 'sh', ...args];
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0);
}

function optional<T>(name: string, value: T | undefined): Record<string, T> {
  return value === undefined ? {} : { [name]: value };
}

function readUser(given: Given): string | undefined {
  const value = valueOf(given, 'user');
  const user = typeof value === 'number' ? String(value) : readText(given, 'user');
  if (user !== undefined && !fields.user.pattern.test(user))
    refuse(given, 'user', {
      message: `user cannot be ${quote(user)}`,
      hint: 'a name or a number of the node where it runs',
    });
  return user;
}

function readOnlyIf(given: Given, method: MethodName): readonly string[] | undefined {
  const args = readArgs(given, 'onlyIf');
  if (args === undefined || args.length === 0) return undefined;
  if (isCommand(method)) return args;
  return refuse(given, 'onlyIf', {
    message: `${method} can have a condition on a fact of its node, and no command to ask it`,
    hint: 'such as {"fact": "system", "is": "linux"}',
  });
}

function readEnv(given: Given): Readonly<Record<string, string>> | undefined {
  const value = valueOf(given, 'env');
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(given, 'env', {
      message: `env is an object with names and values, not ${describeValue(value)}`,
      hint: 'such as {"LANG": "C.UTF-8"}',
    });
  const env: Record<string, string> = {};
  for (const [name, content] of Object.entries(value)) {
    if (!isEnvironmentName(name))
      return refuse(given, 'env', {
        message: `env cannot set ${quote(name)}`,
        hint: 'letters, digits and _, and not STEWARD_RUN or STEWARD_NODE, which the node sets',
      });
    if (typeof content !== 'string' && typeof content !== 'number' && typeof content !== 'boolean')
      return refuse(given, 'env', { message: `env.${name} is text, not ${describeValue(content)}` });
    const text = String(content);
    if (text.includes('\0')) return refuse(given, 'env', { message: `env.${name} holds a NUL character` });
    refuseBrokenText(given, 'env', text);
    env[name] = text;
  }
  if (Buffer.byteLength(JSON.stringify(env)) > fields.env.mostBytes)
    return refuse(given, 'env', { message: `env has more than ${fields.env.mostBytes / 1024} KiB as JSON` });
  return Object.keys(env).length === 0 ? undefined : env;
}
