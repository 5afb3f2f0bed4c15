// What a node has told of the own method that a message is for: arguments are checked by it, and what the message leaves open is taken from it.
import type { Draft } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { OwnMethod } from '../model/own-method.ts';
import { checkOwn } from './check-args.ts';
import { valueOf, type Given } from './given-fields.ts';
import type { NamedMethod } from './read-method.ts';

/** Undefined where nothing can have been told. What it answers throws `invalid-message`. */
export function toldBy(
  given: Given,
  of: {
    readonly method: Pick<NamedMethod, 'before'> | string;
    readonly args: readonly string[];
    readonly ownMethodsOf: ((node: NodeName) => readonly OwnMethod[]) | undefined;
  },
): ((to: NodeName) => Partial<Draft['message']>) | undefined {
  const { method, args, ownMethodsOf } = of;
  if (ownMethodsOf === undefined || typeof method === 'string' || !isOwn(method)) return undefined;
  const isOpen = {
    timeout: !Number(valueOf(given, 'methodTimeout') ?? 0),
    order: valueOf(given, 'unordered') === undefined,
  };
  return (to) => {
    const description = checkOwn(given, { args, before: method.before?.length ?? 0, told: ownMethodsOf(to), to });
    return {
      ...(isOpen.timeout && description?.timeoutMs !== undefined ? { methodTimeoutMs: description.timeoutMs } : {}),
      ...(isOpen.order && description?.unordered === true ? { unordered: true } : {}),
    };
  };
}

function isOwn(method: object): boolean {
  return 'name' in method && method.name === 'own';
}
