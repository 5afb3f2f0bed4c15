// The way of a message that does not go from its sender straight to its receiver: by other nodes, each of which carries it on.
//
// 1. The way is fixed by the sender of a message, and no node is on it twice. An answer takes it backwards.
import type { Message } from './message.ts';
import type { NodeName } from './node-name.ts';

/** Nodes between sender and receiver, at most. */
export const maxHops = 8;

type Routed = Pick<Message, 'from' | 'to' | 'via'>;

/** All nodes of the way, the sender and the receiver too. */
export function wayOf({ from, via = [], to }: Routed): readonly NodeName[] {
  return [from, ...via, to];
}

/** Which of the nodes that carry it, from 1; 0: it is its sender, or not on the way. */
export function hopOf({ via = [] }: Pick<Message, 'via'>, node: NodeName): number {
  return via.indexOf(node) + 1;
}

/** Where `node` has to hand it to; undefined if it is its receiver, or not on the way. */
export function nextOf(message: Routed, node: NodeName): NodeName | undefined {
  const way = wayOf(message);
  const at = way.indexOf(node);
  return at < 0 ? undefined : way[at + 1];
}

/** Whom `node` has it from. */
export function previousOf(message: Routed, node: NodeName): NodeName | undefined {
  const way = wayOf(message);
  return way[way.indexOf(node) - 1];
}

/** From `node` back to the sender: nothing where they are neighbours. */
export function wayBack(message: Routed, node: NodeName): { readonly via?: readonly NodeName[] } {
  const way = wayOf(message);
  const via = way.slice(1, way.indexOf(node)).toReversed();
  return via.length === 0 ? {} : { via };
}

/** Why nothing can go this way; undefined if it can. */
export function refuseWay(message: Routed): string | undefined {
  const { via = [] } = message;
  if (via.length > maxHops) return `a way over ${via.length} nodes (at most ${maxHops} are possible)`;
  const way = wayOf(message);
  const twice = way.find((name, index) => way.indexOf(name) !== index);
  return twice === undefined ? undefined : `a way that comes to ${twice} twice`;
}
