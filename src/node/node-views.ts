// The nodes that this one has heard of, and those that something waits for.
//
// From: service.ts. To: the presence that the flow keeps, and the outbox.
import type { NodeView } from '../contract/node-views.ts';
import type { Flow } from '../flow/flow.ts';
import type { Store } from '../store/open-store.ts';
import type { HeardOf } from './groups.ts';

/** By name. */
export async function nodeViews(flow: Flow, store: Store): Promise<NodeView[]> {
  const queued = new Map((await store.view({ view: 'queued' })).map((row) => [row.to, row]));
  const names = new Set([...flow.knownPeers().keys(), ...queued.keys()]);
  return [...names].sort().map((name): NodeView => {
    const peer = flow.knownPeers().get(name);
    const waiting = queued.get(name);
    return {
      name,
      presence: peer?.presence ?? 'unknown',
      ...(peer === undefined ? {} : { since: peer.since }),
      ...(peer === undefined || peer.heardAt === 0 ? {} : { lastHeardAt: peer.heardAt }),
      queued: waiting?.count ?? 0,
      ...(waiting?.oldestAt == null ? {} : { oldestQueuedAt: waiting.oldestAt }),
      ...(peer?.version == null ? {} : { version: peer.version }),
      ...(peer === undefined || peer.groups.length === 0 ? {} : { groups: [...peer.groups] }),
    };
  });
}

/** Every other node that said hello, with its groups. */
export function heardOf(flow: Flow, node: string): readonly HeardOf[] {
  return [...flow.knownPeers().values()]
    .filter(({ name, heardAt }) => heardAt > 0 && name !== node)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
