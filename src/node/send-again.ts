// Sends messages again, as new ones: one of them, or those of a submission that failed or were not reached.
//
// 1. What succeeded, or is under way, is never sent again by a retry; of what is unknown, which may have run, only on request.
// 2. A new message is the old one in everything but its id; what its node reckons from now on is reckoned anew.
import type { ResendWish, Retried, RetryWish } from '../contract/send-again.ts';
import type { MessageLine } from '../contract/log-line.ts';
import type { Submitted } from '../contract/submission.ts';
import { parseMessageFile } from '../intake/parse-message-file.ts';
import { StewardError } from '../model/error.ts';
import type { Draft } from '../model/message.ts';
import { parseNodeName } from '../model/node-name.ts';
import type { MessageState } from '../model/state.ts';
import type { Store } from '../store/open-store.ts';
import type { MessageHistory } from './message-history.ts';
import { refuseManyBytes } from './refuse-many-bytes.ts';
import { sentMessage } from './sent-message.ts';

export interface SendAgainParts {
  readonly node: string;
  readonly store: Store;
  readonly history: MessageHistory;
  /** Submits messages, all of them or none. */
  readonly take: (drafts: readonly Draft[]) => Promise<Submitted>;
}

const toRetry: ReadonlySet<MessageState> = new Set(['failed', 'timedOut', 'expired', 'rejected']);

/** Throws `not-found`, `not-kept`, `invalid-node-name`, and what `take` throws. */
export async function resend(parts: SendAgainParts, id: string, { to }: ResendWish): Promise<Submitted> {
  const draft = (await fromStore(parts, id)) ?? (await fromLog(parts, id));
  if (to === undefined) return parts.take([draft]);
  // Its way led to another one.
  const { via: _via, ...straight } = draft.message;
  return parts.take([{ ...draft, message: { ...straight, to: parseNodeName(to) } }]);
}

/** Throws the same; then nothing was sent. */
export async function retry(parts: SendAgainParts, id: string, wish: RetryWish): Promise<Retried> {
  const { store } = parts;
  const all = await store.view({ view: 'submission', id });
  if (all.length === 0) {
    // What the store does not have any more, its log may: but not how all of its submission ended.
    await fromLog(parts, id);
    throw new StewardError('not-kept', `the submission of message ${id} is not in the store any more`, {
      hint: `send its messages one by one with "steward resend ID"; "steward log --id ${id}" shows this one`,
    });
  }
  const isChosen = (state: MessageState): boolean =>
    toRetry.has(state) || (state === 'unknown' && wish.unknown === true);
  const chosen = all.filter(({ state }) => isChosen(state));
  const left: Partial<Record<MessageState, number>> = {};
  for (const { state } of all) if (!isChosen(state)) left[state] = (left[state] ?? 0) + 1;
  const told = chosen.map(({ id: old, to, target, state }) => ({ id: old, to: target ?? to, state }));
  if (wish.dryRun === true || chosen.length === 0) return { retried: told, left };
  // Before they are read into memory.
  refuseManyBytes(chosen.reduce((sum, { bodySize }) => sum + bodySize, 0));
  const drafts: Draft[] = [];
  for (const { id: old } of chosen) drafts.push((await fromStore(parts, old)) ?? (await fromLog(parts, old)));
  const { ids, submission } = await parts.take(drafts);
  return {
    retried: told.map((one, index) => ({ ...one, newId: ids[index] ?? '' })),
    left,
    submission,
  };
}

/** Undefined where the store does not have it whole. */
async function fromStore({ store, node }: SendAgainParts, id: string): Promise<Draft | undefined> {
  const found = await store.view({ view: 'sent', id });
  if (found === undefined || found.body === null || found.record.origin !== null) return undefined;
  const { record, body } = found;
  const { id: _id, from: _from, replyTo: _replyTo, ...message } = sentMessage(record, node);
  // Until it is let go it has nothing to bring.
  if (record.answerOf !== null && message.answerOf === undefined) throw noAnswer(id, record.answerOf);
  const [passing] = await store.view({ view: 'passing-on', ids: [id] });
  if (passing === undefined) return { message, body };
  const { id: _ownId, from: _ownFrom, answerOf: _answer, ...passOn } = sentMessage(passing, node);
  return { message, body, passOn: { ...passOn, bodySize: 0 } };
}

async function fromLog({ history }: SendAgainParts, id: string): Promise<Draft> {
  const line = await findQueued(history, id, (one) => one.id === id);
  if (line?.message === undefined) {
    throw new StewardError('not-found', `this node has sent no message ${id}, or does not know it any more`, {
      hint: 'ask the node that it was submitted to',
    });
  }
  if (line.answerOf !== undefined) throw noAnswer(id, line.answerOf);
  if (line.left !== undefined) {
    throw new StewardError(
      'not-kept',
      `the data of message ${id} is ${line.left.bytes} bytes, too large to be kept in the log`,
      { hint: 'send its message file again' },
    );
  }
  const passing = await findQueued(history, line.submission ?? id, ({ answerOf }) => answerOf === id);
  if (passing !== undefined) {
    throw new StewardError(
      'not-kept',
      `the store has message ${id} no more, and its log not how ${passing.to} was to treat the answer`,
      { hint: 'send its message file again' },
    );
  }
  // Every field that a default could fill is in the line (intake/write-message.ts).
  const none = { ackTimeoutMs: 0, retries: -1, methodTimeoutMs: 0, expiresMs: 0 };
  const [draft] = parseMessageFile(Buffer.from(JSON.stringify(line.message)), { defaults: none });
  if (draft !== undefined) return draft;
  throw new StewardError('internal', `the line of message ${id} in the log holds no message`);
}

function noAnswer(id: string, request: string): StewardError {
  return new StewardError('not-kept', `message ${id} takes the answer to ${request} to another node, and has none`, {
    hint: `send that again: "steward resend ${request}"`,
  });
}

/** Of what the log has of a message or a submission. */
async function findQueued(
  history: MessageHistory,
  id: string,
  isWanted: (line: MessageLine) => boolean,
): Promise<MessageLine | undefined> {
  const ending = new AbortController();
  for await (const lines of history.read({ id, follow: false }, ending.signal)) {
    for (const text of lines) {
      const line = JSON.parse(text) as MessageLine;
      if (line.what === 'queued' && isWanted(line)) return line;
    }
  }
  return undefined;
}
