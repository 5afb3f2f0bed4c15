// The tables as version 1 made them, never to be changed. It wrote its number last: a store whose making was interrupted may lack some of
// them, and what leads from it to the next version begins by making them.
import { inlineBodyBytes } from '../model/message.ts';

export const tablesOfVersion1 = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS boots (number INTEGER PRIMARY KEY, boot TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS peers (
  name TEXT PRIMARY KEY, incarnation TEXT, boot TEXT, heardAt INTEGER NOT NULL, version TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  ord INTEGER PRIMARY KEY, isReply INTEGER NOT NULL, state TEXT NOT NULL, replyState TEXT, open INTEGER NOT NULL, position INTEGER,
  receiver TEXT NOT NULL, lane TEXT NOT NULL, id TEXT NOT NULL, submission TEXT NOT NULL, rerun TEXT NOT NULL, tag TEXT,
  deadline INTEGER NOT NULL, wish TEXT, queuedAt INTEGER NOT NULL, deliveredAt INTEGER, runningAt INTEGER, endedAt INTEGER,
  replyAt INTEGER, answerOrd INTEGER, bodySize INTEGER NOT NULL, reason TEXT, replyReason TEXT, outcome TEXT,
  head TEXT NOT NULL, body BLOB
);
CREATE INDEX IF NOT EXISTS outbox_id ON outbox (id) WHERE isReply = 0;
CREATE INDEX IF NOT EXISTS outbox_open ON outbox (receiver, lane, ord) WHERE open = 1;
CREATE INDEX IF NOT EXISTS outbox_deadline ON outbox (deadline) WHERE open = 1 AND wish IS NULL;
CREATE TABLE IF NOT EXISTS outlanes (
  receiver TEXT NOT NULL, lane TEXT NOT NULL, epoch TEXT NOT NULL, peerIncarnation TEXT, base INTEGER NOT NULL,
  baseTag TEXT NOT NULL, placed INTEGER NOT NULL, placedTag TEXT NOT NULL, PRIMARY KEY (receiver, lane)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inbox (
  ord INTEGER PRIMARY KEY, sender TEXT NOT NULL, id TEXT NOT NULL, lane TEXT NOT NULL, head TEXT NOT NULL, body BLOB,
  bodySize INTEGER NOT NULL, state TEXT NOT NULL, mark TEXT, pid INTEGER, pidStart TEXT,
  acceptedAt INTEGER NOT NULL, startedAt INTEGER, endedAt INTEGER, outcome TEXT
);
CREATE INDEX IF NOT EXISTS inbox_waiting ON inbox (sender, lane, ord) WHERE state = 'accepted';
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
`;
