// Messages that want no ACK: handed to the broker once, while the receiver is here, and `sent` from then on.
//
// 1. `sent` is durable before the message leaves, so that it never leaves twice.
// 2. Each page leaves only while the receiver is here: of what is under way when it goes, at most one page is lost.
import { laneMethod, wireLane } from '../model/lane.ts';
import type { WaitingRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import { ackSubject, messageSubject } from '../model/subject.ts';
import { batchFrame } from '../wire/batch.ts';
import type { Context } from './context.ts';
import { countClosed } from './count-waiting.ts';
import { isHeld } from './may-leave.ts';
import { type OutLane, isStopped } from './out-lane.ts';
import { dropOp } from './outbox-record.ts';
import { kindOf } from './publish.ts';
import { publisherOf } from './publisher.ts';
import { addressOf } from './peer.ts';

const pageRows = 64;

export function sendOnce(context: Context, lane: OutLane): void {
  if (!isStopped(lane)) context.within(publisherOf(context, lane), () => sendPage(context, lane), undefined);
}

function sendPage(context: Context, lane: OutLane): void {
  const { peer } = lane;
  lane.phase = 'ready';
  if (lane.paging || !lane.more || isHeld(lane) || peer.incarnation === '') return;
  lane.paging = true;
  lane.more = false;
  const { load, page: asked } = lane;
  const page = { query: 'outbox-page' as const, to: peer.name, lane: lane.name, afterOrd: 0, limit: pageRows };
  context.query(page, (found) => {
    if (lane.load !== load || lane.page !== asked) return;
    lane.paging = false;
    const records = found.filter((record) => !context.expired.has(record.ord));
    if (records.length === 0) return;
    lane.more = true;
    if (context.stalled !== undefined || !isHere(context, lane)) return;
    const at = context.wall();
    const { placedOrd } = lane;
    context.undo(() => (lane.placedOrd = placedOrd));
    lane.placedOrd = records.at(-1)?.ord ?? placedOrd;
    for (const record of records) countClosed(context, peer.name, record);
    context.commit(
      records.map((record) => settled(context, lane, { record, at })),
      () => {
        for (const record of records) {
          publishOnce(context, lane, record);
          const { id } = record;
          if (!record.isReply)
            context.notice({ type: 'state', id, to: lane.peer.name, state: 'sent', at, reason: null });
        }
        if (isHere(context, lane)) sendPage(context, lane);
      },
    );
  });
}

/** The receiver has answered in this conversation: what leaves now is more than a hint away from it. */
function isHere(context: Context, lane: OutLane): boolean {
  return context.reaches(lane.peer.name) && lane.peer.presence === 'online' && lane.peer.echoed && !isHeld(lane);
}

function settled(
  context: Context,
  lane: OutLane,
  of: { readonly record: WaitingRecord; readonly at: number },
): StoreOp {
  const { record, at } = of;
  return record.isReply
    ? dropOp(context, record, lane.name)
    : { op: 'outbox-settle', ord: record.ord, state: 'sent', at, reason: null };
}

function publishOnce(context: Context, lane: OutLane, record: WaitingRecord): void {
  const name = wireLane(lane.name);
  context.publish({
    subject: messageSubject({
      to: lane.peer.name,
      method: laneMethod(name),
      kind: kindOf(name, false),
      from: context.node,
    }),
    // No answer is wanted, but the word that nobody was there: what comes after it waits.
    reply: ackSubject({ to: context.node, from: lane.peer.name }),
    to: lane.peer.name,
    content: batchFrame({
      ...addressOf(context, lane.peer),
      lane: name,
      epoch: '',
      base: 0,
      first: 0,
      tag: '',
      items: [{ id: record.id, voided: false, head: record.head, body: record.body ?? new Uint8Array() }],
    }),
  });
}
