// Output of one message as it comes, from a byte on, until the message and its parts have come to their end.
//
// 1. Memory: one piece (1 MiB at most), whatever the size of the output.
// 2. Nothing is left out, and nothing comes twice: each piece begins where the one before it ended.
import type { Client } from '../../client/client.ts';
import { isSettled, type MessageView } from '../../contract/message-view.ts';
import type { Timers } from '../../base/clock.ts';
import { pause } from '../../base/pause.ts';
import { StewardError } from '../../model/error.ts';

export type StreamName = 'stdout' | 'stderr';

export interface Followed {
  readonly id: string;
  readonly from: number;
  /** Looks again and again, until the end. Otherwise it takes what is there. */
  readonly untilEnd: boolean;
  readonly signal: AbortSignal;
  readonly timers: Timers;
  readonly onPiece: (stream: StreamName, bytes: Uint8Array) => Promise<void>;
  /** The message as it is at each look, where it has not ended. */
  readonly onLook?: (view: MessageView) => Promise<void>;
}

const lookAgainMs = 100;
/** Of what has ended, all parts have been handled soon; what was lost on its way is not waited for. */
const lastPartsWithinMs = 5_000;

/** The message as it was last; undefined where the signal came first. Throws what the client throws. */
export async function followOutput(client: Client, followed: Followed): Promise<MessageView | undefined> {
  const { id, untilEnd, signal, onPiece } = followed;
  const next = { stdout: followed.from, stderr: followed.from };
  const readOn = async (stream: StreamName): Promise<boolean> => {
    let found = false;
    for (;;) {
      const bytes = await client.output(id, stream, next[stream]);
      if (bytes.length === 0 || signal.aborted) return found;
      next[stream] += bytes.length;
      found = true;
      await onPiece(stream, bytes);
    }
  };
  let waited = 0;
  let hasAnswered = false;
  const look = async (): Promise<MessageView | undefined> => {
    // In this order: what is there when a message has ended is all there is, but for parts that are still on their way.
    const view = await client.message(id);
    hasAnswered = true;
    const found = [await readOn('stdout'), await readOn('stderr')].includes(true);
    if (!untilEnd) return view;
    if (!isSettled(view)) await followed.onLook?.(view);
    if (isSettled(view) && (isWhole(view, next) || waited >= lastPartsWithinMs)) return view;
    waited = found || !isSettled(view) ? 0 : waited + lookAgainMs;
    return undefined;
  };
  while (!signal.aborted) {
    try {
      const view = await look();
      if (view !== undefined) return view;
    } catch (error) {
      // The node is started again, and knows where its message is.
      if (!untilEnd || !hasAnswered || !(error instanceof StewardError) || error.code !== 'not-running') throw error;
    }
    await pause(followed.timers, lookAgainMs, signal);
  }
  return undefined;
}

function isWhole({ outcome }: MessageView, next: Readonly<Record<StreamName, number>>): boolean {
  const { streamed, attempts = 1 } = outcome ?? {};
  // Of several runs the counts are those of the last.
  return (
    streamed !== undefined &&
    attempts === 1 &&
    next.stdout >= streamed.stdoutBytes &&
    next.stderr >= streamed.stderrBytes
  );
}
