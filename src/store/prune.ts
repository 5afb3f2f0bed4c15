// Removes what is finished for good, a few rows at a time, and gives free pages back.
//
// 1. It looks again: what is not finished when this is written stays, whatever a question found before.
// 2. Pieces stay where another message was accepted that has them, and where they arrive once more (a sender was put back).
// 3. No order is given twice: the newest that was removed is kept in `meta`.
// 4. The thread is held for one statement at a time, which frees some thousand pages at most.
import { inlineBodyBytes } from '../model/message.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { Row, SqlValue } from './driver.ts';
import { isDone } from './finished.ts';
import { text } from './value.ts';
import { acceptedBody } from './schema.ts';

export interface PruneParts {
  readonly run: (sql: string, ...values: SqlValue[]) => void;
  readonly all: (sql: string, ...values: SqlValue[]) => readonly Row[];
}

type Prune = StoreOp & { readonly op: 'outbox-prune' | 'inbox-prune' };

const rowsAtOnce = 32;
const piecesAtOnce = 32;

const given = 'ord IN (SELECT value FROM json_each(?))';
const requests = `SELECT ord, id, bodySize, answerOrd FROM outbox WHERE ${given} AND ${isDone.outbox}`;
const accepted = `SELECT ord, sender, id, bodySize FROM inbox WHERE ${given} AND ${isDone.inbox}`;
const morePieces = 'SELECT max(number) AS last FROM pieces WHERE box = ? AND sender = ? AND id = ?';
const keepLast = `INSERT INTO meta (key, value) VALUES (?, ?)
  ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))`;
const dropPieces = 'DELETE FROM pieces WHERE box = ? AND sender = ? AND id = ? AND number > ?';

/** One statement at a time, as far as its caller goes. */
export function* prune(op: Prune, parts: PruneParts): Generator<void, void> {
  for (let at = 0; at < op.ords.length; at += rowsAtOnce) {
    const ords = op.ords.slice(at, at + rowsAtOnce);
    if (op.op === 'inbox-prune') yield* pruneInbox(ords, parts);
    else yield* pruneOutbox({ node: op.node, ords }, parts);
  }
}

function* pruneOutbox(
  { node, ords }: { readonly node: string; readonly ords: readonly number[] },
  parts: PruneParts,
): Generator<void, void> {
  const rows = parts.all(requests, JSON.stringify(ords));
  remove('outbox', rows, parts);
  yield;
  for (const { id, bodySize } of rows)
    if (Number(bodySize) > inlineBodyBytes) yield* pieces(parts, ['out', node, text(id)]);
  const answers = rows.flatMap(({ answerOrd }) => (typeof answerOrd === 'number' ? [answerOrd] : []));
  if (answers.length > 0) yield* pruneInbox(answers, parts);
}

function* pruneInbox(ords: readonly number[], parts: PruneParts): Generator<void, void> {
  const rows = parts.all(accepted, JSON.stringify(ords));
  remove('inbox', rows, parts);
  yield;
  for (const { sender, id, bodySize } of rows) {
    const owner = [text(sender), text(id)] as const;
    if (Number(bodySize) <= inlineBodyBytes || parts.all(acceptedBody, ...owner).length > 0) continue;
    if (parts.all('SELECT 1 FROM transfers WHERE sender = ? AND id = ?', ...owner).length > 0) continue;
    yield* pieces(parts, ['in', ...owner]);
  }
}

/** From the end, so that what is left is whole up to where it ends. */
function* pieces(parts: PruneParts, owner: readonly [box: string, sender: string, id: string]): Generator<void, void> {
  for (;;) {
    const last = parts.all(morePieces, ...owner)[0]?.['last'];
    if (typeof last !== 'number') return;
    parts.run(dropPieces, ...owner, last - piecesAtOnce);
    yield;
  }
}

function remove(box: 'outbox' | 'inbox', rows: readonly Row[], { run }: PruneParts): void {
  if (rows.length === 0) return;
  const ords = rows.map(({ ord }) => Number(ord));
  run(`DELETE FROM ${box} WHERE ${given}`, JSON.stringify(ords));
  run(keepLast, box === 'outbox' ? 'lastOutboxOrd' : 'lastInboxOrd', String(Math.max(...ords)));
}
