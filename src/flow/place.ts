// Gives positions to what may leave next.
//
// 1. Nothing gets a position before it is about to leave (custody rule 1), and positions follow the order of intake (I7).
// 2. A large body has gone ahead before its message gets one.
import type { OutboxRecord, OutLaneRecord, WaitingRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import { firstEpoch, firstTag, nextTag, type ChainStart } from './chain.ts';
import type { Context } from './context.ts';
import { isOpen, mayCount, needsTransfer } from './may-leave.ts';
import { underWayAtMost } from './peer.ts';
import { isReplyLane, isStreamLane } from '../model/lane.ts';
import { addToWindow, hasCaughtUp, maxWindowBytes, maxWindowItems, type OutLane } from './out-lane.ts';

const leastStreamBytes = 128 * 1024;
const largeAnswerBytes = 16 * 1024;
/** 8 MB/s, whatever the length of the link: from 64 ms on as much as of anything else. */
const streamBytesPerMs = 8 * 1024;

/** Gives positions to what may leave next. The changes are part of a commit that the caller collects; `sendAfter` follows it. */
export function place(context: Context, lane: OutLane): readonly StoreOp[] {
  if (lane.tentative || !isOpen(context, lane) || !mayCount(lane)) return [];
  const ops: StoreOp[] = [];
  while (hasRoom(lane)) {
    const record = lane.buffer[0];
    if (record === undefined || needsTransfer(lane, record)) break;
    lane.buffer.shift();
    ops.push({ op: 'outbox-place', ord: record.ord, ...givePosition(context, lane, record) });
  }
  if (ops.length > 0) ops.push({ op: 'outlane', record: takeRecord(lane) });
  return ops;
}

/**
 * Gives positions to records that are about to be added, by the commit that adds them: answers those of them that got one.
 * The commit may be refused, so the lane gives no others until `decided`.
 */
export function placeNew(context: Context, lane: OutLane, records: readonly OutboxRecord[]): readonly OutboxRecord[] {
  const nothingBefore = hasCaughtUp(lane) && lane.buffer.length === 0 && lane.arriving === 0 && !lane.tentative;
  if (!nothingBefore || !isOpen(context, lane) || !mayCount(lane)) return [];
  const placed: OutboxRecord[] = [];
  for (const record of records) {
    if (!hasRoom(lane) || needsTransfer(lane, record)) break;
    placed.push({ ...record, ...givePosition(context, lane, record) });
    lane.lastOrd = record.ord;
  }
  lane.tentative = placed.length > 0;
  return placed;
}

function hasRoom(lane: OutLane): boolean {
  // Those that follow are durable when the first have been answered.
  const most = Math.min(maxWindowItems, 2 * underWayAtMost(lane.peer));
  return lane.window.length < most && lane.windowBytes < mostBytes(lane);
}

/** Of an output that comes in parts less is under way at once, so that others have their turn between; on a long link more fits. */
function mostBytes({ name, peer, buffer: [next] }: OutLane): number {
  // Parts of a plain command stand among whole answers.
  const mayBePart = isReplyLane(name) && next !== undefined && next.bodySize > largeAnswerBytes;
  if (!isStreamLane(name) && !mayBePart) return maxWindowBytes;
  const fits = (peer.leastRoundTripMs ?? 0) * streamBytesPerMs;
  return Math.min(maxWindowBytes, Math.max(leastStreamBytes, fits));
}

function givePosition(
  context: Context,
  lane: OutLane,
  record: WaitingRecord,
): { readonly position: number; readonly tag: string } {
  beginCount(context, lane);
  const at = { position: lane.placed + 1, tag: nextTag(lane.placedTag, record.id) };
  lane.placed = at.position;
  lane.placedTag = at.tag;
  const { placedOrd } = lane;
  context.undo(() => (lane.placedOrd = placedOrd));
  lane.placedOrd = record.ord;
  addToWindow(lane, record, at);
  return at;
}

function beginCount(context: Context, lane: OutLane): void {
  if (lane.record.peerIncarnation !== null) return;
  const incarnation = lane.peer.incarnation;
  const start = { from: context.node, to: lane.peer.name, lane: lane.name, incarnation };
  const epoch = lane.record.epoch === '' ? newEpoch(context, lane, start) : lane.record.epoch;
  const tag = firstTag({ ...start, epoch });
  lane.record = { ...lane.record, epoch, peerIncarnation: incarnation, base: 0, baseTag: tag };
  lane.ackedTag = tag;
  lane.placedTag = tag;
}

/** A life that comes back has counted in its first epoch before. */
function newEpoch(context: Context, { peer }: OutLane, start: Omit<ChainStart, 'epoch'>): string {
  return peer.formers.includes(start.incarnation) ? context.token() : firstEpoch(context.origin, start);
}

/** The lane's row, brought up to what has been placed. */
export function takeRecord(lane: OutLane): OutLaneRecord {
  lane.record = { ...lane.record, placed: lane.placed, placedTag: lane.placedTag };
  return lane.record;
}

/** The record whose body has to go ahead before the lane can move on. */
export function bodyToSend(context: Context, lane: OutLane): WaitingRecord | undefined {
  const record = lane.buffer[0];
  return record !== undefined && isOpen(context, lane) && needsTransfer(lane, record) ? record : undefined;
}
