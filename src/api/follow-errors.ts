// One client's stream of errors: those that have come, or come again, since a change that it names, or since now.
// From: the service's watch, which only says that the list has changed. To: the client, who gets each error as it now stands.
//
// 1. Nothing is missed: a change that comes while the list is being read has it read once more.
// 2. A slow client costs nothing: it is told of an error that has come a thousand times meanwhile once, with its count.
// 3. It ends with the signal, and then watches nothing.
import type { Timers } from '../base/clock.ts';
import type { ErrorsWanted } from '../contract/error-view.ts';
import { encodeEvent } from './follow-messages.ts';
import { ignore, nextChange } from './next-change.ts';
import type { NodeService } from './service.ts';

export interface ErrorFollower {
  readonly wanted: ErrorsWanted;
  /** The last change that the client knows; undefined: whatever there is now. */
  readonly after: number | undefined;
  readonly service: Pick<NodeService, 'errors' | 'changedErrors' | 'watch'>;
  /** Resolves when the client has taken the text. */
  readonly write: (text: string) => Promise<void>;
  readonly timers: Timers;
  readonly signal: AbortSignal;
}

const batchSize = 200;

/** Throws what the service or the client's connection throws. */
export async function followErrors(follower: ErrorFollower): Promise<void> {
  const { service, wanted, write, signal } = follower;
  let changed = true;
  let wake: () => void = ignore;
  const unwatch = service.watch((event) => {
    if (event.type !== 'errors') return;
    changed = true;
    wake();
  });
  try {
    const newest = (await service.errors({})).errors[0]?.changed ?? 0;
    // A change that there has not been is one of a store that is no more: all that is here is news.
    let after = follower.after !== undefined && follower.after > newest ? 0 : (follower.after ?? newest);
    await write(encodeEvent({ type: 'following', after }));
    while (!signal.aborted) {
      if (!changed) {
        const reason = await nextChange({ ...follower, onWake: (callback) => (wake = callback) });
        if (reason === 'silence') await write(':\n\n');
        continue;
      }
      changed = false;
      const errors = await service.changedErrors({ ...wanted, after, limit: batchSize });
      if (errors.length === batchSize) changed = true;
      after = errors.at(-1)?.changed ?? after;
      if (errors.length > 0) await write(errors.map((report) => encodeEvent({ type: 'reported', report })).join(''));
    }
  } finally {
    unwatch();
  }
}
