// steward send: submits a message file, and on request sees its messages through.
import { wentWell, type MessageView } from '../../contract/message-view.ts';
import { StewardError } from '../../model/error.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell } from '../terminal.ts';
import { durationText, exitText, replyText, stateText } from '../text/message-text.ts';
import { printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { openClient } from './open-client.ts';
import { printPreview } from './preview.ts';
import { printSubmitted } from './print-submitted.ts';
import { readNamed } from './read-named.ts';
import { waitForMessages } from './wait-for-messages.ts';

export interface SendOptions extends SocketOption {
  readonly wait?: true;
  readonly json?: true;
  readonly dryRun?: true;
}

export async function sendFile(file: string, options: SendOptions, shell: Shell): Promise<void> {
  const { terminal, exitWith } = shell;
  const client = openClient(options, terminal);
  const bytes = await readNamed(file, { terminal, hint: 'name a message file, or "-" for standard input' });
  if (options.dryRun) {
    const preview = await withFile(file, () => client.preview(bytes));
    return printPreview(preview, { terminal, json: options.json === true });
  }
  const submitted = await withFile(file, () => client.submit(bytes));
  const { ids } = submitted;
  if (options.wait === undefined) return printSubmitted(submitted, { terminal, json: options.json === true });
  if (!options.json) await printSubmitted(submitted, { terminal, json: false });
  let well = 0;
  const onSettled = async (view: MessageView): Promise<void> => {
    if (wentWell(view)) well += 1;
    await terminal.out.write(options.json ? `${printableJson(view)}\n` : settledLine(view));
  };
  const end = await waitForMessages({ client, ids, terminal, onSettled });
  if (end === 'detached') {
    await terminal.err.write(`detached; the messages stay on their way: steward status ${ids[0] ?? ''}\n`);
    return exitWith(exitStatus.interrupted);
  }
  exitWith(well === ids.length ? exitStatus.ok : exitStatus.failed);
}

/** An error's place names the file, which the node never saw. */
async function withFile<T>(file: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof StewardError) || error.code !== 'invalid-message') throw error;
    const place = { ...error.place, file: file === '-' ? 'standard input' : file };
    throw new StewardError(error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      place,
      cause: error,
    });
  }
}

function settledLine(view: MessageView): string {
  const row = [
    view.id,
    view.to,
    view.method,
    stateText(view),
    `exit ${exitText(view)}`,
    durationText(view),
    replyText(view),
  ];
  return table([row]);
}
