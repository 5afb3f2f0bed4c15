// steward output: what a command wrote, byte for byte; of one whose output comes in parts also while it runs.
import { systemTimers } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import { isSettled, wentWell, type MessageView } from '../../contract/message-view.ts';
import { isMethodName, methodEntry } from '../../model/method-name.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Output, type Shell } from '../terminal.ts';
import { stateText } from '../text/message-text.ts';
import { printableOutput } from '../text/printable.ts';
import { followOutput, type StreamName } from './follow-output.ts';
import { openClient } from './open-client.ts';
import { waitForMessages } from './wait-for-messages.ts';
import { CopyWatch } from './watch-copies.ts';

export interface OutputOptions extends SocketOption {
  readonly follow?: true;
  /** The number of a byte of each stream. */
  readonly from?: number;
}

export async function printOutput(id: string, options: OutputOptions, shell: Shell): Promise<void> {
  const { terminal, exitWith } = shell;
  const client = openClient(options, terminal);
  const from = options.from ?? 0;
  const interrupted = new AbortController();
  const print = async (stream: StreamName, bytes: Uint8Array): Promise<void> => {
    const output: Output = stream === 'stdout' ? terminal.out : terminal.err;
    await output.write(output.isTerminal ? printableOutput(bytes) : bytes);
    if (output.readerGone()) interrupted.abort();
  };
  const untilEnd = options.follow === true;
  const asked = await client.message(id);
  if (asked.method === 'copySrc' && options.from === undefined) return printCopy(client, { asked, untilEnd }, shell);
  if (!comesInParts(asked)) {
    if (
      untilEnd &&
      (await waitForMessages({ client, ids: [id], terminal, onSettled: () => Promise.resolve() })) === 'detached'
    )
      return exitWith(exitStatus.interrupted);
    await print('stdout', await client.output(id, 'stdout', from));
    await print('stderr', await client.output(id, 'stderr', from));
    return exitWith(statusOf(await client.message(id)));
  }
  const stopListening = terminal.onInterrupt(() => interrupted.abort());
  try {
    const { signal } = interrupted;
    const view = await followOutput(client, { id, from, untilEnd, signal, timers: systemTimers, onPiece: print });
    exitWith(view === undefined ? exitStatus.interrupted : statusOf(view));
  } finally {
    stopListening();
  }
}

/** As `steward cp` shows it. */
async function printCopy(
  client: Client,
  of: { readonly asked: MessageView; readonly untilEnd: boolean },
  { terminal, exitWith }: Shell,
): Promise<void> {
  const { asked, untilEnd } = of;
  const { id } = asked;
  const watch = new CopyWatch([asked.args[1] ?? ''], terminal, false);
  const interrupted = new AbortController();
  const stopListening = terminal.onInterrupt(() => interrupted.abort());
  try {
    const onPiece = (stream: StreamName, bytes: Uint8Array): Promise<void> =>
      watch.take({ id, index: 0, stream, text: Buffer.from(bytes).toString() });
    const { signal } = interrupted;
    const view = await followOutput(client, { id, from: 0, untilEnd, signal, timers: systemTimers, onPiece });
    const soFar = watch.soFar(0);
    if (view !== undefined && isSettled(view)) await watch.end(view, 0);
    await watch.close();
    if (view === undefined) return exitWith(exitStatus.interrupted);
    if (!isSettled(view)) await terminal.out.write(`${soFar ?? stateText(view)}\n`);
    exitWith(statusOf(view));
  } finally {
    stopListening();
  }
}

function statusOf(view: MessageView): number {
  return wentWell(view) ? exitStatus.ok : exitStatus.failed;
}

function comesInParts({ method }: MessageView): boolean {
  return isMethodName(method) && methodEntry(method).streams === true;
}
