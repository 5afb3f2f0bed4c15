// What a node answered to `steward run`.
import type { Client } from '../../client/client.ts';
import type { MessageView } from '../../contract/message-view.ts';
import type { Output } from '../terminal.ts';
import { stateText } from '../text/message-text.ts';
import { printableJson, printableOutput } from '../text/printable.ts';

export interface Answer {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** Asks only for the streams that hold something. */
export async function readAnswer(client: Client, view: MessageView): Promise<Answer> {
  const nothing = new Uint8Array();
  const { stdoutBytes = 0, stderrBytes = 0 } = view.outcome ?? {};
  return {
    stdout: stdoutBytes > 0 ? await client.output(view.id, 'stdout') : nothing,
    stderr: stderrBytes > 0 ? await client.output(view.id, 'stderr') : nothing,
  };
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
