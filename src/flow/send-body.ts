// Sends a large body ahead of its message, in pieces, beside the lane.
//
// 1. At most `windowPieces` are under way, and only they are in memory.
// 2. It goes on from where the receiver says that it has got to; what the receiver says here is a hint (protocol: pieces).
import type { OutboxRecord } from '../model/record.ts';
import { laneMethod, routeOf } from '../model/lane.ts';
import { ackSubject, messageSubject } from '../model/subject.ts';
import { pieceBytes, pieceFrame } from '../wire/piece.ts';
import { expectAnswer } from './ask.ts';
import type { Context } from './context.ts';
import { isHeld } from './may-leave.ts';
import { type BodyTransfer, type OutLane } from './out-lane.ts';
import { kindOf } from './publish.ts';
import { bodyOwner } from './outbox-record.ts';
import { addressOf } from './peer.ts';

const windowPieces = 8;

export function startBody(context: Context, lane: OutLane, of: Pick<OutboxRecord, 'id' | 'bodySize'>): void {
  lane.transfer = { id: of.id, size: of.bodySize, have: 0, sent: 0, loading: false, told: false };
  sendBody(context, lane);
}

export function sendBody(context: Context, lane: OutLane): void {
  const { transfer } = lane;
  if (transfer === undefined || transfer.loading || isHeld(lane)) return;
  if (!context.reaches(lane.peer.name) || lane.peer.presence !== 'online') return;
  const room = (transfer.told ? windowPieces : 1) - Math.ceil((transfer.sent - transfer.have) / pieceBytes);
  if (room <= 0 || transfer.sent >= transfer.size) return;
  transfer.loading = true;
  const start = transfer.sent;
  const owner = bodyOwner(context, { id: transfer.id, origin: routeOf(lane.name)?.from ?? null });
  context.query({ query: 'pieces', owner, fromIndex: start / pieceBytes, limit: room }, (pieces) => {
    if (lane.transfer !== transfer) return;
    transfer.loading = false;
    if (transfer.sent !== start) return sendBody(context, lane);
    for (const bytes of pieces) publishPiece(context, lane, { transfer, bytes });
    if (pieces.length > 0) sendBody(context, lane);
  });
}

function publishPiece(context: Context, lane: OutLane, piece: { transfer: BodyTransfer; bytes: Uint8Array }): void {
  const { peer } = lane;
  const { transfer, bytes } = piece;
  context.publish({
    subject: messageSubject({
      to: peer.name,
      method: laneMethod(lane.name),
      kind: kindOf(lane.name, true),
      from: context.node,
    }),
    reply: ackSubject({ to: context.node, from: peer.name }),
    content: pieceFrame({
      ...addressOf(context, peer),
      id: transfer.id,
      size: transfer.size,
      offset: transfer.sent,
      bytes,
    }),
  });
  transfer.sent += bytes.length;
  expectAnswer(context, peer);
}
