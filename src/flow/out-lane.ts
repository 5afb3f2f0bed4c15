// The sender's side of one lane: from the outbox on disk through a window of positions to the link.
//
// Boundary. From: submit and answer (new records), the store (pages of waiting ones), settle (what the receiver says).
// To: the link, as batches.
// 1. A position and its tag are durable before the first copy leaves (custody rule 1): only up to `durable` is published.
// 2. Memory holds at most one window and one page of a lane (I9); a lane whose receiver is away holds nothing.
// 3. Positions are given in the order of intake (I7).
import { laneMethod, type LaneName } from '../model/lane.ts';
import type { MessageId } from '../model/message.ts';
import { isMethodName, methodEntry } from '../model/method-name.ts';
import type { OutboxRecord, OutLaneRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import { messageSubject, ackSubject, type Kind } from '../model/subject.ts';
import { batchFrame, type BatchItemOut } from '../wire/batch.ts';
import { firstTag, nextTag } from './chain.ts';
import type { Context } from './context.ts';
import { expectAnswer } from './ask.ts';
import { addressOf, type Peer } from './peer.ts';

/** Bodies up to this many bytes travel in the batch; larger ones go ahead in pieces. */
export const inlineBodyBytes = 32 * 1024;
const unackedMark = '-';

/** The lane in which messages wait that want no ACK: they get no position and are handed over once. */
export function unackedLane(lane: LaneName): LaneName {
  return `${unackedMark}${lane}`;
}

export function isUnacked(lane: LaneName): boolean {
  return lane.startsWith(unackedMark);
}

/** The lane's name on the wire. */
export function wireLane(lane: LaneName): LaneName {
  return isUnacked(lane) ? lane.slice(unackedMark.length) : lane;
}

export const maxWindowItems = 1024;
const maxWindowBytes = 512 * 1024;
const maxBatchItems = 512;
const maxBatchBytes = 56 * 1024;
const maxBufferItems = 256;

export interface WindowItem {
  readonly ord: number;
  readonly id: MessageId;
  readonly position: number;
  readonly tag: string;
  readonly head: string;
  readonly body: Uint8Array;
  readonly bodySize: number;
  readonly isReply: boolean;
  wish: 'expired' | 'cancelled' | null;
  wishReason: string | null;
}

/** A large body on its way ahead of its message. */
export interface BodyTransfer {
  readonly id: MessageId;
  readonly size: number;
  have: number;
  sent: number;
  loading: boolean;
}

export interface OutLane {
  readonly peer: Peer;
  readonly name: LaneName;
  phase: 'cold' | 'loading' | 'ready';
  /** Grows whenever the lane is unloaded: what was begun for an older load no longer counts. */
  load: number;
  /** The row as it will be when every commit under way is durable. */
  record: OutLaneRecord;
  /** `base` as it is durable: only that may be told to the receiver. */
  settled: number;
  /** Up to here the receiver has answered. */
  acked: number;
  ackedTag: string;
  placed: number;
  placedTag: string;
  durable: number;
  sent: number;
  window: WindowItem[];
  windowBytes: number;
  buffer: OutboxRecord[];
  /** Everything up to this `ord` is in window or buffer, or settled. */
  lastOrd: number;
  /** Everything up to this `ord` has been given a position, in this life of the node: a page read before may not say so yet. */
  placedOrd: number;
  /** There may be open records after `lastOrd` on disk. */
  more: boolean;
  paging: boolean;
  /** An answer did not fit; the next one decides. */
  doubted: boolean;
  transfer: BodyTransfer | undefined;
  bodiesSent: Set<MessageId>;
}

export const noRecord = (to: string, lane: LaneName): OutLaneRecord => ({
  to,
  lane,
  epoch: '',
  peerIncarnation: null,
  base: 0,
  baseTag: '',
  placed: 0,
  placedTag: '',
});

export function outLaneOf(peer: Peer, name: LaneName): OutLane {
  const known = peer.lanes.get(name);
  if (known !== undefined) return known;
  const lane: OutLane = {
    peer,
    name,
    phase: 'cold',
    load: 0,
    record: noRecord(peer.name, name),
    settled: 0,
    acked: 0,
    ackedTag: '',
    placed: 0,
    placedTag: '',
    durable: 0,
    sent: 0,
    window: [],
    windowBytes: 0,
    buffer: [],
    lastOrd: 0,
    placedOrd: 0,
    more: true,
    paging: false,
    doubted: false,
    transfer: undefined,
    bodiesSent: new Set(),
  };
  peer.lanes.set(name, lane);
  return lane;
}

/** Forgets what is on disk anyway. A lane that holds nothing stays as it is: there is nothing to load again. */
export function unloadLane(lane: OutLane): void {
  if (!isIdle(lane)) forgetLane(lane);
}

/** Unloads the lane even if it is idle: its row is to be read anew. */
export function forgetLane(lane: OutLane): void {
  lane.load += 1;
  lane.phase = 'cold';
  lane.window = [];
  lane.windowBytes = 0;
  lane.buffer = [];
  lane.lastOrd = 0;
  lane.more = true;
  lane.paging = false;
  lane.doubted = false;
  lane.transfer = undefined;
  lane.bodiesSent.clear();
}

/** Whether nothing of the lane is under way or waiting. */
export function isIdle(lane: OutLane): boolean {
  return lane.phase === 'ready' && !lane.more && lane.window.length === 0 && lane.buffer.length === 0;
}

/** Takes in a record that is durable, or that is part of the commit being collected. Kept in memory only while the lane has caught up with the disk. */
export function appendRecord(lane: OutLane, record: OutboxRecord): void {
  const caughtUp = lane.phase === 'ready' && !lane.more && !lane.paging;
  if (caughtUp && lane.buffer.length < maxBufferItems) {
    lane.buffer.push(record);
    lane.lastOrd = record.ord;
  } else {
    lane.more = true;
  }
}

export function bindLane(context: Context, lane: OutLane, record: OutLaneRecord): void {
  lane.record = record;
  lane.settled = record.base;
  lane.acked = record.base;
  lane.ackedTag = record.baseTag;
  lane.placed = record.placed;
  lane.placedTag = record.placedTag;
  lane.durable = record.placed;
  lane.sent = record.base;
  if (record.epoch === '') lane.record = { ...record, epoch: context.token() };
}

export function addToWindow(lane: OutLane, record: OutboxRecord, at: { position: number; tag: string }): void {
  const body = record.bodySize > inlineBodyBytes || record.body === null ? new Uint8Array() : record.body;
  lane.window.push({
    ord: record.ord,
    id: record.id,
    position: at.position,
    tag: at.tag,
    head: record.head,
    body,
    bodySize: record.bodySize,
    isReply: record.isReply,
    wish: record.wish,
    wishReason: record.reason,
  });
  lane.windowBytes += record.head.length + body.length;
}

/** Whether messages may leave now: the receiver is here, and the lane counts for its incarnation. */
function isOpen(context: Context, lane: OutLane): boolean {
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
  const tag = firstTag({
    from: context.node,
    to: lane.peer.name,
    lane: lane.name,
    epoch: lane.record.epoch,
    incarnation,
  });
  lane.record = { ...lane.record, peerIncarnation: incarnation, base: 0, baseTag: tag };
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

/** Publishes what is durable and has not left in this conversation. */
export function publish(context: Context, lane: OutLane): void {
  if (!isOpen(context, lane) || lane.record.peerIncarnation !== lane.peer.incarnation) return;
  while (lane.sent < lane.durable) {
    const first = lane.sent + 1;
    const from = first - lane.acked - 1;
    let bytes = 0;
    let count = 0;
    for (const item of lane.window.slice(from, from + maxBatchItems)) {
      bytes += item.head.length + item.body.length;
      if (item.position > lane.durable || (count > 0 && bytes > maxBatchBytes)) break;
      count += 1;
    }
    if (count === 0) return;
    publishBatch(context, lane, { first, items: lane.window.slice(from, from + count) });
    lane.sent += count;
  }
}

function publishBatch(context: Context, lane: OutLane, batch: { first: number; items: readonly WindowItem[] }): void {
  const { peer } = lane;
  const before = lane.window[batch.first - lane.acked - 2];
  context.publish({
    subject: messageSubject({
      to: peer.name,
      method: laneMethod(lane.name),
      kind: kindOf(lane.name, true),
      from: context.node,
    }),
    reply: ackSubject({ to: context.node, from: peer.name }),
    content: batchFrame({
      ...addressOf(context, peer),
      lane: lane.name,
      epoch: lane.record.epoch,
      base: lane.settled,
      first: batch.first,
      tag: before?.tag ?? lane.ackedTag,
      items: batch.items.map(itemOut),
    }),
  });
  expectAnswer(context, peer);
}

function itemOut(item: WindowItem): BatchItemOut {
  return { id: item.id, voided: item.wish !== null, head: item.head, body: item.body };
}

export function kindOf(lane: LaneName, acked: boolean): Kind {
  const method = laneMethod(lane);
  const type = isMethodName(method) ? methodEntry(method).type : 'Command';
  return `${type}${acked ? 'ACK' : 'NACK'}`;
}
