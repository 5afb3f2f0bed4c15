// Publishes a lane's window, in batches.
//
// 1. Only what is durable leaves (custody rule 1), and each position once in a conversation.
import { isPassing, laneMethod, routeOf, type LaneName } from '../model/lane.ts';
import { isMethodName, methodEntry } from '../model/method-name.ts';
import { ackSubject, messageSubject, type Kind } from '../model/subject.ts';
import { batchFrame, type BatchItemOut } from '../wire/batch.ts';
import { expectAnswer } from './ask.ts';
import type { Context } from './context.ts';
import type { OutLane, WindowItem } from './out-lane.ts';
import { addressOf, underWayAtMost } from './peer.ts';
import { isOpen } from './may-leave.ts';

const maxBatchItems = 512;
const maxBatchBytes = 56 * 1024;

/** Publishes what is durable and has not left in this conversation. */
export function publish(context: Context, lane: OutLane): void {
  if (!isOpen(context, lane) || lane.record.peerIncarnation !== lane.peer.incarnation) return;
  for (let most = mostSent(lane); lane.sent < most; most = mostSent(lane)) {
    const first = lane.sent + 1;
    const from = first - lane.acked - 1;
    let bytes = 0;
    let count = 0;
    for (const item of lane.window.slice(from, from + maxBatchItems)) {
      bytes += item.head.length + item.body.length;
      if (item.position > most || (count > 0 && bytes > maxBatchBytes)) break;
      count += 1;
    }
    if (count === 0) return;
    publishBatch(context, lane, { first, items: lane.window.slice(from, from + count) });
    lane.sent += count;
  }
}

/** Up to this position it may be sent now. */
function mostSent(lane: OutLane): number {
  return Math.min(lane.durable, lane.acked + underWayAtMost(lane.peer));
}

function publishBatch(context: Context, lane: OutLane, batch: { first: number; items: readonly WindowItem[] }): void {
  const { peer } = lane;
  // What others carry is told of by each of them: their words and the ACKs keep their order.
  if (context.carries || routeOf(lane.name) !== undefined) context.beforeWord(peer.name);
  const before = lane.window[batch.first - lane.acked - 2];
  context.publish({
    subject: messageSubject({
      to: peer.name,
      method: laneMethod(lane.name),
      kind: kindOf(lane.name, true),
      from: context.node,
    }),
    reply: ackSubject({ to: context.node, from: peer.name }),
    to: peer.name,
    content: batchFrame({
      ...addressOf(context, peer),
      lane: lane.name,
      epoch: lane.record.epoch,
      base: lane.settled,
      first: batch.first,
      tag: before?.tag ?? lane.ackedTag,
      items: batch.items.map((item) => itemOut(context, lane, item)),
    }),
  });
  expectAnswer(context, peer);
}

/**
 * What has been answered goes without its content: a receiver whose store went back to before it must not do it again. What is to be carried on is told
 * how long it may still take: the head is its sender's, and stays as it is.
 */
function itemOut(context: Context, lane: OutLane, item: WindowItem): BatchItemOut {
  const out = { id: item.id, voided: item.wish !== null || item.answered, head: item.head, body: item.body };
  if (!isPassing(lane.name, lane.peer.name)) return out;
  const leftMs = Math.max(0, item.deadline - context.nodeTime());
  return item.mayHaveRun ? { ...out, leftMs, mayHaveRun: true } : { ...out, leftMs };
}

export function kindOf(lane: LaneName, acked: boolean): Kind {
  const method = laneMethod(lane);
  const type = isMethodName(method) ? methodEntry(method).type : 'Command';
  return `${type}${acked ? 'ACK' : 'NACK'}`;
}
