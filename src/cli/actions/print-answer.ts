// What a node answered to `steward run`.
import type { Client } from '../../client/client.ts';
import type { MessageView } from '../../contract/message-view.ts';
import { systemTimers } from '../../base/clock.ts';
import { StewardError } from '../../model/error.ts';
import type { Output, Terminal } from '../terminal.ts';
import { followOutput, type StreamName } from './follow-output.ts';
import { stateText } from '../text/message-text.ts';
import { printableJson, printableOutput } from '../text/printable.ts';

export interface Answer {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Of output that came in parts so much is held at once; of more, it is told where it is. */
const mostHeld = 64 * 1024 * 1024;

const nothing = new Uint8Array();

/** Asks only for the streams that hold something. Throws `too-large` for more than is held at once. */
export async function readAnswer(client: Client, view: MessageView): Promise<Answer> {
  const { stdoutBytes = 0, stderrBytes = 0, streamed } = view.outcome ?? {};
  if (streamed !== undefined) return readParts(client, view);
  return {
    stdout: stdoutBytes > 0 ? await client.output(view.id, 'stdout') : nothing,
    stderr: stderrBytes > 0 ? await client.output(view.id, 'stderr') : nothing,
  };
}

async function readParts(client: Client, { id, outcome }: MessageView): Promise<Answer> {
  const { stdoutBytes = 0, stderrBytes = 0 } = outcome?.streamed ?? {};
  if (stdoutBytes + stderrBytes > mostHeld)
    throw new StewardError('too-large', `the output of ${id} has ${stdoutBytes + stderrBytes} bytes`, {
      hint: `steward output ${id} prints it as it is`,
    });
  const pieces = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const onPiece = (stream: StreamName, bytes: Uint8Array): Promise<void> => {
    pieces[stream].push(bytes);
    return Promise.resolve();
  };
  await followOutput(client, { id, from: 0, untilEnd: true, signal: never, timers: systemTimers, onPiece });
  return { stdout: Buffer.concat(pieces.stdout), stderr: Buffer.concat(pieces.stderr) };
}

const never = new AbortController().signal;

/** The same of output that came in parts, piece by piece, of any size. */
export async function printParts(
  client: Client,
  view: MessageView,
  { out, err }: Pick<Terminal, 'out' | 'err'>,
): Promise<void> {
  await out.write(`== ${view.to}: ${stateText(view)}\n`);
  let last: Uint8Array = nothing;
  let hasErrors = false;
  const onPiece = async (stream: StreamName, bytes: Uint8Array): Promise<void> => {
    const output = stream === 'stdout' ? out : err;
    if (stream === 'stderr' && !hasErrors) await err.write(`== ${view.to}: stderr\n`);
    if (stream === 'stderr') hasErrors = true;
    else last = bytes;
    await output.write(output.isTerminal ? printableOutput(bytes) : bytes);
  };
  const untilEnd = view.outcome?.streamed !== undefined;
  await followOutput(client, { id: view.id, from: 0, untilEnd, signal: never, timers: systemTimers, onPiece });
  if (last.length > 0 && last.at(-1) !== 10) await out.write('\n');
}

/** stdout under the name of the node, stderr under its name on stderr. */
export async function printAnswer(view: MessageView, to: { answer: Answer; out: Output; err: Output }): Promise<void> {
  await to.out.write(`== ${view.to}: ${stateText(view)}\n`);
  await printOutputs(view, to);
}

export async function printOutputs(
  view: MessageView,
  { answer, out, err }: { answer: Answer; out: Output; err: Output },
): Promise<void> {
  await printOutput(answer.stdout, out);
  if (answer.stderr.length > 0) await err.write(`== ${view.to}: stderr\n`);
  await printOutput(answer.stderr, err);
}

/** As it is, but for a terminal; what does not end with a line end gets one, so that the next heading stands alone. */
async function printOutput(bytes: Uint8Array, output: Output): Promise<void> {
  if (bytes.length === 0) return;
  await output.write(output.isTerminal ? printableOutput(bytes) : bytes);
  if (bytes.at(-1) !== 10) await output.write('\n');
}

/** One line of JSON. */
export function answerJson(view: MessageView, answer: Answer): string {
  return printableJson(answerFields(view, answer));
}

export function answerFields(view: MessageView, answer: Answer): object {
  return {
    node: view.to,
    id: view.id,
    state: view.state,
    ...(view.reason === undefined ? {} : { reason: view.reason }),
    ...view.outcome,
    ...textOrBase64('stdout', answer.stdout),
    ...textOrBase64('stderr', answer.stderr),
  };
}

function textOrBase64(name: 'stdout' | 'stderr', bytes: Uint8Array): Record<string, string> {
  try {
    return { [name]: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    // Not UTF-8: JSON cannot hold it as text.
    return { [`${name}Base64`]: Buffer.from(bytes).toString('base64') };
  }
}
