// Moves the lanes of a peer, in the order in which they go.
//
// Boundary. From: presence.ts, when a peer is here or takes more, and flow.ts, after every event. To: the lanes.
// 1. Who waits for a lane of a higher priority (may-leave.ts) is looked at again after every event, until its turn has come.
import { isUnacked } from '../model/lane.ts';
import { ask } from './ask.ts';
import type { Context } from './context.ts';
import { firstBefore, mayMove } from './may-leave.ts';
import { pump } from './move-lane.ts';
import { inOrder, type Peer } from './peer.ts';
import { sendOnce } from './send-once.ts';

export function movePeer(context: Context, peer: Peer): void {
  for (const lane of inOrder(peer)) {
    if (!isUnacked(lane.name)) pump(context, lane);
    else if (peer.echoed) sendOnce(context, lane);
    // What leaves only once needs more than a hint that somebody is here (custody rule 6).
    else if ((lane.more || lane.paging) && peer.askedAt === undefined) ask(context, peer);
  }
}

export function moveOutranked(context: Context): void {
  for (const lane of context.outranked) {
    const first = mayMove(context, lane) ? firstBefore(lane) : undefined;
    if (first === undefined) {
      context.outranked.delete(lane);
      pump(context, lane);
    } else if (first.phase === 'cold' || (first.more && !first.paging && first.buffer.length === 0)) {
      // What goes before it has to be read first, to know whether there is anything.
      pump(context, first);
    }
  }
}
