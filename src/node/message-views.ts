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
  return records.map((record) => messageView(record, { ...around, awaited: awaited?.get(record.ord) }));
}
