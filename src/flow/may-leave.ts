// What of a lane may leave now, and which lane goes before it.
//
// Boundary. From: place.ts, publish.ts and move-lane.ts, before anything leaves. To: nothing; who is outranked is noted (move-peer.ts).
// 1. While a lane of a higher priority to the same peer has anything that could leave, nothing of a lower one gets a position or leaves.
// 2. What cannot leave now holds nobody up: a lane of which the receiver takes nothing, one that is stopped or in doubt, one whose next
//    message waits for its large body, and one that has not been answered (an older receiver drops what has a priority) until it is.
import { isControl, isPassing, isReplyLane, isUnacked } from '../model/lane.ts';
import { inlineBodyBytes } from '../model/message.ts';
import type { WaitingRecord } from '../model/record.ts';
import { heldPassing, heldReplies, heldRequests, storeStalled } from '../wire/ack.ts';
import type { Context } from './context.ts';
import { isStopped, type OutLane } from './out-lane.ts';
import type { Peer } from './peer.ts';

/** Whether messages may leave now: the receiver is here, takes them, and nothing goes before them. */
export function isOpen(context: Context, lane: OutLane): boolean {
  const { peer } = lane;
  if (!isReachable(context, peer) || isHeld(lane) || isStopped(lane) || lane.phase !== 'ready' || lane.doubted)
    return false;
  const first = firstToLeave(context, peer);
  if (first === undefined || first.priority <= lane.priority) return true;
  peer.outranked.add(lane);
  peer.heldBy = undefined;
  context.outranked.add(peer);
  return false;
}

export function isReachable(context: Context, peer: Peer): boolean {
  return context.reaches(peer.name) && context.stalled === undefined && peer.presence === 'online';
}

/**
 * Of the lanes that go before others and have something that could leave, the first. They are looked through once in an event, and again
 * when that one has nothing left: a peer may have thousands.
 */
export function firstToLeave(context: Context, peer: Peer): OutLane | undefined {
  if (!peer.isRanked) return undefined;
  const { at, lane } = peer.first;
  if (at === context.looks && (lane === undefined || hasToLeave(lane))) return lane;
  const first = findFirst(peer);
  peer.first = { at: context.looks, lane: first };
  return first;
}

function findFirst({ inOrder }: Peer): OutLane | undefined {
  const least = inOrder.at(-1)?.priority ?? 0;
  for (const lane of inOrder) {
    if (lane.priority === least) return undefined;
    if (hasToLeave(lane)) return lane;
  }
  return undefined;
}

function hasToLeave(lane: OutLane): boolean {
  if (isUnacked(lane.name) || isHeld(lane) || isStopped(lane) || lane.doubted || lane.silent) return false;
  if (lane.phase !== 'ready' || lane.paging) return true;
  if (!mayCount(lane)) return false;
  const [first] = lane.buffer;
  if (first === undefined) return lane.more || lane.sent < lane.placed;
  return lane.sent < lane.placed || !needsTransfer(lane, first);
}

/** Its receiver takes nothing of it for now (held.ts). */
export function isHeld({ peer, name, stoppedThere }: OutLane): boolean {
  if (stoppedThere) return true;
  if (peer.held === 0) return false;
  // Orders take no room there: they have an effect at once.
  const passes = isPassing(name, peer.name);
  // Answers that only pass are always taken.
  const isFree = isControl(name) || (passes && isReplyLane(name));
  const bound = isFree ? 0 : passes ? heldPassing : isReplyLane(name) ? heldReplies : heldRequests;
  return (peer.held & (storeStalled | bound)) !== 0;
}

/** The lane may begin to count for an incarnation only once that has answered us (custody rule 6). */
export function mayCount(lane: OutLane): boolean {
  const bound = lane.record.peerIncarnation;
  return bound === null
    ? lane.peer.confirmed === lane.peer.incarnation && lane.peer.confirmed !== null
    : bound === lane.peer.incarnation;
}

/** Its large body has to be there before the message. */
export function needsTransfer(lane: OutLane, record: WaitingRecord): boolean {
  return record.bodySize > inlineBodyBytes && !lane.bodiesSent.has(record.id);
}
