// The sender's side of one lane: from the outbox on disk through a window of positions to the link.
//
// Boundary. From: submit and answer (new records), the store (pages of waiting ones), settle (what the receiver says).
// To: the link, as batches.
// 1. A position and its tag are durable before the first copy leaves (custody rule 1): only up to `durable` is published.
// 2. Memory holds at most one window and one page of a lane (I9); a lane whose receiver is away holds nothing.
// 3. Positions are given in the order of intake (I7). A commit that may be refused gives them only while no other does.
import { isControl, isUnacked, priorityOf, type LaneName } from '../model/lane.ts';
import { inlineBodyBytes, usualPriority, type MessageId } from '../model/message.ts';
import type { OutLaneRecord, WaitingRecord } from '../model/record.ts';
import type { Peer } from './peer.ts';
import type { Process } from './process.ts';

export const maxWindowItems = 1024;
export const maxWindowBytes = 512 * 1024;
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
  readonly mayHaveRun: boolean;
  readonly deadline: number;
  wish: 'expired' | 'cancelled' | null;
  wishReason: string | null;
  /** How it ended is known, durably. `told`: with its answer goes, or went, the word that it was delivered. */
  answered: boolean;
  told: boolean;
  /** Nobody asks about it any more: its row goes when the lane is done with it. */
  isUnasked: boolean;
}

/** A large body on its way ahead of its message. */
export interface BodyTransfer {
  readonly id: MessageId;
  readonly size: number;
  have: number;
  sent: number;
  loading: boolean;
  /** The receiver has said how much it has: until then one piece asks it. */
  told: boolean;
}

export interface OutLane {
  readonly peer: Peer;
  readonly name: LaneName;
  readonly priority: number;
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
  buffer: WaitingRecord[];
  /** Everything up to this `ord` is in window or buffer, or settled. */
  lastOrd: number;
  /** Everything up to this `ord` has been given a position, in this life of the node: a page read before may not say so yet. */
  placedOrd: number;
  /** There may be open records after `lastOrd` on disk. */
  more: boolean;
  paging: boolean;
  /** Grows whenever what was read of it, and has not left, is to be read anew: a page that was asked for before no longer counts. */
  page: number;
  /** New records of which it is not known yet whether they are accepted, and which have no position. */
  arriving: number;
  /** Positions were given in a commit that may be refused: no more are given until that is decided. */
  tentative: boolean;
  /** An answer did not fit; the next one decides. */
  doubted: boolean;
  /** In this life of the node, an answer has fitted what was sent. */
  fitted: boolean;
  /** What has left was not answered, though others were, or for as long as an answer is waited for. */
  silent: boolean;
  /** Its receiver has stopped the process that takes its messages. */
  stoppedThere: boolean;
  /** Its receiver has said that something runs, in a conversation that was over. */
  runningMissed: boolean;
  transfer: BodyTransfer | undefined;
  bodiesSent: Set<MessageId>;
  /** From its first step on. */
  process: Process | undefined;
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
    priority: priorityOf(name),
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
    page: 0,
    arriving: 0,
    tentative: false,
    doubted: false,
    fitted: false,
    silent: false,
    stoppedThere: false,
    runningMissed: false,
    transfer: undefined,
    bodiesSent: new Set(),
    process: undefined,
  };
  peer.lanes.set(name, lane);
  const after = peer.inOrder.findIndex((other) => other.priority < lane.priority);
  peer.inOrder.splice(after < 0 ? peer.inOrder.length : after, 0, lane);
  if (lane.priority !== usualPriority && !isControl(name)) peer.isRanked = true;
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
  lane.tentative = false;
  lane.doubted = false;
  lane.runningMissed = false;
  lane.silent = false;
  lane.stoppedThere = false;
  lane.transfer = undefined;
  lane.bodiesSent.clear();
}

/** What waits without a position is to be read anew from the disk. Answers whether memory had any of it. */
export function releaseBuffer(lane: OutLane): boolean {
  const first = lane.buffer[0];
  if (first === undefined && !lane.paging) return false;
  if (first !== undefined) lane.lastOrd = first.ord - 1;
  for (const { id } of lane.buffer) lane.bodiesSent.delete(id);
  lane.buffer = [];
  lane.transfer = undefined;
  lane.paging = false;
  lane.page += 1;
  lane.more = true;
  return true;
}

/** Whether nothing of the lane is under way or waiting. */
export function isIdle(lane: OutLane): boolean {
  return lane.phase === 'ready' && !lane.more && lane.window.length === 0 && lane.buffer.length === 0;
}

/** Whether memory holds all that the disk does. What wants no ACK is always taken from disk (send-once): it has no window to go to. */
export function hasCaughtUp(lane: OutLane): boolean {
  return lane.phase === 'ready' && !lane.more && !lane.paging && !isUnacked(lane.name);
}

/** Takes in a record that is durable, or that is part of the commit being collected. Kept in memory only while the lane has caught up with the disk. */
export function appendRecord(lane: OutLane, record: WaitingRecord): void {
  if (hasCaughtUp(lane) && lane.buffer.length < maxBufferItems) {
    lane.buffer.push(record);
    lane.lastOrd = Math.max(lane.lastOrd, record.ord);
  } else {
    lane.more = true;
  }
}

export function bindLane(lane: OutLane, record: OutLaneRecord): void {
  lane.record = record;
  lane.settled = record.base;
  lane.acked = record.base;
  lane.ackedTag = record.baseTag;
  lane.placed = record.placed;
  lane.placedTag = record.placedTag;
  lane.durable = record.placed;
  lane.sent = record.base;
}

export function addToWindow(lane: OutLane, record: WaitingRecord, at: { position: number; tag: string }): WindowItem {
  const body = record.bodySize > inlineBodyBytes || record.body === null ? new Uint8Array() : record.body;
  const { ord, id, head, bodySize, isReply, wish, mayHaveRun, deadline } = record;
  const item: WindowItem = {
    ord,
    id,
    ...at,
    head,
    body,
    bodySize,
    isReply,
    mayHaveRun,
    deadline,
    wish,
    wishReason: record.reason,
    answered: false,
    told: false,
    isUnasked: false,
  };
  lane.window.push(item);
  lane.windowBytes += record.head.length + body.length;
  return item;
}

/** Nothing of the lane leaves while its publisher is stopped. */
export function isStopped(lane: OutLane): boolean {
  return lane.process?.child.state === 'stopped';
}
