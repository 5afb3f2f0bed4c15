// Takes in how far the receiver has got with large bodies.
import { inlineBodyBytes } from '../model/message.ts';
import type { PieceStanding } from '../wire/ack.ts';
import type { Context } from './context.ts';
import { pump, pumpBodies } from './move-lane.ts';
import { type OutLane } from './out-lane.ts';
import type { Peer } from './peer.ts';
import { publisherOf } from './publisher.ts';
import { sendBody } from './send-body.ts';

/** Answers whether anything has moved. */
export function piecesStand(context: Context, peer: Peer, standings: readonly PieceStanding[]): boolean {
  let moved = false;
  for (const standing of standings) {
    for (const lane of peer.lanes.values()) {
      const take = (): boolean =>
        lane.transfer?.id === standing.id
          ? advanceBody(context, lane, standing.have)
          : repairBody(context, lane, standing);
      moved = context.within(publisherOf(context, lane), take, false) || moved;
    }
  }
  return moved;
}

function advanceBody(context: Context, lane: OutLane, have: number): boolean {
  const { transfer } = lane;
  if (transfer === undefined || have > transfer.size) return false;
  transfer.told = true;
  if (have === transfer.have) return false;
  if (have === transfer.size) {
    lane.transfer = undefined;
    lane.bodiesSent.add(transfer.id);
    const placed = lane.window.find((item) => item.id === transfer.id);
    if (placed !== undefined) lane.sent = Math.min(lane.sent, placed.position - 1);
    pump(context, lane);
    pumpBodies(context, lane);
    return true;
  }
  // Backwards: the receiver no longer has what it had.
  if (have < transfer.have) transfer.sent = have;
  transfer.have = have;
  transfer.sent = Math.max(transfer.sent, have);
  sendBody(context, lane);
  return true;
}

/** The receiver lacks the body of a message that has its position already. */
function repairBody(context: Context, lane: OutLane, standing: PieceStanding): boolean {
  const item = lane.window.find((waiting) => waiting.id === standing.id);
  if (
    item === undefined ||
    item.bodySize <= inlineBodyBytes ||
    standing.have >= item.bodySize ||
    lane.transfer !== undefined
  )
    return false;
  lane.transfer = {
    id: item.id,
    size: item.bodySize,
    have: standing.have,
    sent: standing.have,
    loading: false,
    told: true,
  };
  sendBody(context, lane);
  return true;
}
