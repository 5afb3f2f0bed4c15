// Submissions that also go to nodes that appear later, and who has which message of them.
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { OutboxRecord, StandingRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { Row, SqlValue } from './driver.ts';
import { outboxColumns, outboxRecord } from './row.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { text } from './value.ts';

type Run = (sql: string, ...values: SqlValue[]) => void;

/** Closed, and no message of it is kept. */
const over = `SELECT id FROM standing AS s WHERE isOpen = 0 AND NOT EXISTS (
  SELECT 1 FROM joined AS j JOIN outbox AS o ON o.id = j.id AND o.isReply = 0 WHERE j.standing = s.id)`;

export function writeStanding(
  run: Run,
  op: StoreOp & { op: 'standing' | 'joined' | 'standing-close' | 'standing-prune' },
): void {
  if (op.op === 'standing') {
    const { id, at, until, parts, contents } = op.record;
    const columns = 'id, isOpen, at, until, parts, contents';
    return run(`INSERT INTO standing (${columns}) VALUES (?,1,?,?,?,?)`, id, at, until, parts, contents);
  }
  if (op.op === 'joined')
    return run(
      'INSERT OR IGNORE INTO joined (standing, node, part, id) VALUES (?,?,?,?)',
      op.standing,
      op.node,
      op.part,
      op.id,
    );
  if (op.op === 'standing-close') return run("UPDATE standing SET isOpen = 0, contents = '' WHERE id = ?", op.id);
  run(`DELETE FROM joined WHERE standing IN (${over})`);
  return run(`DELETE FROM standing WHERE id IN (${over})`);
}

export interface StandingRow extends Omit<StandingRecord, 'contents'> {
  readonly isOpen: boolean;
}

const light = 'id, isOpen, at, until, parts';

function standingRow(row: Row): StandingRow {
  return {
    id: text(row['id']),
    isOpen: Number(row['isOpen']) === 1,
    at: Number(row['at']),
    until: Number(row['until']),
    parts: text(row['parts']),
  };
}

export function standingOf(store: SqliteStore, id: MessageId): StandingRow | undefined {
  const row = store.get(`SELECT ${light} FROM standing WHERE id = ?`, id);
  return row === undefined ? undefined : standingRow(row);
}

export function openStandings(store: SqliteStore): readonly StandingRow[] {
  return store.all(`SELECT ${light} FROM standing WHERE isOpen = 1 ORDER BY id`).map(standingRow);
}

/** Its messages; empty once it is closed. */
export function standingContents(store: SqliteStore, id: MessageId): string {
  const row = store.get('SELECT contents FROM standing WHERE id = ?', id);
  return row === undefined ? '' : text(row['contents']);
}

/** The parts of it that the node has. */
export function joinedParts(
  store: SqliteStore,
  of: { readonly id: MessageId; readonly node: NodeName },
): readonly number[] {
  return store
    .all('SELECT part FROM joined WHERE standing = ? AND node = ?', of.id, of.node)
    .map((row) => Number(row['part']));
}

/** Those of the nodes that lack one of these parts. */
export function notJoined(
  store: SqliteStore,
  of: { readonly id: MessageId; readonly nodes: readonly NodeName[]; readonly parts: readonly number[] },
): readonly NodeName[] {
  const has = `SELECT count(*) FROM joined WHERE standing = ? AND node = value AND part IN (SELECT value FROM json_each(?))`;
  return store
    .all(
      `SELECT value FROM json_each(?) WHERE (${has}) < ?`,
      JSON.stringify(of.nodes),
      of.id,
      JSON.stringify(of.parts),
      of.parts.length,
    )
    .map((row) => text(row['value']));
}

const columns = outboxColumns.map((column) => (column === 'body' ? 'NULL AS body' : `o.${column}`)).join(', ');
const itsRows = 'FROM joined AS j CROSS JOIN outbox AS o ON o.id = j.id AND o.isReply = 0 WHERE j.standing = ?';

/** Its messages in the order of intake, as far as they are kept; without their bodies. */
export function standingMessages(
  store: SqliteStore,
  of: { readonly id: MessageId; readonly where?: string; readonly afterOrd?: number; readonly limit: number },
): readonly OutboxRecord[] {
  const where = of.where === undefined ? '' : `AND o.${of.where}`;
  return store
    .all(
      `SELECT ${columns} ${itsRows} ${where} AND o.ord > ? ORDER BY o.ord LIMIT ?`,
      of.id,
      of.afterOrd ?? 0,
      of.limit,
    )
    .map(outboxRecord);
}

export function standingCounts(store: SqliteStore, id: MessageId): Readonly<Record<string, number>> {
  const rows = store.all(`SELECT o.state, count(*) AS n ${itsRows} GROUP BY o.state`, id);
  return Object.fromEntries(rows.map((row) => [text(row['state']), Number(row['n'])]));
}
