// The last known answers to commands, from what this node keeps: nothing is sent.
//
// From: service.ts, with drafts that are not submitted. To: the store's views, page by page, the newest first.
// 1. The same question has the same receiver, method, arguments, data and settings; how it is delivered and treated does not count.
// 2. So many rows are looked at, and no more; nobody else waits for it longer than for one page.
import { isDeepStrictEqual } from 'node:util';
import type { MessageView } from '../contract/message-view.ts';
import type { LastAnswers } from '../contract/submission.ts';
import type { Parsed } from '../intake/parse-message-file.ts';
import { StewardError } from '../model/error.ts';
import type { Draft, Message } from '../model/message.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { Store } from '../store/open-store.ts';
import { sentMessage } from './sent-message.ts';

/** Rows that a question looks through at a time, and in all. */
const stepOrds = 4096;
const mostOrds = 50 * stepOrds;
const pageRows = 128;

export interface AnswerParts {
  readonly store: Store;
  readonly node: string;
  readonly asViews: (records: readonly OutboxRecord[]) => Promise<readonly MessageView[]>;
}

/** For each node, in their order. Throws `invalid-usage`. */
export async function lastAnswers({ drafts, counts }: Parsed, parts: AnswerParts): Promise<LastAnswers> {
  if (counts.length !== 1)
    throw new StewardError('invalid-usage', 'answers are looked for to one message at a time', {
      hint: 'it may name several nodes',
    });
  const found = await findLast(drafts, parts);
  const views = new Map((await parts.asViews([...found.values()])).map((view) => [view.to, view]));
  return {
    answers: drafts.map(({ message: { to } }) => {
      const message = views.get(to);
      return message === undefined ? { to } : { to, message };
    }),
  };
}

/** By receiver. */
async function findLast(
  drafts: readonly Draft[],
  { store, node }: AnswerParts,
): Promise<ReadonlyMap<string, OutboxRecord>> {
  const found = new Map<string, OutboxRecord>();
  const { outbox: last } = await store.view({ view: 'last-ords' });
  const [first] = drafts;
  const nodes = new Set(drafts.map(({ message }) => message.to));
  for (let upToOrd = last; first !== undefined && upToOrd > Math.max(0, last - mostOrds);) {
    const afterOrd = upToOrd - stepOrds;
    const { method } = first.message;
    const rows = await store.view({ view: 'answered', method, afterOrd, upToOrd, limit: pageRows });
    for (const record of rows) {
      const to = record.target ?? record.to;
      if (!nodes.has(to) || found.has(to)) continue;
      if (await isSame(record, { draft: first, store, node })) found.set(to, record);
    }
    if (found.size === nodes.size) break;
    upToOrd = rows.length < pageRows ? afterOrd : (rows.at(-1)?.ord ?? afterOrd) - 1;
  }
  return found;
}

async function isSame(
  record: OutboxRecord,
  { draft, store, node }: Pick<AnswerParts, 'store' | 'node'> & { readonly draft: Draft },
): Promise<boolean> {
  if (record.bodySize !== draft.body.length) return false;
  if (!isDeepStrictEqual(asked(sentMessage(record, node)), asked(draft.message))) return false;
  if (record.bodySize === 0) return true;
  const sent = await store.view({ view: 'sent', id: record.id });
  return sent?.body != null && Buffer.compare(sent.body, draft.body) === 0;
}

function asked({
  method,
  args,
  settings = {},
  stdinFile,
  detach,
}: Pick<Message, 'method' | 'args' | 'settings' | 'stdinFile' | 'detach'>): object {
  return { method, args, settings: { ...settings }, stdinFile, detach };
}
