// Gives positions to what may leave next.
//
// 1. Nothing gets a position before it is about to leave (custody rule 1), and positions follow the order of intake (I7).
// 2. A large body has gone ahead before its message gets one.
import { inlineBodyBytes } from '../model/message.ts';
import type { OutboxRecord, OutLaneRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import { firstEpoch, firstTag, nextTag } from './chain.ts';
import type { Context } from './context.ts';
import { addToWindow, maxWindowBytes, maxWindowItems, type OutLane } from './out-lane.ts';

/** Whether messages may leave now: the receiver is here, and the lane counts for its incarnation. */
export function isOpen(context: Context, lane: OutLane): boolean {
  const { peer } = lane;
  return (
    context.linkUp &&
    context.stalled === undefined &&
    peer.presence === 'online' &&
    lane.phase === 'ready' &&
    !lane.doubted
  );
}

/** The lane may begin to count for an incarnation only once that has answered us (custody rule 6). */
export function mayCount(lane: OutLane): boolean {
  const bound = lane.record.peerIncarnation;
  return bound === null
    ? lane.peer.confirmed === lane.peer.incarnation && lane.peer.confirmed !== null
    : bound === lane.peer.incarnation;
}

/** Gives positions to what may leave next. The changes are part of a commit that the caller collects; `sendAfter` follows it. */
export function place(context: Context, lane: OutLane): readonly StoreOp[] {
  if (!isOpen(context, lane) || !mayCount(lane)) return [];
  const ops: StoreOp[] = [];
  while (lane.window.length < maxWindowItems && lane.windowBytes < maxWindowBytes) {
    const record = lane.buffer[0];
    if (record === undefined || needsTransfer(lane, record)) break;
    lane.buffer.shift();
    beginCount(context, lane);
    const position = lane.placed + 1;
    lane.placedOrd = record.ord;
    const tag = nextTag(lane.placedTag, record.id);
    lane.placed = position;
    lane.placedTag = tag;
    addToWindow(lane, record, { position, tag });
    ops.push({ op: 'outbox-place', ord: record.ord, position, tag });
  }
  if (ops.length > 0) ops.push({ op: 'outlane', record: takeRecord(lane) });
  return ops;
}

function needsTransfer(lane: OutLane, record: OutboxRecord): boolean {
  return record.bodySize > inlineBodyBytes && !lane.bodiesSent.has(record.id);
}

function beginCount(context: Context, lane: OutLane): void {
  if (lane.record.peerIncarnation !== null) return;
  const incarnation = lane.peer.incarnation;
  const start = { from: context.node, to: lane.peer.name, lane: lane.name, incarnation };
  const epoch = lane.record.epoch === '' ? firstEpoch(context.origin, start) : lane.record.epoch;
  const tag = firstTag({ ...start, epoch });
  lane.record = { ...lane.record, epoch, peerIncarnation: incarnation, base: 0, baseTag: tag };
  lane.ackedTag = tag;
  lane.placedTag = tag;
}

/** The lane's row, brought up to what has been placed. */
function takeRecord(lane: OutLane): OutLaneRecord {
  lane.record = { ...lane.record, placed: lane.placed, placedTag: lane.placedTag };
  return lane.record;
}

/** The record whose body has to go ahead before the lane can move on. */
export function bodyToSend(context: Context, lane: OutLane): OutboxRecord | undefined {
  const record = lane.buffer[0];
  return record !== undefined && isOpen(context, lane) && needsTransfer(lane, record) ? record : undefined;
}
