// The order to end messages at the node that may have them: an ordinary message of the control lane.
//
// From: cancel.ts, and settle.ts where one was accepted that its sender had wished back. To: the outbox.
import type { MessageId } from '../model/message.ts';
import type { Message } from '../model/message.ts';
import type { Change } from './change.ts';
import type { Context } from './context.ts';
import { withHead } from './new-message.ts';
import { appendRecord, outLaneOf } from './out-lane.ts';
import { addOps, outboxRecord } from './outbox-record.ts';
import type { Peer } from './peer.ts';
import { publisherOf } from './publisher.ts';

const dayMs = 86_400_000;
/** As long as a message may wait at most: what it is to end may wait as long. */
const expiresMs = 10 * 365 * dayMs;
const ackTimeoutMs = 10_000;

/** In the place of the first id: what runs goes on. */
export const onlyWaiting = 'waiting';

/** Part of the change: its lane gets a position with the others' (answer.ts). Answers the deadline of the order, in node time. */
export function orderCancel(
  context: Context,
  of: {
    readonly peer: Peer;
    readonly ids: readonly MessageId[];
    /** Also what runs there. */
    readonly running: boolean;
    /** Who wishes it, as the outcomes will say. */
    readonly reason: string;
    readonly change: Pick<Change, 'ops' | 'lanes'>;
  },
): number {
  const { peer, ids, running, reason, change } = of;
  const id = context.options.newId();
  const message: Message = {
    id,
    from: context.node,
    to: peer.name,
    method: 'opCancel',
    args: running ? ids : [onlyWaiting, ...ids],
    unordered: false,
    rerun: 'always',
    ackTimeoutMs,
    retries: -1,
    retryWaitMs: 0,
    expiresMs,
    methodTimeoutMs: ackTimeoutMs,
    directory: '',
    fileName: '',
    description: reason,
    bodySize: 0,
  };
  const body = new Uint8Array();
  const record = outboxRecord(context, { ...withHead(message, body), submission: id });
  const lane = outLaneOf(peer, record.lane);
  change.ops.push(...addOps(context, record, body));
  context.touch(publisherOf(context, lane));
  appendRecord(lane, record);
  change.lanes.add(lane);
  return record.deadline;
}
