// What may be pruned, and how much room the database takes (flow/retain.ts asks).
//
// 1. A page looks at so many rows, by their order, and not for so many: no question reads through the whole store.
import type { FinishedPage, Space, StoreQuery } from '../model/store-op.ts';
import { isFinal, messageStates } from '../model/state.ts';
import type { SqliteStore } from './sqlite-store.ts';

export const finalStates = messageStates
  .filter(isFinal)
  .map((state) => `'${state}'`)
  .join(',');

/** The lane has settled it, it has ended, and its answer was handled. */
export const isDone = {
  outbox: `open = 0 AND isReply = 0 AND origin IS NULL AND state IN (${finalStates}) AND replyState IS NOT 'pending'`,
  /** An answer belongs to the request that points to it. */
  inbox: `state = 'ended' AND NOT (instr(lane, '<') > 0 AND json_valid(head) AND EXISTS (
    SELECT 1 FROM outbox WHERE outbox.id = json_extract(inbox.head, '$.q.i') AND isReply = 0 AND answerOrd = inbox.ord))`,
} as const;

type Box = keyof typeof isDone;

/** Of a request also what its answer takes; a row takes 1 KiB beside its body. */
const rowBytes = 1024;
const answerSize = {
  outbox: ` + coalesce((SELECT ${rowBytes} + inbox.bodySize FROM inbox WHERE inbox.ord = answerOrd), 0)`,
  inbox: '',
} as const;

const pageOf = (box: Box): string =>
  `SELECT ord, CASE WHEN ${isDone[box]} THEN doneAt END AS doneAt, bodySize${answerSize[box]} AS size FROM ${box} WHERE ord > ? ORDER BY ord LIMIT ?`;
const pages = { outbox: pageOf('outbox'), inbox: pageOf('inbox') } as const;

export function finishedPage(
  store: SqliteStore,
  { box, afterOrd, limit }: StoreQuery & { query: 'finished' },
): FinishedPage {
  const rows = store.all(pages[box], afterOrd, limit);
  return {
    found: rows.flatMap(({ ord, doneAt, size }) =>
      doneAt === null || doneAt === undefined
        ? []
        : [{ ord: Number(ord), doneAt: Number(doneAt), bytes: rowBytes + Number(size) }],
    ),
    looked: rows.length,
    through: Number(rows.at(-1)?.['ord'] ?? afterOrd),
    isEnd: rows.length < limit,
  };
}

export function space(store: SqliteStore): Space {
  const [pageBytes, pagesInFile, free] = ['page_size', 'page_count', 'freelist_count'].map((name) =>
    Number(store.get(`PRAGMA ${name}`)?.[name] ?? 0),
  ) as [number, number, number];
  return { used: (pagesInFile - free) * pageBytes, file: pagesInFile * pageBytes };
}
