// steward send: submits a message file, and on request sees its messages through.
import { readFile } from 'node:fs/promises';
import { wentWell, type MessageView } from '../../contract/message-view.ts';
import { maxSubmissionBytes } from '../../contract/api-socket.ts';
import { fileProblem } from '../../base/file-problem.ts';
import { describeError, StewardError } from '../../model/error.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell, type Terminal } from '../terminal.ts';
import { durationText, exitText, replyText, stateText } from '../text/message-text.ts';
import { printableJson } from '../text/printable.ts';
import { table } from '../text/table.ts';
import { openClient } from './open-client.ts';
import { printPreview } from './preview.ts';
import { printSubmitted } from './print-submitted.ts';
import { waitForMessages } from './wait-for-messages.ts';

export interface SendOptions extends SocketOption {
  readonly wait?: true;
  readonly json?: true;
  readonly dryRun?: true;
}

export async function sendFile(file: string, options: SendOptions, shell: Shell): Promise<void> {
  const { terminal, exitWith } = shell;
  const client = openClient(options, terminal);
  const bytes = await read(file, terminal);
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

async function read(file: string, terminal: Terminal): Promise<Uint8Array> {
  if (file === '-') return readInput(terminal.input);
  try {
    return await readFile(file);
  } catch (error) {
    const problem = fileProblem(error, file) ?? `${file} cannot be read: ${describeError(error)}`;
    throw new StewardError('invalid-usage', problem, {
      hint: 'name a message file, or "-" for standard input',
      cause: error,
    });
  }
}

async function readInput(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    size += chunk.length;
    // One byte too many is enough: the client refuses it.
    if (size > maxSubmissionBytes) break;
  }
  return Buffer.concat(chunks, size);
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
