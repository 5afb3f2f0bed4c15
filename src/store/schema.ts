// The tables (docs/protocol.md, "Store"). `schemaVersion` grows with every change, and every earlier version must open: by a row of
// `migrations` for each version (migrate.ts).
//
// 1. Columns are named wherever they are read or written: their order is for speed only. What is long comes last, since whoever
//    counts or looks for a state would read through it.

import { inlineBodyBytes } from '../model/message.ts';
import { acceptedStates, isFinal, messageStates } from '../model/state.ts';
import { heldTables, holdsBack } from './held-tables.ts';
import type { Migration, StoreVersion } from './migrate.ts';
import { keepsSchedules, scheduleTables } from './schedule-rows.ts';
import { tablesOfVersion1 } from './tables-of-version-1.ts';

export const schemaVersion = 7;

/** Whether a message was accepted that has this large body: of its sender, and of its id. */
export const acceptedBody = `SELECT 1 FROM inbox WHERE sender = ? AND id = ? AND bodySize > ${inlineBodyBytes} LIMIT 1`;

const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');
export const accepted = list(acceptedStates);

/** Of what this node carries: its sender is to be told of it, or it is to go. */
export const isNews = `origin IS NOT NULL AND isReply = 0 AND (told IS NOT state OR open = 0 AND state IN (${list(messageStates.filter(isFinal))}))`;

/** Version 2: errors that were counted, of this node and of those that report to it. */
const errorTables = `
CREATE TABLE IF NOT EXISTS errors (
  ord INTEGER PRIMARY KEY, node TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, lane TEXT, id TEXT, count INTEGER NOT NULL,
  untold INTEGER NOT NULL, firstAt INTEGER NOT NULL, lastAt INTEGER NOT NULL, changed INTEGER NOT NULL, endBytes INTEGER NOT NULL,
  text TEXT NOT NULL, hint TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS errors_row ON errors (node, kind, firstAt);
CREATE INDEX IF NOT EXISTS errors_changed ON errors (changed);
CREATE INDEX IF NOT EXISTS errors_untold ON errors (ord) WHERE untold > 0;
`;

/** Version 5: submissions that also go to nodes that appear later, and which node has which message of them. */
const standingTables = `
CREATE TABLE IF NOT EXISTS standing (
  id TEXT PRIMARY KEY, isOpen INTEGER NOT NULL, at INTEGER NOT NULL, until INTEGER NOT NULL, parts TEXT NOT NULL,
  contents TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS joined (
  standing TEXT NOT NULL, node TEXT NOT NULL, part INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (standing, node, part)
) WITHOUT ROWID;
`;

export const schema = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS boots (number INTEGER PRIMARY KEY, boot TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS peers (
  name TEXT PRIMARY KEY, incarnation TEXT, boot TEXT, heardAt INTEGER NOT NULL, version TEXT, memberOf TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  ord INTEGER PRIMARY KEY, isReply INTEGER NOT NULL, state TEXT NOT NULL, replyState TEXT, open INTEGER NOT NULL, position INTEGER,
  receiver TEXT NOT NULL, lane TEXT NOT NULL, id TEXT NOT NULL, submission TEXT NOT NULL, rerun TEXT NOT NULL, tag TEXT,
  deadline INTEGER NOT NULL, wish TEXT, target TEXT, origin TEXT, hop TEXT, told TEXT, queuedAt INTEGER NOT NULL, carriedAt INTEGER, deliveredAt INTEGER, runningAt INTEGER, endedAt INTEGER,
  replyAt INTEGER, answerOrd INTEGER, bodySize INTEGER NOT NULL, headSize INTEGER NOT NULL DEFAULT 0,
  doneAt INTEGER NOT NULL DEFAULT 0, heldAs INTEGER, answerOf TEXT, key TEXT, reason TEXT, replyReason TEXT, outcome TEXT,
  head TEXT NOT NULL, body BLOB
);
CREATE INDEX IF NOT EXISTS outbox_key ON outbox (receiver, key) WHERE key IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_id ON outbox (id) WHERE isReply = 0;
CREATE INDEX IF NOT EXISTS outbox_open ON outbox (receiver, lane, ord, bodySize, headSize) WHERE open = 1;
CREATE INDEX IF NOT EXISTS outbox_accepted ON outbox (receiver, ord) WHERE open = 0 AND state IN (${accepted});
CREATE INDEX IF NOT EXISTS outbox_target_open ON outbox (target, ord) WHERE target IS NOT NULL AND open = 1;
CREATE INDEX IF NOT EXISTS outbox_target_accepted ON outbox (target, ord) WHERE target IS NOT NULL AND open = 0 AND state IN (${accepted});
CREATE INDEX IF NOT EXISTS outbox_target_key ON outbox (target, key) WHERE target IS NOT NULL AND key IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_origin ON outbox (origin, id) WHERE origin IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_news ON outbox (ord) WHERE ${isNews};
CREATE INDEX IF NOT EXISTS outbox_deadline ON outbox (deadline) WHERE open = 1 AND wish IS NULL;
CREATE TABLE IF NOT EXISTS outlanes (
  receiver TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, peerIncarnation TEXT, base INTEGER NOT NULL,
  baseTag TEXT NOT NULL, placed INTEGER NOT NULL, placedTag TEXT NOT NULL, PRIMARY KEY (receiver, lane)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox (
  ord INTEGER PRIMARY KEY, sender TEXT NOT NULL, id TEXT NOT NULL, lane TEXT NOT NULL, bodySize INTEGER NOT NULL,
  headSize INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL, mark TEXT, pid INTEGER, pidStart TEXT, acceptedAt INTEGER NOT NULL,
  startedAt INTEGER, endedAt INTEGER, attempts INTEGER NOT NULL DEFAULT 0, retryAt INTEGER, doneAt INTEGER NOT NULL DEFAULT 0,
  outcome TEXT, cancel TEXT, head TEXT NOT NULL, body BLOB
);
CREATE INDEX IF NOT EXISTS inbox_unended ON inbox (id) WHERE state <> 'ended';
CREATE INDEX IF NOT EXISTS inbox_waiting ON inbox (sender, lane, ord, bodySize, headSize) WHERE state = 'accepted';
CREATE INDEX IF NOT EXISTS inbox_marked ON inbox (ord) WHERE state = 'accepted' AND mark IS NOT NULL;
CREATE INDEX IF NOT EXISTS inbox_started ON inbox (ord) WHERE state = 'started';
CREATE INDEX IF NOT EXISTS inbox_large ON inbox (sender, id) WHERE bodySize > ${inlineBodyBytes};
CREATE TABLE IF NOT EXISTS inlanes (
  sender TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, last INTEGER NOT NULL, tag TEXT NOT NULL,
  exceptions TEXT NOT NULL, made INTEGER NOT NULL, PRIMARY KEY (sender, lane, epoch)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transfers (
  sender TEXT NOT NULL, id TEXT NOT NULL, size INTEGER NOT NULL, have INTEGER NOT NULL, PRIMARY KEY (sender, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pieces (
  box TEXT NOT NULL, sender TEXT NOT NULL, id TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (box, sender, id, number)
);
${errorTables}${standingTables}${heldTables}${scheduleTables}`;

/** Version 2: how much waits is counted in its index, so that the bounds of the queues hold from the start on. */
const amountsOfWhatWaits: readonly string[] = [
  'ALTER TABLE outbox ADD COLUMN headSize INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE inbox ADD COLUMN headSize INTEGER NOT NULL DEFAULT 0',
  'UPDATE outbox SET headSize = length(head) WHERE open = 1',
  "UPDATE inbox SET headSize = length(head) WHERE state <> 'ended'",
  'DROP INDEX outbox_open',
  'DROP INDEX inbox_waiting',
];

/** Version 2: how often a method was begun, and when its next attempt is due. What had started before was begun once. */
const attemptsOfMethods: readonly string[] = [
  'ALTER TABLE inbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE inbox ADD COLUMN retryAt INTEGER',
  "UPDATE inbox SET attempts = 1 WHERE state = 'started'",
];

const nodeTime = `coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'nodeTime'), 0)`;

/** Version 2, retention: of what is finished already nobody knows since when, so its time begins now. */
const knowsWhenDone: readonly string[] = [
  'ALTER TABLE outbox ADD COLUMN doneAt INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE inbox ADD COLUMN doneAt INTEGER NOT NULL DEFAULT 0',
  `UPDATE outbox SET doneAt = ${nodeTime} WHERE open = 0`,
  `UPDATE inbox SET doneAt = ${nodeTime} WHERE state = 'ended'`,
];

/** What leads from each version to the next. A row that has been published is never changed. New tables are made without a statement. */
const migrations: readonly Migration[] = [
  {
    to: 2,
    what: 'keeps errors, counts what waits, retries methods, knows when a message was finished',
    sql: [tablesOfVersion1, ...amountsOfWhatWaits, ...attemptsOfMethods, ...knowsWhenDone],
  },
  {
    to: 3,
    what: 'finds messages that are to be cancelled, and those that are superseded',
    sql: ['ALTER TABLE inbox ADD COLUMN cancel TEXT', 'ALTER TABLE outbox ADD COLUMN key TEXT'],
  },
  {
    to: 4,
    what: 'carries messages for other nodes',
    sql: [
      ...['target TEXT', 'origin TEXT', 'hop TEXT', 'told TEXT', 'carriedAt INTEGER'].map(
        (column) => `ALTER TABLE outbox ADD COLUMN ${column}`,
      ),
      'DROP INDEX IF EXISTS outbox_aboard',
    ],
  },
  { to: 5, what: 'sends to nodes that appear later', sql: ['ALTER TABLE peers ADD COLUMN memberOf TEXT'] },
  holdsBack,
  keepsSchedules,
];

export const presentVersion: StoreVersion = { version: schemaVersion, tables: schema, migrations };
