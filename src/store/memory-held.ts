// Messages that wait for others to succeed, in the store in memory: what held-tables.ts is on disk.
import { isHeldLane } from '../model/lane.ts';
import { isFinal, type MessageState } from '../model/state.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { MessageId } from '../model/message.ts';
import type { Answered, LetGo, StoreOp } from '../model/store-op.ts';
import { awaitedEnd } from './held-rows.ts';
import type { Tables } from './memory-tables.ts';

/** By order of the message that waits. */
export type HeldRows = Map<number, { readonly awaits: Set<string>; ended: string | null }>;

const isOwn = ({ isReply, origin }: OutboxRecord): boolean => !isReply && origin === null;

/** The states before an operation, of what may be waited for. */
export function statesOf({ held, outbox }: Tables): ReadonlyMap<number, MessageState> | undefined {
  return held.size === 0 ? undefined : new Map([...outbox.values()].map(({ ord, state }) => [ord, state]));
}

/** What an operation has ended is noted. */
export function noteEnds({ held, outbox }: Tables, before: ReadonlyMap<number, MessageState> | undefined): void {
  if (before === undefined) return;
  for (const [ord, was] of before) {
    const record = outbox.get(ord);
    if (record !== undefined && record.state !== was && isOwn(record) && isFinal(record.state)) {
      for (const row of held.values())
        if (row.awaits.delete(record.id) && record.state !== 'succeeded') addEnd(row, `${record.id} ${record.state}`);
    }
  }
  for (const ord of held.keys()) if (outbox.get(ord)?.open !== true) held.delete(ord);
}

function addEnd(row: { ended: string | null }, end: string): void {
  row.ended = row.ended === null || end < row.ended ? end : row.ended;
}

export function hold({ held, outbox }: Tables, { ord, after }: StoreOp & { op: 'outbox-hold' }): void {
  const waiting = outbox.get(ord);
  if (waiting?.open !== true || !isHeldLane(waiting.lane)) return;
  const row = { awaits: new Set<string>(), ended: null };
  for (const id of after) {
    const found = [...outbox.values()]
      .sort((one, other) => one.ord - other.ord)
      .find((record) => record.id === id && isOwn(record));
    if (found !== undefined && !isFinal(found.state)) row.awaits.add(id);
    else if (found?.state !== 'succeeded') addEnd(row, `${id} ${found?.state ?? 'forgotten'}`);
  }
  held.set(ord, row);
}

export function release({ held, outbox, doneAt }: Tables, op: StoreOp & { op: 'outbox-release' }): void {
  const { ord, newOrd, lane, deadline, filled } = op;
  const [row, record] = [held.get(ord), outbox.get(ord)];
  if (row === undefined || record === undefined || row.awaits.size > 0) return;
  if (row.ended !== null && filled === undefined) return;
  held.delete(ord);
  outbox.delete(ord);
  outbox.set(newOrd, { ...record, ...filled, ord: newOrd, lane, deadline, heldAs: ord });
  const done = doneAt.outbox.get(ord);
  doneAt.outbox.delete(ord);
  if (done !== undefined) doneAt.outbox.set(newOrd, done);
}

function answerTo({ outbox, inbox }: Tables, id: MessageId): Answered | undefined {
  const request = [...outbox.values()]
    .sort((one, other) => one.ord - other.ord)
    .find((record) => record.id === id && isOwn(record));
  const answer = inbox.get(request?.answerOrd ?? -1);
  return request === undefined || answer === undefined ? undefined : { request, answer };
}

export function letGo(tables: Tables, limit: number): readonly LetGo[] {
  const { held, outbox } = tables;
  return [...held]
    .filter(([, { awaits, ended }]) => awaits.size === 0 || ended !== null)
    .sort(([one], [other]) => one - other)
    .slice(0, limit)
    .flatMap(([ord, { ended }]) => {
      const record = outbox.get(ord);
      if (record === undefined) return [];
      const answered = record.answerOf === null ? undefined : answerTo(tables, record.answerOf);
      return [{ record, failed: awaitedEnd(ended), answered }];
    });
}
