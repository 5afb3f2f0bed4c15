// Rows of the outbox as people see them, with what the store says beside each.
import type { MessageView } from '../contract/message-view.ts';
import { isHeldLane } from '../model/lane.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { Store } from '../store/open-store.ts';
import { messageView, type Surroundings } from './message-view.ts';

export async function messageViews(
  records: readonly OutboxRecord[],
  { store, ...around }: Surroundings & { readonly store: Store },
): Promise<MessageView[]> {
  const ords = records.flatMap(({ ord, lane }) => (isHeldLane(lane) ? [ord] : []));
  const awaited = ords.length === 0 ? undefined : await store.view({ view: 'awaited', ords });
  const requests = records.flatMap(({ id, isReply, origin }) => (isReply || origin !== null ? [] : [id]));
  const passing = requests.length === 0 ? [] : await store.view({ view: 'passing-on', ids: requests });
  const passedBy = new Map(passing.map((record) => [record.answerOf, record]));
  return records.map((record) =>
    messageView(record, { ...around, awaited: awaited?.get(record.ord), passedBy: passedBy.get(record.id) }),
  );
}
