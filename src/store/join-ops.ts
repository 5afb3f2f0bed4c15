// Joins operations of one kind that follow each other, so that one statement can write them. Pure.
//
// 1. What the joined operations do, in their order, is what the single ones would have done in theirs.
import type { MessageId } from '../model/message.ts';
import type { InboxRecord, OutboxRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import { isNewInbox, isNewOutbox } from './row.ts';

type Op<Name extends StoreOp['op']> = Extract<StoreOp, { op: Name }>;

export type JoinedOps =
  /** New rows, and not more than one statement writes. */
  | { readonly op: 'outbox-add all'; readonly records: OutboxRecord[] }
  | { readonly op: 'inbox-add all'; readonly records: InboxRecord[] }
  | (Omit<Op<'outbox-settle'>, 'op' | 'ord'> & { readonly op: 'outbox-settle all'; readonly ords: number[] })
  | { readonly op: 'outbox-drop all'; readonly ords: number[] }
  /** Without a reason, no message twice, two at least. */
  | { readonly op: 'outbox-answer all'; readonly answers: Map<MessageId, Op<'outbox-answer'>> }
  | (Omit<Op<'outbox-reply'>, 'op' | 'id'> & { readonly op: 'outbox-reply all'; readonly ids: MessageId[] });

/** More gain nothing, and would hold the thread. */
export const rowsAtOnce = 20;

/** Operations that come only joined. */
export type AlwaysJoined = Op<'outbox-settle' | 'outbox-reply'>;

export type Joined = JoinedOps | Exclude<StoreOp, AlwaysJoined>;

export function isJoined(joined: Joined): joined is JoinedOps {
  return joined.op.endsWith(' all');
}

export function joinOps(ops: readonly StoreOp[]): readonly Joined[] {
  const joined: Joined[] = [];
  for (const op of ops) {
    const last = joined.at(-1);
    if (last === undefined || !takesIn(last, op)) joined.push(begin(op));
  }
  return joined.map(unlessAlone);
}

/** A lone answer is written faster by a statement of its own. */
function unlessAlone(joined: Joined): Joined {
  if (joined.op !== 'outbox-answer all' || joined.answers.size > 1) return joined;
  return [...joined.answers.values()][0] ?? joined;
}

function hasRoom({ records }: { readonly records: readonly unknown[] }): boolean {
  return records.length < rowsAtOnce;
}

/** Whether the operation is now a part of the one before it. */
function takesIn(last: Joined, op: StoreOp): boolean {
  if (op.op === 'outbox-add' && last.op === 'outbox-add all' && hasRoom(last) && isNewOutbox(op.record))
    return last.records.push(op.record) > 0;
  if (op.op === 'inbox-add' && last.op === 'inbox-add all' && hasRoom(last) && isNewInbox(op.record))
    return last.records.push(op.record) > 0;
  if (op.op === 'outbox-settle' && last.op === 'outbox-settle all' && isAlike(last, op))
    return last.ords.push(op.ord) > 0;
  if (op.op === 'outbox-reply' && last.op === 'outbox-reply all' && isAlike(last, op)) return last.ids.push(op.id) > 0;
  if (op.op === 'outbox-drop' && last.op === 'outbox-drop all' && op.owner === null) return last.ords.push(op.ord) > 0;
  if (op.op === 'outbox-answer' && last.op === 'outbox-answer all' && op.reason === null && !last.answers.has(op.id))
    return last.answers.set(op.id, op).size > 0;
  return false;
}

interface Change {
  readonly state: string;
  readonly at: number;
  readonly reason: string | null;
}

function isAlike(one: Change, other: Change): boolean {
  return one.state === other.state && one.at === other.at && one.reason === other.reason;
}

function begin(op: StoreOp): Joined {
  if (op.op === 'outbox-add' && isNewOutbox(op.record)) return { op: 'outbox-add all', records: [op.record] };
  if (op.op === 'inbox-add' && isNewInbox(op.record)) return { op: 'inbox-add all', records: [op.record] };
  if (op.op === 'outbox-drop' && op.owner === null) return { op: 'outbox-drop all', ords: [op.ord] };
  if (op.op === 'outbox-answer' && op.reason === null)
    return { op: 'outbox-answer all', answers: new Map([[op.id, op]]) };
  if (op.op === 'outbox-settle') {
    const { ord, ...change } = op;
    return { ...change, op: 'outbox-settle all', ords: [ord] };
  }
  if (op.op === 'outbox-reply') {
    const { id, ...change } = op;
    return { ...change, op: 'outbox-reply all', ids: [id] };
  }
  return op;
}
