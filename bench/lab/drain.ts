// Many messages at once: how long from intake's answer to the last final state, and to the last reply that was handled.
import { isFinal } from '../../src/model/state.ts';
import type { BenchNode } from './bench-node.ts';
import { submit } from './submit.ts';
import { waitUntil } from './wait-until.ts';

export interface Drained {
  /** Milliseconds from the answer to the last final state. */
  readonly finalMs: number;
  /** Milliseconds from the answer until every reply was handled, too. */
  readonly handledMs: number;
}

/** Throws if one of them does not succeed. */
export async function drain(from: BenchNode, messages: readonly object[]): Promise<Drained> {
  const { client } = from;
  const before = (await client.counts()).counts.succeeded;
  const ids = await submit(from.intake, messages);
  const began = performance.now();
  const last = ids.at(-1);
  if (last === undefined) throw new Error('nothing was submitted');
  // One row is looked at first: to count them all takes the node longer, and is left for the end.
  await waitUntil('the last message to end', 10, async () => isFinal((await client.message(last)).state));
  let finalMs = 0;
  await waitUntil('all messages to end', 10, async () => {
    const { counts, waitingReplies } = await client.counts();
    const open = counts.queued + counts.delivered + counts.running;
    if (open === 0 && finalMs === 0) finalMs = performance.now() - began;
    if (open === 0 && counts.succeeded !== before + messages.length)
      throw new Error(`not all succeeded: ${JSON.stringify(counts)}`);
    return open === 0 && waitingReplies === 0;
  });
  return { finalMs, handledMs: performance.now() - began };
}
