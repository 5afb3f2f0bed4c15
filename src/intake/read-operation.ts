// What the originals gave the methods for operators: `REQOpCommand`, whose field `operation` says which of the three it is, and the
// arguments of those three.
import { nearestName } from '../base/nearest-name.ts';
import { allMethodNames, findMethod, type MethodName } from '../model/method-name.ts';
import { describeValue, quote, refuse, valueOf, type Given } from './given-fields.ts';
import type { NamedMethod } from './read-method.ts';

/** The names of its method, which it has in any case. */
export const operationNames = ['REQOpCommand', 'opCommand'] as const;

export interface Operation {
  readonly method: NamedMethod;
  readonly args: readonly string[];
}

const commands: ReadonlyMap<string, MethodName> = new Map([
  ['ps', 'opProcessList'],
  ['startproc', 'opProcessStart'],
  ['stopproc', 'opProcessStop'],
]);
const example = '{"opCmd": "stopProc", "opArg": {"method": "REQCliCommand"}}';

/** Undefined where the message has another method. */
export function readOperation(given: Given): Operation | undefined {
  const written = valueOf(given, 'method');
  const isOld = typeof written === 'string' && isOperationName(written);
  const value = valueOf(given, 'operation');
  if (!isOld) {
    if (isNothing(value)) return undefined;
    return refuse(given, 'operation', {
      message: 'operation belongs to the method REQOpCommand',
      hint: 'leave it out, or take that method',
    });
  }
  const operation = isNothing(value) ? (fromData(given) ?? objectOf(given, value)) : objectOf(given, value);
  const opCmd = operation['opCmd'];
  const method = typeof opCmd === 'string' ? commands.get(opCmd.toLowerCase()) : undefined;
  if (method === undefined) {
    return refuse(given, 'operation', {
      message: `opCmd is one of ps, startProc, stopProc, not ${describeValue(opCmd)}`,
      hint: `such as ${example}`,
    });
  }
  const named = { name: method, unordered: false, written };
  if (method === 'opProcessList') return { method: named, args: [] };
  return { method: named, args: argsOf(given, objectOf(given, operation['opArg'])) };
}

/** Until May 2021 there was no `operation`: `data` had its words, `["startProc", METHOD, SENDER…]` or `["stopProc", METHOD, KIND, NODE]`. */
function fromData(given: Given): Readonly<Record<string, unknown>> | undefined {
  const data = valueOf(given, 'data');
  if (!Array.isArray(data) || data.length === 0) return undefined;
  const [opCmd, method, ...rest] = data as readonly unknown[];
  const isStart = typeof opCmd === 'string' && opCmd.toLowerCase() === 'startproc';
  return { opCmd, opArg: isStart ? { method, allowedNodes: rest } : { method, kind: rest[0] } };
}

/**
 * What `opProcessStart` and `opProcessStop` are given, as it is here: the originals named the method first, and then, to stop it, the node,
 * the kind and the process id. Other arguments as they are.
 */
export function ofOriginal(given: Given, method: MethodName, args: readonly string[]): readonly string[] {
  if (method !== 'opProcessStart' && method !== 'opProcessStop') return args;
  const [name = '', , kind = 'subscriber'] = args;
  const found = findMethod(name);
  if (found === undefined) return args;
  if (kind.toLowerCase() === 'subscriber') return ['subscriber', found.name];
  return refuse(given, 'methodArgs', { element: 2, ...onlySubscribers(kind) });
}

function onlySubscribers(kind: unknown): { readonly message: string; readonly hint: string } {
  return {
    message: `only subscribers are stopped and started by method, not ${describeValue(kind)}`,
    hint: 'for one publisher take opProcessStop with methodArgs ["publisher", NODE, LANE]',
  };
}

function argsOf(given: Given, opArg: Readonly<Record<string, unknown>>): readonly string[] {
  const { method: name, allowedNodes, kind } = opArg;
  const isSubscriber = typeof kind === 'string' && /^(subscriber)?$/i.test(kind);
  if (kind !== undefined && kind !== null && !isSubscriber) return refuse(given, 'operation', onlySubscribers(kind));
  const found = typeof name === 'string' ? findMethod(name)?.name : undefined;
  if (found === undefined) {
    const nearest = typeof name === 'string' ? nearestName(name, allMethodNames()) : undefined;
    return refuse(given, 'operation', {
      message: `opArg.method names no method: ${typeof name === 'string' ? quote(name) : describeValue(name)}`,
      hint: nearest === undefined ? `such as ${example}` : `did you mean ${nearest}?`,
    });
  }
  if (allowedNodes === undefined || allowedNodes === null) return ['subscriber', found];
  if (!Array.isArray(allowedNodes) || !allowedNodes.every((node) => typeof node === 'string')) {
    return refuse(given, 'operation', { message: 'opArg.allowedNodes is a list of node names' });
  }
  return allowedNodes.length === 0 ? ['subscriber', found] : ['subscriber', found, 'from', allowedNodes.join(',')];
}

function objectOf(given: Given, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  return refuse(given, 'operation', {
    message: `REQOpCommand needs operation, an object, not ${describeValue(value)}`,
    hint: `such as ${example}`,
  });
}

function isOperationName(text: string): boolean {
  return operationNames.some((name) => name.toLowerCase() === text.toLowerCase());
}

/** What the original wrote into every message that had none. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  const { opCmd, ...rest } = value as Readonly<Record<string, unknown>>;
  return (opCmd === undefined || opCmd === '') && Object.values(rest).every((one) => one === null || one === undefined);
}
