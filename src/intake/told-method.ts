// What is known of the own method that a message is for: arguments are checked by it, and what the message leaves open is taken from it.
import { nearestName } from '../base/nearest-name.ts';
import type { Draft } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import { namedOwn, type OwnList } from '../model/own-method.ts';
import { checkOwn } from './check-args.ts';
import { quote, refuse, valueOf, type Given } from './given-fields.ts';
import type { NamedMethod } from './read-method.ts';

interface ToldMethod {
  /** Throws `invalid-message`. */
  of(to: NodeName): Partial<Draft['message']>;
  /** Of all that `of` was asked. */
  warnings(): readonly string[];
}

/** Undefined where it is for no own method. */
export function toldBy(
  given: Given,
  of: {
    readonly method: Pick<NamedMethod, 'before'> | string;
    readonly args: readonly string[];
    readonly defaults: {
      readonly node?: NodeName;
      readonly isLocal?: true;
      readonly ownMethodsOf?: (node: NodeName) => OwnList | undefined;
      readonly hasOwnMethod?: (name: string) => boolean;
    };
  },
): ToldMethod | undefined {
  const { method, args, defaults } = of;
  if (typeof method === 'string' || !isOwn(method)) return undefined;
  const [name = ''] = args;
  const before = method.before?.length ?? 0;
  const isTimeOpen = !Number(valueOf(given, 'methodTimeout') ?? 0);
  const isOrderOpen = valueOf(given, 'unordered') === undefined;
  const without: { readonly to: NodeName; readonly list: OwnList }[] = [];
  return {
    of(to) {
      if (to === defaults.node && defaults.isLocal !== true && defaults.hasOwnMethod?.(name) === false)
        refuse(given, before > 0 ? 'method' : 'methodArgs', {
          message: `this node has no own method ${quote(name)}`,
          hint: '"steward methods" lists those that it has',
          ...(before > 0 ? {} : { element: 0 }),
        });
      const list = defaults.ownMethodsOf?.(to);
      if (list !== undefined && list.more === 0 && namedOwn(list.own, name).length === 0) without.push({ to, list });
      const description = list && checkOwn(given, { args, before, told: list.own, to });
      return {
        ...(isTimeOpen ? { isTimeOpen } : {}),
        ...(isOrderOpen && description?.unordered === true ? { unordered: true } : {}),
      };
    },
    warnings() {
      const [first] = without;
      if (first === undefined) return [];
      const { to, list } = first;
      const others = without.length === 1 ? '' : `, nor did ${without.length - 1} other nodes`;
      const nearest = nearestName(
        name,
        list.own.map((one) => one.name),
      );
      const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`;
      return [
        `${to} told of no own method ${quote(name)}${others}: it fails if there is none by now${meant} ("steward methods ${to}" asks anew)`,
      ];
    },
  };
}

function isOwn(method: object): boolean {
  return 'name' in method && method.name === 'own';
}
