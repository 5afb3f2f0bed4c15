// Nodes that a message, a copy or an answer goes to first, and of which nobody has heard: they may be mistyped.
import { nearestName } from '../base/nearest-name.ts';
import type { Submitted } from '../contract/submission.ts';
import type { Flow } from '../flow/flow.ts';
import { readCopyArgs } from '../model/copy-args.ts';
import type { Draft } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';

const maxTold = 10;

/** Only central hears of every node. */
export function unheardOf(
  drafts: readonly Draft[],
  at: { readonly node: NodeName; readonly central: NodeName; readonly flow: Pick<Flow, 'knownPeers'> },
): Pick<Submitted, 'unheard'> {
  if (at.node !== at.central) return {};
  const peers = at.flow.knownPeers();
  const unheard = new Set<NodeName>();
  for (const draft of drafts) {
    for (const first of namedFirst(draft)) {
      const { heardAt = 0, confirmed = null } = peers.get(first) ?? {};
      if (first !== at.node && heardAt === 0 && confirmed === null) unheard.add(first);
    }
    if (unheard.size >= maxTold) break;
  }
  if (unheard.size === 0) return {};
  const heard = [...peers.values()].flatMap(({ name, heardAt }) => (heardAt > 0 && !unheard.has(name) ? [name] : []));
  return {
    unheard: [...unheard].map((name) => {
      const nearest = nearestName(name, heard);
      return nearest === undefined ? { name } : { name, nearest };
    }),
  };
}

/** Of a copy also the node that gets it, and of an answer the one that it is for. */
function namedFirst({ message: { via, to, method, args }, passOn }: Draft): readonly NodeName[] {
  const copy = method === 'copySrc' ? readCopyArgs(args) : undefined;
  const target = copy === undefined || 'problem' in copy ? [] : [copy.via?.[0] ?? copy.to];
  return [via?.[0] ?? to, ...target, ...(passOn === undefined ? [] : [passOn.to])];
}
