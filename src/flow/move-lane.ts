// Moves a lane on: loads what waits on disk, gives positions, publishes what is durable.
import { isUnacked } from '../model/lane.ts';
import { type OutLane, addToWindow, bindLane, isStopped, maxWindowItems, noRecord } from './out-lane.ts';
import { isHeld, mayCount } from './may-leave.ts';
import { bodyToSend, place } from './place.ts';
import { recallAnswer } from './note-answered.ts';
import { publish } from './publish.ts';
import { publisherOf } from './publisher.ts';
import { ask } from './ask.ts';
import type { Context } from './context.ts';
import { sendBody, startBody } from './send-body.ts';

/** More than a window, so that one page holds all that has a position already. */
const pageRows = maxWindowItems + 76;
/** To one peer. It keeps twice as many open before one makes room for another (receive-body.ts). */
const maxBodies = 8;

function loadLane(context: Context, lane: OutLane): void {
  lane.phase = 'loading';
  const { load } = lane;
  context.query({ query: 'outlane', to: lane.peer.name, lane: lane.name }, (record) => {
    if (lane.load !== load) return;
    bindLane(lane, record ?? noRecord(lane.peer.name, lane.name));
    lane.phase = 'ready';
    pump(context, lane);
  });
}

function loadPage(context: Context, lane: OutLane): void {
  lane.paging = true;
  lane.more = false;
  const { load, page } = lane;
  context.query(
    { query: 'outbox-page', to: lane.peer.name, lane: lane.name, afterOrd: lane.lastOrd, limit: pageRows },
    (records) => {
      if (lane.load !== load || lane.page !== page) return;
      lane.paging = false;
      if (records.length > 0) lane.more = true;
      for (const record of records) {
        lane.lastOrd = record.ord;
        if (context.expired.has(record.ord)) continue;
        if (record.position === null) lane.buffer.push(record);
        else if (record.position > lane.acked) {
          const item = addToWindow(lane, record, { position: record.position, tag: record.tag ?? '' });
          recallAnswer(lane, item, record);
        }
      }
      pump(context, lane);
    },
  );
}

/** To be called when the commit that holds the answer of `place` is durable, also where the step that made it has failed since. */
export function sendAfter(context: Context, lane: OutLane): () => void {
  const { load } = lane;
  // A lane that is being read has given no position; what memory still holds of one is of an epoch that is over.
  const placed = lane.phase === 'ready' ? lane.placed : 0;
  const send = (): void => {
    if (lane.load !== load) return;
    lane.durable = Math.max(lane.durable, placed);
    publish(context, lane);
    pump(context, lane);
  };
  return () => context.within(publisherOf(context, lane), send, undefined);
}

/** Moves the lane on as far as it can go now. Safe to call at any time. */
export function pump(context: Context, lane: OutLane): void {
  if (
    !context.reaches(lane.peer.name) ||
    context.stalled !== undefined ||
    lane.peer.presence !== 'online' ||
    isUnacked(lane.name)
  )
    return;
  if (!isStopped(lane)) context.within(publisherOf(context, lane), () => move(context, lane), undefined);
}

function mayStartBody({ peer }: OutLane): boolean {
  let bodies = 0;
  for (const other of peer.lanes.values()) if (other.transfer !== undefined && !isHeld(other)) bodies += 1;
  return bodies < maxBodies;
}

/** A body has ended: others of its peer may wait to begin. */
export function pumpBodies(context: Context, { peer }: OutLane): void {
  for (const other of peer.inOrder) if (other.transfer === undefined && other.buffer.length > 0) pump(context, other);
}

function move(context: Context, lane: OutLane): void {
  if (lane.phase === 'cold') loadLane(context, lane);
  if (lane.phase !== 'ready') return;
  if (lane.buffer.length === 0 && lane.more && !lane.paging && lane.window.length < maxWindowItems)
    loadPage(context, lane);
  const ahead = bodyToSend(context, lane);
  if (lane.transfer !== undefined) sendBody(context, lane);
  else if (ahead !== undefined && mayStartBody(lane)) startBody(context, lane, ahead);
  const ops = place(context, lane);
  if (ops.length > 0) context.commit(ops, sendAfter(context, lane));
  else publish(context, lane);
  // Nothing may count for an incarnation that has not answered us yet.
  if (lane.buffer.length > 0 && !mayCount(lane) && !isHeld(lane) && lane.peer.askedAt === undefined)
    ask(context, lane.peer);
}
