// What a copy asks of the node that gets the files: requests of its own, in custody as any other.
import type { Draft } from '../../model/message.ts';
import type { MessageState } from '../../model/state.ts';
import { decode } from '../../base/decode.ts';
import { inputId } from '../../model/input-name.ts';
import { lookedSchema, missedSchema, type Look, type Looked, type Write } from './copy-words.ts';

export interface Answer {
  readonly state: MessageState;
  readonly reason: string | undefined;
  readonly stdout: Uint8Array;
}

/** Resolves when the other node's answer is there, however long that takes; rejects when the signal is aborted, and what has not been answered is taken back. */
export type AskOther = (draft: Draft, signal: AbortSignal) => Promise<Answer>;

/** Whatever it is asked is answered in its own time. */
const noLimit = -1;

export interface Target {
  readonly ask: AskOther;
  readonly to: string;
  /** As the copy itself, through the same nodes. */
  readonly like: Pick<Draft['message'], 'priority' | 'via' | 'expiresMs'>;
  readonly signal: AbortSignal;
}

export type WriteEnd = 'written' | 'again' | { readonly problem: string };

/** Throws an error that says why there is no answer to go on with. */
export async function look(target: Target, what: Look): Promise<Looked> {
  // A node that keeps no inputs must not take its name for a path.
  const verb = inputId(what.target) === undefined ? 'look' : 'input';
  const answer = await ask(target, { args: [verb], body: Buffer.from(JSON.stringify(what)) });
  if (answer.state !== 'succeeded') throw new Error(`${target.to}: ${answer.reason ?? answer.state}`);
  const looked = decode(lookedSchema, Buffer.from(answer.stdout).toString());
  if (looked?.standings.length !== what.entries.length)
    throw new Error(`${target.to} gave an answer that this version does not understand`);
  return looked;
}

/** again: less of the file is there than it should, or nobody knows. */
export async function write(target: Target, what: Write, bytes: Uint8Array): Promise<WriteEnd> {
  const { state, reason = state, stdout } = await ask(target, { args: ['write', JSON.stringify(what)], body: bytes });
  if (state === 'succeeded') return 'written';
  if (state === 'unknown' || decode(missedSchema, Buffer.from(stdout).toString()) !== undefined) return 'again';
  return { problem: reason };
}

function ask(
  { ask: askOther, to, like, signal }: Target,
  of: { readonly args: readonly string[]; readonly body: Uint8Array },
): Promise<Answer> {
  const message = {
    ...like,
    to,
    method: 'copyDst',
    args: of.args,
    unordered: false,
    rerun: 'always',
    ackTimeoutMs: 10_000,
    retries: -1,
    retryWaitMs: 0,
    methodTimeoutMs: noLimit,
    directory: '',
    fileName: '',
    bodySize: of.body.length,
  } as const;
  return askOther({ message, body: of.body }, signal);
}
