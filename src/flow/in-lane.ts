// The receiver's side of one lane: where it stands, and what waits to run.
//
// 1. `now` runs ahead of `durable` by the commits under way; an ACK tells only `durable` (I2).
// 2. Memory holds at most one page of what waits (I9).
import { maxEpochs, priorityOf, routeOf, type LaneName } from '../model/lane.ts';
import type { Message, MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { InboxRecord, InLaneRecord } from '../model/record.ts';
import { firstTag } from './chain.ts';
import type { Context } from './context.ts';
import type { Job } from './job.ts';
import type { Process } from './process.ts';

export interface Accepted {
  readonly record: InboxRecord;
  readonly message: Message;
  /** Absent where it lies in pieces. */
  readonly body: Uint8Array | undefined;
}

export interface Standing {
  now: InLaneRecord;
  durable: InLaneRecord;
}

export interface InLane {
  readonly from: NodeName;
  readonly name: LaneName;
  readonly priority: number;
  phase: 'loading' | 'ready';
  /** Grows whenever the lane is forgotten: what was read for an older load no longer counts. */
  load: number;
  /** What came while the lane was being loaded. */
  waiting: ((lane: InLane) => void)[];
  /** The counts on disk belong to an incarnation that ended meanwhile. */
  forget: boolean;
  /** The sender's epoch, as it has asked or sent last. */
  epoch: string;
  /** By the sender's epoch; the newest last. */
  standings: Map<string, Standing>;
  queue: Accepted[];
  queuedBytes: number;
  /** Second copies of what runs (after a loss on their way): each waits for the end of the first. */
  twins: Accepted[];
  lastOrd: number;
  more: boolean;
  paging: boolean;
  /** Messages whose methods have been running for long enough to tell their sender; since when (wall ms), and whether an ACK has named them. */
  readonly running: Map<MessageId, { readonly at: number; named: boolean }>;
  /** Under way: the next one of an ordered lane waits for it. */
  readonly jobs: Set<Job>;
  /** Of an unordered lane: those that wait for their next attempt (retry-run.ts). */
  readonly resting: Set<Job>;
  /** What it holds may have been taken back before this start (hear-first.ts). */
  waitsToHear: boolean;
  /** Its next message could run, but for the bounds on what runs at once (slots.ts). */
  waitsForSlot: boolean;
  /** Its process crashed and began anew: what had come and was not durable is lost, and its sender has not been told. */
  anew: boolean;
  /** From its first step on. */
  process: Process | undefined;
}

export type InLanes = Map<string, InLane>;

/** Lanes held in memory; beyond that an idle one, which is only its row, makes room. */
export const maxInLanes = 100_000;
const maxQueued = 256;
const maxQueuedBytes = 1024 * 1024;

export function laneKey(from: NodeName, name: LaneName): string {
  return `${from}/${name}`;
}

export function createInLane(from: NodeName, name: LaneName, more: boolean): InLane {
  return {
    from,
    name,
    priority: priorityOf(name),
    phase: 'loading',
    load: 0,
    waiting: [],
    forget: false,
    epoch: '',
    standings: new Map(),
    queue: [],
    queuedBytes: 0,
    twins: [],
    lastOrd: 0,
    more,
    paging: false,
    running: new Map(),
    jobs: new Set(),
    resting: new Set(),
    waitsToHear: false,
    waitsForSlot: false,
    anew: false,
    process: undefined,
  };
}

/** What is on the disk is to be read anew. What runs goes on. */
export function forgetInLane(lane: InLane): void {
  lane.load += 1;
  lane.phase = 'loading';
  lane.forget = false;
  lane.standings.clear();
  lane.queue = [];
  lane.queuedBytes = 0;
  lane.twins = [];
  lane.lastOrd = 0;
  lane.more = true;
  lane.paging = false;
}

/** Where the lane stands for this epoch; before the first message, at 0. */
export function standingOf(context: Context, lane: InLane, epoch: string): Standing {
  const known = lane.standings.get(epoch);
  if (known !== undefined) return known;
  const tag = firstTag({ from: lane.from, to: context.node, lane: lane.name, epoch, incarnation: context.incarnation });
  const start: InLaneRecord = { from: lane.from, lane: lane.name, epoch, last: 0, tag, exceptions: [] };
  return { now: start, durable: start };
}

/** Remembers a standing that is about to be written. */
export function keepStanding(lane: InLane, standing: Standing): void {
  const { epoch } = standing.now;
  if (lane.standings.has(epoch)) return;
  lane.standings.set(epoch, standing);
  const oldest = lane.standings.keys().next();
  if (lane.standings.size > maxEpochs && oldest.done !== true) lane.standings.delete(oldest.value);
}

/** Takes in what the commit being collected makes durable; what does not fit into memory is read from disk when its turn comes. */
export function enqueue(lane: InLane, accepted: Accepted): void {
  const size = accepted.body?.length ?? 0;
  if (!lane.more && !lane.paging && lane.queue.length < maxQueued && lane.queuedBytes + size <= maxQueuedBytes) {
    lane.queue.push(accepted);
    lane.queuedBytes += size;
    lane.lastOrd = accepted.record.ord;
  } else {
    lane.more = true;
  }
}

export function dequeue(lane: InLane): Accepted | undefined {
  const accepted = lane.queue.shift();
  lane.queuedBytes -= accepted?.body?.length ?? 0;
  return accepted;
}

/**
 * Whether it may be sent again what this node has: where a node on its way has lost its store, or where its sender has begun the lane anew, because
 * another node of this one's name was there while this one was not.
 */
export function mayComeAgain({ name, standings }: InLane, epoch?: string): boolean {
  const isNew = epoch !== undefined && standings.size > 0 && !standings.has(epoch);
  return routeOf(name) !== undefined || standings.size > 1 || isNew;
}

/** What is under way is not begun a second time beside itself. */
export function setTwinsAside(lane: InLane): void {
  if (!mayComeAgain(lane)) return;
  const isUnderWay = ({ message }: Accepted): boolean =>
    [...lane.jobs, ...lane.resting].some(({ accepted }) => accepted.some((one) => one.message.id === message.id));
  for (let next = lane.queue[0]; next !== undefined && isUnderWay(next); next = lane.queue[0]) {
    dequeue(lane);
    lane.twins.push(next);
  }
}

/** A job of the lane is over: what waited for its end comes next. */
export function takeTwinsBack(lane: InLane): void {
  for (const twin of lane.twins.splice(0).reverse()) {
    lane.queue.unshift(twin);
    lane.queuedBytes += twin.body?.length ?? 0;
  }
}

/** Takes one out of the middle, if it is in memory. */
export function takeOut(lane: InLane, ord: number): void {
  lane.twins = lane.twins.filter(({ record }) => record.ord !== ord);
  const at = lane.queue.findIndex(({ record }) => record.ord === ord);
  const [taken] = at < 0 ? [] : lane.queue.splice(at, 1);
  lane.queuedBytes -= taken?.body?.length ?? 0;
}

/** Comes first again, unless its place on the disk has still to be read. */
export function requeue(lane: InLane, accepted: Accepted): void {
  const { ord } = accepted.record;
  if (ord > lane.lastOrd && (lane.more || lane.paging || lane.phase === 'loading')) return;
  lane.lastOrd = Math.max(lane.lastOrd, ord);
  lane.queue.unshift(accepted);
  lane.queuedBytes += accepted.body?.length ?? 0;
}

export function forgetIdleLane(lanes: InLanes): void {
  for (const [key, lane] of lanes) {
    const settled = [...lane.standings.values()].every((standing) => standing.now === standing.durable);
    const works = lane.jobs.size > 0 || lane.resting.size > 0 || lane.queue.length > 0;
    if (lane.phase !== 'ready' || !settled || works || lane.more || lane.paging) continue;
    lanes.delete(key);
    return;
  }
}
