// What of a lane may leave now, and which lane goes before it.
//
// Boundary. From: place.ts, publish.ts and move-lane.ts, before anything leaves. To: nothing; who is outranked is noted (move-peer.ts).
// 1. While a lane of a higher priority to the same peer has anything that could leave, nothing of a lower one gets a position or leaves.
// 2. What cannot leave now holds nobody up: a lane of which the receiver takes nothing, one that is stopped or in doubt, and one whose
//    next message waits for its large body.
import { isUnacked } from '../model/lane.ts';
import { inlineBodyBytes } from '../model/message.ts';
import type { WaitingRecord } from '../model/record.ts';
import type { Context } from './context.ts';
import { isHeld, isStopped, type OutLane } from './out-lane.ts';

/** Whether messages may leave now: the receiver is here, takes them, and nothing goes before them. */
export function isOpen(context: Context, lane: OutLane): boolean {
  if (!mayMove(context, lane) || lane.phase !== 'ready' || lane.doubted) return false;
  if (firstBefore(lane) === undefined) return true;
  context.outranked.add(lane);
  return false;
}

/** Whether it could send, had it anything. */
export function mayMove(context: Context, lane: OutLane): boolean {
  return (
    context.linkUp &&
    context.stalled === undefined &&
    lane.peer.presence === 'online' &&
    !isHeld(lane) &&
    !isStopped(lane)
  );
}

/** A lane to the same peer that goes before this one, and has something that could leave. */
export function firstBefore({ peer, priority }: OutLane): OutLane | undefined {
  if (!peer.isRanked) return undefined;
  for (const other of peer.lanes.values()) if (other.priority > priority && hasToLeave(other)) return other;
  return undefined;
}

function hasToLeave(lane: OutLane): boolean {
  if (isUnacked(lane.name) || isHeld(lane) || isStopped(lane) || lane.doubted) return false;
  if (lane.phase !== 'ready' || lane.paging) return true;
  if (!mayCount(lane)) return false;
  const [first] = lane.buffer;
  if (first === undefined) return lane.more || lane.sent < lane.placed;
  return lane.sent < lane.placed || !needsTransfer(lane, first);
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
