// Output that came in parts, for people: a piece of what is kept of it, whether its method has ended or not.
import { StewardError } from '../model/error.ts';
import type { MessageId, Outcome } from '../model/message.ts';
import { methodEntry } from '../model/method-name.ts';
import type { NodeName } from '../model/node-name.ts';
import type { Store } from '../store/open-store.ts';
import type { KeptOutput } from './kept-output.ts';
import { sentMessage } from './sent-message.ts';

/** Undefined where there is no such message, or its output does not come in parts. Throws `invalid-usage` where they went elsewhere. */
export async function streamedOutput(
  { node, store, kept }: { readonly node: NodeName; readonly store: Store; readonly kept: KeptOutput },
  of: { readonly id: MessageId; readonly stream: 'stdout' | 'stderr'; readonly from: number },
): Promise<Uint8Array | undefined> {
  const [record] = await store.view({ view: 'messages', ids: [of.id] });
  if (record === undefined) return undefined;
  const { method, reply, largeOutput } = sentMessage(record, node);
  const { streamed } = (record.outcome === null ? {} : JSON.parse(record.outcome)) as Partial<Outcome>;
  const place = { to: record.target ?? record.to, id: of.id };
  // Of a command its outcome says so; where that is not there, or is not known, what has come of it. An earlier run may have left something.
  const isSaid = methodEntry(method).streams === true || streamed !== undefined;
  const isOpen = record.outcome === null || record.state === 'unknown';
  if (!isSaid && !(largeOutput === true && isOpen && (await kept.has(place)))) return undefined;
  if (reply !== undefined && reply.method !== 'none')
    throw new StewardError(
      'invalid-usage',
      `the output of ${of.id} is not kept here: each part of it went to ${reply.method}${record.replyState === 'failed' ? ', which failed' : ''}`,
      {
        hint: 'with replyMethod none it is kept for steward output',
      },
    );
  const bytes = await kept.read({ ...of, ...place });
  const all = streamed?.[of.stream === 'stdout' ? 'stdoutBytes' : 'stderrBytes'] ?? 0;
  // All parts have been written, or have failed to be.
  if (of.from === 0 && bytes.length === 0 && all > 0 && record.replyState === 'handled')
    throw new StewardError('not-kept', `the output of ${of.id}, ${all} bytes, is not there any more`, {
      hint: 'it goes with age (KeepMessages), and where it is too much (StoreQuota)',
    });
  return bytes;
}
