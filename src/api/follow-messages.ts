// One client's event stream: every followed message as it is now, then again whenever it changed.
// From: the service's watch, which only says whose state changed, or which node's messages are to be read again. To: the client, who gets each message as it then reads.
//
// 1. Nothing is missed: a change that comes while its message is being read marks it once more.
// 2. A slow client costs one mark for each message it follows, however much happens; it sees fewer steps and the newest state.
// 3. A message is never shown older than it was shown before: there is one read at a time.
// 4. It ends with the signal, and then watches nothing.
import type { Timers } from '../base/clock.ts';
import type { StreamEvent } from '../contract/message-event.ts';
import type { MessageId } from '../model/message.ts';
import { ignore, nextChange } from './next-change.ts';
import type { NodeService } from './service.ts';

export interface Follower {
  readonly ids: readonly MessageId[];
  readonly service: Pick<NodeService, 'messages' | 'watch'>;
  /** Resolves when the client has taken the text. */
  readonly write: (text: string) => Promise<void>;
  readonly timers: Timers;
  readonly signal: AbortSignal;
}

/** Messages that are read and written at a time. */
const batchSize = 200;

/** Throws what the service or the client's connection throws. */
export async function followMessages(follower: Follower): Promise<void> {
  const { service, write, signal } = follower;
  /** Where each message goes, and whom this node gives it; empty until it was read. */
  const followed = new Map<MessageId, readonly string[]>(follower.ids.map((id) => [id, []]));
  const changed = new Set(followed.keys());
  let wake: () => void = ignore;
  const unwatch = service.watch((event) => {
    if (event.type === 'lost') {
      for (const [id, names] of followed)
        if (names.length === 0 || event.to === null || names.includes(event.to)) changed.add(id);
    } else if (event.type !== 'errors' && followed.has(event.id)) changed.add(event.id);
    if (changed.size > 0) wake();
  });
  try {
    while (!signal.aborted) {
      if (changed.size === 0) {
        const reason = await nextChange({ ...follower, onWake: (callback) => (wake = callback) });
        if (reason === 'silence') await write(':\n\n');
        continue;
      }
      const batch = take(changed, batchSize);
      const views = await service.messages(batch);
      for (const { id, to, via = [] } of views) followed.set(id, [to, ...via.slice(0, 1)]);
      const found = new Set(views.map(({ id }) => id));
      const lost = batch.filter((id) => !found.has(id));
      for (const id of lost) followed.delete(id);
      const events: readonly StreamEvent[] = [
        ...views.map((message) => ({ type: 'message' as const, message })),
        ...lost.map((id) => ({ type: 'missing' as const, id })),
      ];
      await write(events.map(encodeEvent).join(''));
    }
  } finally {
    unwatch();
  }
}

export function encodeEvent(event: StreamEvent): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}

function take(ids: Set<MessageId>, count: number): readonly MessageId[] {
  const taken: MessageId[] = [];
  for (const id of ids) {
    if (taken.length === count) break;
    taken.push(id);
  }
  for (const id of taken) ids.delete(id);
  return taken;
}
