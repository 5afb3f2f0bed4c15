// Retention in the store in memory: the same contract as finished.ts and prune.ts.
import { inlineBodyBytes } from '../model/message.ts';
import type { InboxRecord, OutboxRecord } from '../model/record.ts';
import { isFinal } from '../model/state.ts';
import type { FinishedPage, StoreOp, StoreQuery } from '../model/store-op.ts';
import { hasAccepted, ownerKey, type Tables } from './memory-tables.ts';

/** What a row, or a piece, takes here: the quota of a simulated node counts rows. */
const bytesOfRow = 1024;

export function rowBytes({ outbox, inbox, pieces }: Tables): number {
  let rows = outbox.size + inbox.size;
  for (const numbers of pieces.values()) rows += numbers.size;
  return rows * bytesOfRow;
}

export function finishedRows(
  tables: Tables,
  { box, afterOrd, limit }: StoreQuery & { query: 'finished' },
): FinishedPage {
  const table: ReadonlyMap<number, unknown> = tables[box];
  const ords = [...table.keys()]
    .filter((ord) => ord > afterOrd)
    .sort((a, b) => a - b)
    .slice(0, limit);
  return {
    found: ords
      .filter((ord) => (box === 'outbox' ? isPrunableRequest(tables, ord) : isPrunableEntry(tables, ord)))
      .map((ord) => ({ ord, doneAt: tables.doneAt[box].get(ord) ?? 0, bytes: bytesOf(tables, box, ord) })),
    looked: ords.length,
    through: ords.at(-1) ?? afterOrd,
    isEnd: ords.length < limit,
  };
}

function bytesOf({ outbox, inbox }: Tables, box: 'outbox' | 'inbox', ord: number): number {
  const size = (row: { readonly bodySize: number } | undefined): number =>
    row === undefined ? 0 : bytesOfRow + row.bodySize;
  return box === 'inbox'
    ? size(inbox.get(ord))
    : size(outbox.get(ord)) + size(inbox.get(outbox.get(ord)?.answerOrd ?? 0));
}

export function pruneRows(tables: Tables, op: StoreOp & { op: 'outbox-prune' | 'inbox-prune' }): void {
  if (op.op === 'inbox-prune') return pruneEntries(tables, op.ords);
  const gone = op.ords.flatMap((ord) => {
    const record = isPrunableRequest(tables, ord) ? tables.outbox.get(ord) : undefined;
    return record === undefined ? [] : [record];
  });
  keepLast(tables, 'lastOutboxOrd', gone);
  for (const { ord, id, bodySize } of gone) {
    tables.outbox.delete(ord);
    tables.doneAt.outbox.delete(ord);
    if (bodySize > inlineBodyBytes) tables.pieces.delete(ownerKey({ box: 'out', sender: op.node, id }));
  }
  pruneEntries(
    tables,
    gone.flatMap(({ answerOrd }) => answerOrd ?? []),
  );
}

function pruneEntries(tables: Tables, ords: readonly number[]): void {
  const gone = ords.flatMap((ord) => {
    const record = isPrunableEntry(tables, ord) ? tables.inbox.get(ord) : undefined;
    return record === undefined ? [] : [record];
  });
  keepLast(tables, 'lastInboxOrd', gone);
  for (const { ord } of gone) {
    tables.inbox.delete(ord);
    tables.doneAt.inbox.delete(ord);
  }
  for (const { from, id, bodySize } of gone) {
    const isShared = hasAccepted(tables.inbox.values(), { from, id }) || tables.transfers.has(`${from}/${id}`);
    if (bodySize > inlineBodyBytes && !isShared) tables.pieces.delete(ownerKey({ box: 'in', sender: from, id }));
  }
}

function isPrunableRequest({ outbox }: Tables, ord: number): boolean {
  const record = outbox.get(ord);
  return record !== undefined && isFinishedRequest(record);
}

/** The lane has settled it, it has ended, and its answer was handled. */
export function isFinishedRequest({ open, isReply, origin, state, replyState }: OutboxRecord): boolean {
  return !open && !isReply && origin === null && isFinal(state) && replyState !== 'pending';
}

function isPrunableEntry({ inbox, outbox }: Tables, ord: number): boolean {
  const record = inbox.get(ord);
  if (record === undefined || record.state !== 'ended') return false;
  const request = requestOf(record);
  if (request === undefined) return true;
  for (const { id, isReply, answerOrd } of outbox.values())
    if (id === request && !isReply && answerOrd === ord) return false;
  return true;
}

function requestOf({ lane, head }: InboxRecord): string | undefined {
  if (!lane.includes('<')) return undefined;
  try {
    return (JSON.parse(head) as { readonly q?: { readonly i?: string } } | null)?.q?.i;
  } catch {
    // A head that is no JSON, as only a test has, answers nothing.
    return undefined;
  }
}

/** No order is given twice. */
function keepLast({ meta }: Tables, key: string, gone: readonly { readonly ord: number }[]): void {
  if (gone.length === 0) return;
  meta.set(key, String(Math.max(Number(meta.get(key) ?? 0), ...gone.map(({ ord }) => ord))));
}
