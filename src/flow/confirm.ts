// Which life of a peer counts: the one that has answered a question of this node; in the store, with those that were given up.
//
// Boundary. From: presence.ts, with an answer of the life that is meant. To: the store; lanes that begin anew.
// 1. Another incarnation than before has lost what that had (custody rule 7).
// 2. Lanes to one that comes back begin in an epoch of their own (place.ts): it remembers how far the first one had counted.
import { isHeldLane } from '../model/lane.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { Context } from './context.ts';
import { forgetLane, outLaneOf } from './out-lane.ts';
import type { Peer } from './peer.ts';

const maxFormers = 8;

const formersKey = ({ name }: Peer): string => `formers:${name}`;

/** `meta`: all that the store has of these. */
export function restoreFormers(peer: Peer, meta: Readonly<Record<string, string>>): void {
  const kept = meta[formersKey(peer)];
  if (kept !== undefined) peer.formers = kept.split(' ');
}

/** Part of the commit that gives up its lanes. */
function keepFormer(peer: Peer, incarnation: string): StoreOp {
  peer.formers = [...peer.formers.filter((one) => one !== incarnation), incarnation].slice(-maxFormers);
  return { op: 'meta', key: formersKey(peer), value: peer.formers.join(' ') };
}

/** Central lists every node that it has heard of, also after a restart; any other node keeps those that it sends to. */
export function keepPeer(peer: Peer): StoreOp {
  const { name, confirmed, confirmedBoot, heardAt, version, groups } = peer;
  return { op: 'peer', record: { name, incarnation: confirmed, boot: confirmedBoot, heardAt, version, groups } };
}

/** This incarnation and boot have answered us; answers whether that is news. A new incarnation has lost what the old one had (custody rule 7). */
export function confirm(context: Context, peer: Peer, goOn: () => void): boolean {
  if (peer.confirmed === peer.incarnation && peer.confirmedBoot === peer.boot) return false;
  const former = peer.confirmed;
  const isLost = former !== null && former !== peer.incarnation;
  peer.confirmed = peer.incarnation;
  peer.confirmedBoot = peer.boot;
  const { name } = peer;
  const at = context.wall();
  const reason = `${name} lost its store`;
  if (!isLost) {
    context.commit([keepPeer(peer)]);
    return true;
  }
  const lost: StoreOp = { op: 'outlane-lost', to: name, lane: null, delivered: true, mayHaveLeft: 0, at, reason };
  context.commit([keepPeer(peer), keepFormer(peer, former), lost], () =>
    context.notice({ type: 'lost', to: name, at }),
  );
  context.report('peer-lost-store', 'a node lost its store: what it had not answered is unknown', { node: name });
  for (const lane of peer.lanes.values()) {
    forgetLane(lane);
    lane.placedOrd = 0;
  }
  // What goes again may be of lanes that had nothing left to send.
  context.query({ query: 'open-lanes', to: name }, (lanes) => {
    for (const lane of lanes) if (!isHeldLane(lane)) outLaneOf(peer, lane).more = true;
    goOn();
  });
  return true;
}
