// Requests of this node's own that have ended, and that nobody asks about any more: their rows go.
//
// 1. What its lane is not done with stays until its receiver's word of it: it goes with that. If this node ends before, or its link does, it stays as long
//    as any message.
import type { NodeName } from '../model/node-name.ts';
import type { Context } from './context.ts';
import type { Peers } from './presence.ts';

/** `to`: the node that they were given to. */
export function forgetRequests(
  context: Context,
  peers: Peers,
  { to, ords }: { readonly to: NodeName; readonly ords: readonly number[] },
): void {
  const rest = new Set(ords);
  for (const lane of peers.get(to)?.lanes.values() ?? [])
    for (const item of lane.window) if (rest.delete(item.ord)) item.isUnasked = true;
  // What has not ended stays, whatever is said here (store/prune.ts).
  if (rest.size > 0) context.commit([{ op: 'outbox-prune', node: context.node, ords: [...rest] }]);
}
