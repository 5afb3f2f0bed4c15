// Moves the lanes of a peer, in the order in which they go.
//
// Boundary. From: presence.ts, when a peer is here or takes more, and flow.ts, after every event. To: the lanes.
// 1. Who waits for a lane of a higher priority (may-leave.ts) is looked at again after every event, until its turn has come. While the
//    same lane goes before all that wait, that is one look.
import { isUnacked } from '../model/lane.ts';
import { ask } from './ask.ts';
import type { Context } from './context.ts';
import { firstToLeave, isReachable } from './may-leave.ts';
import { pump } from './move-lane.ts';
import type { OutLane } from './out-lane.ts';
import type { Peer } from './peer.ts';
import { sendOnce } from './send-once.ts';

export function movePeer(context: Context, peer: Peer): void {
  for (const lane of peer.inOrder) {
    if (!isUnacked(lane.name)) pump(context, lane);
    else if (peer.echoed) sendOnce(context, lane);
    // What leaves only once needs more than a hint that somebody is here (custody rule 6).
    else if ((lane.more || lane.paging) && peer.askedAt === undefined) ask(context, peer);
  }
}

export function moveOutranked(context: Context): void {
  context.looks += 1;
  for (const peer of context.outranked) {
    // Whoever comes back is moved whole.
    if (!isReachable(context, peer)) peer.outranked.clear();
    for (let goesOn = true; goesOn;) goesOn = moveSome(context, peer);
    if (peer.outranked.size === 0) context.outranked.delete(peer);
  }
}

/** Answers whether there may be more. */
function moveSome(context: Context, peer: Peer): boolean {
  const first = firstToLeave(context, peer);
  if (first !== undefined && needsRead(first)) pump(context, first);
  if (first !== undefined && first === peer.heldBy) return false;
  peer.heldBy = first;
  let moved = false;
  for (const lane of peer.outranked) {
    if (first !== undefined && first.priority > lane.priority) continue;
    peer.outranked.delete(lane);
    pump(context, lane);
    moved = true;
  }
  return moved && peer.outranked.size > 0;
}

/** To know whether there is anything. */
function needsRead(lane: OutLane): boolean {
  return lane.phase === 'cold' || (lane.more && !lane.paging && lane.buffer.length === 0);
}
