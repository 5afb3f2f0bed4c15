// steward run --cached: what is known already, with its age. Nothing is sent.
import type { Client } from '../../client/client.ts';
import type { MessageView } from '../../contract/message-view.ts';
import { exitStatus, type Shell } from '../terminal.ts';
import { printableJson } from '../text/printable.ts';
import { formatSpan } from '../text/time.ts';
import { answerFields, printOutputs, readAnswer } from './print-answer.ts';

export interface CachedOptions {
  readonly json: boolean;
  /** Seconds; absent: of any age. */
  readonly maxAge: number | undefined;
}

/** Exit status 1 where a node has no such answer. */
export async function printCached(
  client: Client,
  file: Uint8Array,
  { options, shell }: { readonly options: CachedOptions; readonly shell: Shell },
): Promise<void> {
  const { terminal, exitWith } = shell;
  let missing = false;
  for (const { to, message } of (await client.lastAnswers(file)).answers) {
    const ageMs = message === undefined ? 0 : Math.max(0, Date.now() - (message.endedAt ?? 0));
    const isOld = options.maxAge !== undefined && ageMs > options.maxAge * 1000;
    if (message === undefined || isOld) {
      missing = true;
      const none = isOld
        ? `no answer younger than that: the last one is ${formatSpan(ageMs)} old`
        : 'no answer is known';
      if (options.json)
        await terminal.out.write(`${printableJson({ node: to, known: false, ...(isOld ? { ageMs } : {}) })}\n`);
      else await terminal.err.write(`${to}: ${none}\n`);
    } else await printKnown(client, message, { ageMs, json: options.json, shell });
  }
  exitWith(missing ? exitStatus.failed : exitStatus.ok);
}

async function printKnown(
  client: Client,
  view: MessageView,
  { ageMs, json, shell }: { readonly ageMs: number; readonly json: boolean; readonly shell: Shell },
): Promise<void> {
  const { out, err } = shell.terminal;
  const answer = await readAnswer(client, view);
  if (json) return out.write(`${printableJson({ ...answerFields(view, answer), known: true, ageMs })}\n`);
  await out.write(`== ${view.to}: ${formatSpan(ageMs)} ago, by ${view.id}\n`);
  await printOutputs(view, { answer, out, err });
}
