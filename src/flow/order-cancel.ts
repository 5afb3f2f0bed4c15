// The order to end messages at the node that may have them: an ordinary message of the control lane.
//
// From: cancel.ts, and settle.ts where one was accepted that its sender had wished back. To: the outbox.
import type { MessageId } from '../model/message.ts';
import type { Change } from './change.ts';
import type { Context } from './context.ts';
import { newMessage, ownDraft } from './new-message.ts';
import { appendRecord, outLaneOf } from './out-lane.ts';
import { addOps, outboxRecord } from './outbox-record.ts';
import type { Peer } from './peer.ts';
import { publisherOf } from './publisher.ts';

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
  const args = running ? ids : [onlyWaiting, ...ids];
  const draft = ownDraft({ to: peer.name, method: 'opCancel', args, description: reason }, new Uint8Array());
  const made = newMessage(context.options, draft);
  const record = outboxRecord(context, { ...made, submission: made.message.id });
  const lane = outLaneOf(peer, record.lane);
  change.ops.push(...addOps(context, record, made.body));
  context.touch(publisherOf(context, lane));
  appendRecord(lane, record);
  change.lanes.add(lane);
  return record.deadline;
}
