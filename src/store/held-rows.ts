// Messages that wait for others to succeed, in the store on disk (held-tables.ts).
//
// From: sqlite-store.ts, within a transaction, and whoever asks. What ends meanwhile is noted by the triggers of the tables.
import { isFinal, type MessageState } from '../model/state.ts';
import type { MessageId } from '../model/message.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { Answered, AwaitedEnd, LetGo, StoreOp } from '../model/store-op.ts';
import type { Row, SqlValue } from './driver.ts';
import { isHeld } from './held-tables.ts';
import { inboxRecord, outboxRecord } from './row.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { bytesOrNull, numberOrNull, text, textOrNull } from './value.ts';

interface HoldParts {
  readonly run: (sql: string, ...values: SqlValue[]) => void;
  readonly get: (sql: string, ...values: SqlValue[]) => Row | undefined;
}

export function hold({ ord, after }: StoreOp & { op: 'outbox-hold' }, { run, get }: HoldParts): void {
  if (get(`SELECT 1 FROM outbox WHERE ord = ? AND open = 1 AND ${isHeld}`, ord) === undefined) return;
  run('DELETE FROM awaits WHERE ord = ?', ord);
  let waits = 0;
  const ends: string[] = [];
  for (const id of new Set(after)) {
    const row = get('SELECT state FROM outbox WHERE id = ? AND isReply = 0 AND origin IS NULL ORDER BY ord', id);
    const state = (row === undefined ? 'forgotten' : row['state']) as AwaitedEnd['state'];
    if (state !== 'forgotten' && !isFinal(state)) {
      run('INSERT INTO awaits (id, ord) VALUES (?, ?)', id, ord);
      waits += 1;
    } else if (state !== 'succeeded') ends.push(`${id} ${state}`);
  }
  run('INSERT OR REPLACE INTO held (ord, waits, ended) VALUES (?, ?, ?)', ord, waits, ends.sort()[0] ?? null);
}

export function release(op: StoreOp & { op: 'outbox-release' }, { run, get }: HoldParts): void {
  const { ord, newOrd, lane, deadline, filled } = op;
  const may = filled === undefined ? 'AND ended IS NULL' : '';
  if (get(`SELECT 1 FROM held WHERE ord = ? AND waits = 0 ${may}`, ord) === undefined) return;
  run('DELETE FROM held WHERE ord = ?', ord);
  run('UPDATE outbox SET ord = ?, lane = ?, deadline = ?, heldAs = ord WHERE ord = ?', newOrd, lane, deadline, ord);
  if (filled === undefined) return;
  const { head, body, bodySize } = filled;
  run(
    'UPDATE outbox SET head = ?, headSize = ?, body = ?, bodySize = ? WHERE ord = ?',
    head,
    head.length,
    bytesOrNull(body),
    bodySize,
    newOrd,
  );
}

export function letGo(store: SqliteStore, limit: number): readonly LetGo[] {
  return store
    .all(
      `SELECT outbox.*, held.ended AS ended FROM held JOIN outbox ON outbox.ord = held.ord
       WHERE waits = 0 OR ended IS NOT NULL ORDER BY held.ord LIMIT ?`,
      limit,
    )
    .map((row) => {
      const record = outboxRecord(row);
      const answered = record.answerOf === null ? undefined : answerTo(store, record.answerOf);
      return { record, failed: awaitedEnd(textOrNull(row['ended'])), answered };
    });
}

function answerTo(store: SqliteStore, id: MessageId): Answered | undefined {
  const request = store.get('SELECT * FROM outbox WHERE id = ? AND isReply = 0 AND origin IS NULL ORDER BY ord', id);
  const answer = store.get('SELECT * FROM inbox WHERE ord = ?', numberOrNull(request?.['answerOrd']) ?? -1);
  return request === undefined || answer === undefined
    ? undefined
    : { request: outboxRecord(request), answer: inboxRecord(answer) };
}

/** What passes the answers to these requests on. */
export function passingOn(store: SqliteStore, ids: readonly MessageId[]): readonly OutboxRecord[] {
  return store
    .all('SELECT * FROM outbox WHERE answerOf IN (SELECT value FROM json_each(?)) ORDER BY ord', JSON.stringify(ids))
    .map(outboxRecord);
}

export interface Awaited {
  /** Some of them, the oldest. */
  readonly first: readonly string[];
  readonly count: number;
}

const mostNamed = 3;

export function awaited(store: SqliteStore, ords: readonly number[]): ReadonlyMap<number, Awaited> {
  return new Map(
    ords.map((ord) => {
      const ids = store.all('SELECT id FROM awaits WHERE ord = ? ORDER BY id', ord).map((row) => text(row['id']));
      return [ord, { first: ids.slice(0, mostNamed), count: ids.length }] as const;
    }),
  );
}

/** As it is written: the id, and the state. */
export function awaitedEnd(ended: string | null): AwaitedEnd | null {
  const [id, state] = ended?.split(' ') ?? [];
  return id === undefined || state === undefined ? null : { id, state: state as MessageState };
}
