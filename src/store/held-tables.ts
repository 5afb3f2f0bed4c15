// Version 6: messages that wait for others to succeed, and which they wait for.
//
// 1. `held` has a row for each open message of a held lane (model/lane.ts); `waits` counts its rows of `awaits`. `ended`: the first, by
//    name, of those that ended otherwise than they should, with its state.
// 2. While anything is held, what ends is noted by the database itself, in the transaction that ends it, however that is said, and before
//    anything can be pruned.
import { isFinal, messageStates } from '../model/state.ts';
import type { Migration } from './migrate.ts';

const finals = messageStates
  .filter(isFinal)
  .map((state) => `'${state}'`)
  .join(', ');

/** Of a row of the outbox: its lane is a held one. */
export const isHeld = "substr(lane, 1, 1) = '+'";
const wasHeld = "substr(OLD.lane, 1, 1) = '+'";
const noLonger = 'BEGIN DELETE FROM awaits WHERE ord = OLD.ord; DELETE FROM held WHERE ord = OLD.ord; END';
const named = "NEW.id || ' ' || NEW.state";

export const heldTables = `
CREATE TABLE IF NOT EXISTS held (ord INTEGER PRIMARY KEY, waits INTEGER NOT NULL, ended TEXT);
CREATE INDEX IF NOT EXISTS held_due ON held (ord) WHERE waits = 0 OR ended IS NOT NULL;
CREATE TABLE IF NOT EXISTS awaits (id TEXT NOT NULL, ord INTEGER NOT NULL, PRIMARY KEY (id, ord)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS awaits_ord ON awaits (ord);
CREATE INDEX IF NOT EXISTS outbox_answer_of ON outbox (answerOf) WHERE answerOf IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_held_as ON outbox (submission) WHERE heldAs IS NOT NULL;
`;

/** Made with the first message that is held: they cost every change of a state a fifth of its time. */
export const noteEnds = `
CREATE TRIGGER IF NOT EXISTS awaited_ended AFTER UPDATE OF state ON outbox
WHEN NEW.state <> OLD.state AND NEW.isReply = 0 AND NEW.origin IS NULL AND NEW.state IN (${finals})
BEGIN
  UPDATE held SET waits = waits - 1,
    ended = CASE WHEN NEW.state = 'succeeded' THEN ended ELSE min(coalesce(ended, ${named}), ${named}) END
  WHERE ord IN (SELECT ord FROM awaits WHERE id = NEW.id);
  DELETE FROM awaits WHERE id = NEW.id;
END;
CREATE TRIGGER IF NOT EXISTS held_ended AFTER UPDATE OF open ON outbox WHEN OLD.open = 1 AND NEW.open = 0 AND ${wasHeld} ${noLonger};
CREATE TRIGGER IF NOT EXISTS held_removed AFTER DELETE ON outbox WHEN ${wasHeld} ${noLonger};
`;

/** At a start with nothing held. */
export const noteNoEnds =
  'DROP TRIGGER IF EXISTS awaited_ended; DROP TRIGGER IF EXISTS held_ended; DROP TRIGGER IF EXISTS held_removed';

export const holdsBack: Migration = {
  to: 6,
  what: 'holds messages back until others have succeeded',
  sql: ['ALTER TABLE outbox ADD COLUMN heldAs INTEGER', 'ALTER TABLE outbox ADD COLUMN answerOf TEXT'],
};
