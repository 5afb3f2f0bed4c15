// The output of a message of this node, as its answer brought it.
import type { Output } from '../api/service.ts';
import type { MessageId, Outcome } from '../model/message.ts';
import type { Store } from '../store/open-store.ts';

export function readOutput(store: Pick<Store, 'view'>): (id: MessageId) => Promise<Output | undefined> {
  return async (id) => {
    const found = await store.view({ view: 'output', id });
    if (found?.request.outcome == null) return undefined;
    const outcome = JSON.parse(found.request.outcome) as Outcome;
    return {
      outcome,
      stdout: found.body.subarray(0, outcome.stdoutBytes),
      stderr: found.body.subarray(outcome.stdoutBytes),
    };
  };
}
