// Waits until messages have ended and their replies were handled, or until the person at the terminal has waited enough.
import type { Timers } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import { isSettled, type MessageView } from '../../contract/message-view.ts';
import { describeError } from '../../model/error.ts';
import type { Terminal } from '../terminal.ts';
import { createProgress } from '../text/progress.ts';
import { stateText } from '../text/message-text.ts';

export interface Waiting {
  readonly client: Client;
  readonly ids: readonly string[];
  readonly terminal: Terminal;
  /** Called once for each message, one at a time, in the order in which they settle. */
  readonly onSettled: (view: MessageView) => Promise<void>;
  /** Waits no longer than this. */
  readonly within?: { readonly ms: number; readonly timers: Timers };
}

/** Nodes that the line of progress names. */
const namedAtMost = 3;

/** `detached`: Ctrl-C came first, `late`: the time was over; the messages stay on their way. */
export async function waitForMessages(options: Waiting): Promise<'settled' | 'detached' | 'late'> {
  const { client, terminal, onSettled, within } = options;
  const open = new Map<string, MessageView | undefined>(options.ids.map((id) => [id, undefined]));
  const interrupted = new AbortController();
  const stopListening = terminal.onInterrupt(() => interrupted.abort());
  let isLate = false;
  const cancelLate = within?.timers.after(within.ms, () => {
    isLate = true;
    interrupted.abort();
  });
  const progress = createProgress(terminal.err);
  const away = (error: Error | undefined): void => {
    if (error !== undefined) void progress.show(() => `the node is away, waiting for it: ${describeError(error)}`);
  };
  try {
    for await (const view of client.follow(options.ids, { signal: interrupted.signal, onAway: away })) {
      if (!open.has(view.id)) continue;
      if (isSettled(view)) {
        open.delete(view.id);
        await progress.clear();
        await onSettled(view);
        if (open.size === 0) return 'settled';
      } else {
        open.set(view.id, view);
      }
      await progress.show(() => progressText(open, options.ids.length));
    }
    return isLate ? 'late' : 'detached';
  } finally {
    cancelLate?.();
    stopListening();
    await progress.clear();
  }
}

function progressText(open: ReadonlyMap<string, MessageView | undefined>, total: number): string {
  const known: string[] = [];
  for (const view of open.values()) {
    if (view !== undefined) known.push(`${view.to} ${waitText(view)}`);
    if (known.length === namedAtMost) break;
  }
  return `waiting for ${open.size} of ${total}: ${known.join('; ')}${open.size > known.length ? '; …' : ''}`;
}

function waitText(view: MessageView): string {
  return view.outcome === undefined ? stateText(view) : `${view.state}, its reply is on its way`;
}
