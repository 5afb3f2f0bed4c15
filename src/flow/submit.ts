// Intake: a submission becomes rows of the outbox, all of them or none.
//
// 1. The answer "accepted" is given only after the commit is durable (I1); "refused" only if nothing of it is.
// 2. A new message moves no lane before it is durable.
import type { Message } from '../model/message.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { Context } from './context.ts';
import { noteDeadline } from './deadline.ts';
import type { FlowEvent, SubmitAnswer } from './event.ts';
import { appendRecord, outLaneOf } from './out-lane.ts';
import { addOps, outboxRecord } from './outbox-record.ts';
import { peerOf, wake, type Peers } from './presence.ts';

export function submit(context: Context, peers: Peers, event: FlowEvent & { type: 'submit' }): void {
  if (context.stopping || !context.ready) {
    const reason = context.stopping ? 'the node is stopping' : 'the node is starting';
    return event.answer({ type: 'refused', code: 'stopping', reason });
  }
  if (context.stalled !== undefined) return event.answer(storeRefuses(context.stalled));
  const records: OutboxRecord[] = [];
  let submission = '';
  const ops = event.drafts.flatMap((draft) => {
    const id = context.options.newId();
    if (submission === '') submission = id;
    const message: Message = { ...draft.message, id, from: context.node };
    const record = outboxRecord(context, { message, body: draft.body, submission });
    records.push(record);
    return addOps(context, record, draft.body);
  });
  context.commitOrRefuse(ops, (reason) => {
    if (reason !== undefined) return event.answer(storeRefuses(reason));
    event.answer({ type: 'accepted', ids: records.map((record) => record.id) });
    takeIn(context, peers, records);
  });
}

function storeRefuses(reason: string): SubmitAnswer {
  return { type: 'refused', code: 'store-unavailable', reason };
}

function takeIn(context: Context, peers: Peers, records: readonly OutboxRecord[]): void {
  const at = context.wall();
  const woken = new Set<string>();
  for (const record of records) {
    appendRecord(outLaneOf(peerOf(context, peers, record.to), record.lane), record);
    noteDeadline(context, peers, record.deadline);
    woken.add(record.to);
    context.notice({ type: 'state', id: record.id, state: 'queued', at, reason: null });
  }
  for (const name of woken) wake(context, peerOf(context, peers, name));
}
