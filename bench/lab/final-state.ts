// Waits for the final state of a message, as its sender's node says it: told by the node's event stream, not asked for again and again.
import type { MessageView } from '../../src/contract/message-view.ts';
import { isFinal } from '../../src/model/state.ts';
import type { BenchNode } from './bench-node.ts';

const boundMs = 120_000;

/** Throws when `signal` ends the waiting, and after two minutes. */
export async function finalState(from: BenchNode, id: string, signal?: AbortSignal): Promise<MessageView> {
  const bound = AbortSignal.timeout(boundMs);
  const until = signal === undefined ? bound : AbortSignal.any([bound, signal]);
  let last: MessageView | undefined;
  for await (const view of from.client.follow([id], { signal: until })) {
    last = view;
    if (isFinal(view.state)) return view;
  }
  throw new Error(`${id} from ${from.name} has not ended: ${last?.state ?? 'never seen'}`);
}
