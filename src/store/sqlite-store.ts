// The store on disk. What it has written is in the page cache; the commit queue makes it durable (commit-queue.ts).
//
// 1. `apply` runs inside a transaction of its caller, `begin` to `end` or `rollback`: all or nothing.
// 2. A state changes only where it may follow (model/state), whatever the order in which news arrives.
// 3. `doneAt` of a row is the node time in `meta` when the row changed last.
import { predecessors } from '../model/state.ts';
import type { InLaneRecord } from '../model/record.ts';
import type { PieceOwner, StoreOp } from '../model/store-op.ts';
import { heldLane, maxEpochs } from '../model/lane.ts';
import { openDatabase, type Database, type DriverName, type Row, type SqlValue, type Statement } from './driver.ts';
import { insertInto } from './insert-into.ts';
import { unended } from './queue-rows.ts';
import { isJoined, joinOps, type AlwaysJoined } from './join-ops.ts';
import { addError } from './error-rows.ts';
import { cancelWaiting } from './cancel-waiting.ts';
import { finalStates } from './finished.ts';
import { hold, release } from './held-rows.ts';
import { noteEnds, noteNoEnds } from './held-tables.ts';
import { bringTo } from './migrate.ts';
import { notePassage } from './note-passage.ts';
import { prune } from './prune.ts';
import { writeSchedule } from './schedule-rows.ts';
import { writeStanding } from './standing-rows.ts';
import { maxBoots } from './query.ts';
import { isBusy, isFull } from './store-error.ts';
import { inboxColumns, inboxValues, outboxColumns, outboxValues, ranPerhaps } from './row.ts';
import { accepted, acceptedBody, presentVersion } from './schema.ts';
import { writeJoined } from './write-joined.ts';

const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(',');
const addOutbox = insertInto('outbox', outboxColumns);
const addInbox = insertInto('inbox', [...inboxColumns, 'doneAt']);
const runningAfter = list(predecessors('running'));

export class SqliteStore {
  private readonly database: Database;
  private readonly statements = new Map<string, Statement>();
  /** As in `meta`; undefined: to be read there. */
  private knownNodeTime: number | undefined;

  /** Throws what the database throws, and `store-unavailable` for a store that cannot be brought to this version. */
  constructor(path: string, driver: DriverName, version = presentVersion) {
    this.database = openDatabase(path, driver, 'NORMAL');
    try {
      bringTo(version, { path, database: this.database });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Part of what was written is gone: it is in the store until the node has drawn its conclusions. */
  noteLoss(at: number): void {
    this.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('lost', ?)", String(at));
  }

  /** Frames in the log, as SQLite counts them; it moves what it can. Undefined: there is no saying. */
  framesInLog(): number | undefined {
    try {
      const found = Number(this.get('PRAGMA wal_checkpoint(PASSIVE)')?.['log'] ?? -1);
      return found < 0 ? undefined : found;
    } catch (error) {
      if (!isFull(error) && !isBusy(error)) throw error;
      return undefined;
    }
  }

  /** Moves all of the log into the database, if nobody else reads it, and if there is room. */
  takeUpLog(): void {
    try {
      this.get('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      if (!isFull(error) && !isBusy(error)) throw error;
    }
  }

  /** Whether its file gives free pages back: one that an earlier version made does not. */
  isShrinkable(): boolean {
    return Number(this.get('PRAGMA auto_vacuum')?.['auto_vacuum'] ?? 0) !== 0;
  }

  /** The file is written anew for that, in one transaction. */
  makeShrinkable(): void {
    // It takes as much again as the store: not in memory.
    this.database.exec('PRAGMA temp_store=FILE; PRAGMA auto_vacuum=INCREMENTAL; VACUUM; PRAGMA temp_store=MEMORY');
  }

  begin(): void {
    this.database.exec('BEGIN IMMEDIATE');
  }

  end(): void {
    this.database.exec('COMMIT');
  }

  rollback(): void {
    this.knownNodeTime = undefined;
    try {
      this.database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself (a full disk does that): the first error tells more, and travels.
    }
  }

  /** One statement at a time, as far as its caller goes. */
  *apply(ops: readonly StoreOp[]): Generator<void, void> {
    const run = this.run.bind(this);
    for (const joined of joinOps(ops)) {
      if (isJoined(joined)) writeJoined(joined, { run, nodeTime: this.nodeTime() });
      else if (joined.op === 'outbox-prune' || joined.op === 'inbox-prune')
        yield* prune(joined, { run, all: this.all.bind(this) });
      else if (joined.op === 'outbox-cancel')
        yield* cancelWaiting(joined, { run, all: this.all.bind(this), nodeTime: this.nodeTime() });
      else this.applyOne(joined);
      yield;
    }
  }

  get(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.statement(sql).get(...values) as Row | undefined;
  }

  all(sql: string, ...values: SqlValue[]): readonly Row[] {
    return this.statement(sql).all(...values) as readonly Row[];
  }

  close(): void {
    this.statements.clear();
    this.database.close();
  }

  private nodeTime(): number {
    this.knownNodeTime ??= Number(this.get("SELECT value FROM meta WHERE key = 'nodeTime'")?.['value'] ?? 0);
    return this.knownNodeTime;
  }

  private run(sql: string, ...values: SqlValue[]): void {
    this.statement(sql).run(...values);
  }

  private statement(sql: string): Statement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const made = this.database.prepare(sql);
    this.statements.set(sql, made);
    return made;
  }

  private applyOne(
    op: Exclude<StoreOp, AlwaysJoined | { op: 'outbox-prune' | 'inbox-prune' | 'outbox-cancel' }>,
  ): void {
    switch (op.op) {
      case 'outbox-add':
        return this.run(addOutbox, ...outboxValues(op.record));
      case 'inbox-add':
        return this.run(addInbox, ...inboxValues(op.record), this.nodeTime());
      case 'meta':
        if (op.key === 'nodeTime') this.knownNodeTime = undefined;
        return this.run('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', op.key, op.value);
      case 'boot':
        if (this.get('SELECT 1 FROM held LIMIT 1') === undefined) this.database.exec(noteNoEnds);
        this.run('INSERT INTO boots (boot, at) VALUES (?, ?)', op.boot, op.at);
        return this.run('DELETE FROM boots WHERE number <= (SELECT max(number) FROM boots) - ?', maxBoots);
      case 'peer': {
        const { name, incarnation, boot, heardAt, version, groups } = op.record;
        return this.run(
          'INSERT OR REPLACE INTO peers (name, incarnation, boot, heardAt, version, memberOf) VALUES (?,?,?,?,?,?)',
          name,
          incarnation,
          boot,
          heardAt,
          version,
          groups.length === 0 ? null : JSON.stringify(groups),
        );
      }
      case 'outbox-hold':
        this.database.exec(noteEnds);
        return hold(op, { run: this.run.bind(this), get: this.get.bind(this) });
      case 'outbox-release':
        return release(op, { run: this.run.bind(this), get: this.get.bind(this) });
      case 'outbox-place':
        return this.run('UPDATE outbox SET position = ?, tag = ? WHERE ord = ?', op.position, op.tag, op.ord);
      case 'outbox-wish':
        return this.run(
          `UPDATE outbox SET wish = ?, reason = iif(${unended}, ?, reason) WHERE ord = ? AND ${op.wish === 'expired' ? 'open = 1' : unended}`,
          op.wish,
          op.reason,
          op.ord,
        );
      case 'outbox-drop':
        this.run('DELETE FROM outbox WHERE ord = ?', op.ord);
        return op.owner === null || this.isCarriedAgain(op.owner)
          ? undefined
          : this.dropPieces(op.owner.box, op.owner.sender, op.owner.id);
      case 'outbox-running':
        return this.run(
          `UPDATE outbox SET state = 'running', runningAt = ?
           WHERE id = ? AND isReply = 0 AND receiver = ? AND lane = ? AND position <= ? AND state IN (${runningAfter})`,
          op.at,
          op.id,
          op.to,
          op.lane,
          op.upTo,
        );
      case 'outbox-answer':
        return this.run(
          `UPDATE outbox SET state = ?, outcome = ?, reason = ?, deliveredAt = coalesce(deliveredAt, iif(state = 'sent', NULL, ?)), runningAt = coalesce(?, runningAt), endedAt = ?, answerOrd = ?, replyState = ?, doneAt = ?
           WHERE id = ? AND isReply = 0 AND receiver = ? AND origin IS NULL AND state IN (${list(predecessors(op.state))})`,
          op.state,
          op.outcome,
          op.reason,
          op.endedAt,
          op.runningAt,
          op.endedAt,
          op.answerOrd,
          op.replyState,
          this.nodeTime(),
          op.id,
          op.to,
        );
      case 'outbox-part-lost':
        return this.run(
          `UPDATE outbox SET replyState = CASE WHEN replyState = 'handled' THEN 'failed' ELSE replyState END,
           replyReason = coalesce(replyReason, ?), doneAt = ? WHERE id = ? AND isReply = 0 AND receiver = ? AND origin IS NULL`,
          op.reason,
          this.nodeTime(),
          op.id,
          op.to,
        );
      case 'outbox-passage':
        return notePassage(op, { run: this.run.bind(this), nodeTime: this.nodeTime() });
      case 'outbox-told':
        return this.run('UPDATE outbox SET told = ? WHERE ord = ? AND state = ?', op.state, op.ord, op.state);
      case 'outbox-answered':
        return this.run(
          `UPDATE outbox SET state = ?, told = ? WHERE id = ? AND origin = ? AND isReply = 0 AND state IN (${list(predecessors(op.state))})`,
          op.state,
          op.state,
          op.id,
          op.origin,
        );
      case 'outlane': {
        const { to, lane, epoch, peerIncarnation, base, baseTag, placed, placedTag } = op.record;
        return this.run(
          'INSERT OR REPLACE INTO outlanes VALUES (?,?,?,?,?,?,?,?)',
          to,
          lane,
          epoch,
          peerIncarnation,
          base,
          baseTag,
          placed,
          placedTag,
        );
      }
      case 'outlane-base':
        return this.run(
          'UPDATE outlanes SET base = ?, baseTag = ? WHERE receiver = ? AND lane = ?',
          op.base,
          op.baseTag,
          op.to,
          op.lane,
        );
      case 'outlane-lost':
        return this.loseLanes(op);
      case 'outbox-doubt':
        return this.run(
          `UPDATE outbox SET state = 'unknown', endedAt = ?, reason = ?, doneAt = ? WHERE ord <= ? AND isReply = 0 AND open = 0 AND state IN (${accepted})`,
          op.at,
          op.reason,
          this.nodeTime(),
          op.upTo,
        );
      case 'inbox-start':
        return this.run(
          "UPDATE inbox SET state = 'started', startedAt = ?, mark = ?, attempts = ?, retryAt = NULL WHERE ord = ?",
          op.at,
          op.mark,
          op.attempts,
          op.ord,
        );
      case 'inbox-pid':
        return this.run('UPDATE inbox SET pid = ?, pidStart = ? WHERE ord = ?', op.pid, op.pidStart, op.ord);
      case 'inbox-again':
        return this.run(
          `UPDATE inbox SET state = 'accepted', pid = NULL, pidStart = NULL, attempts = ?, mark = ${op.begun ? 'mark' : 'NULL'} WHERE ord = ?`,
          op.attempts,
          op.ord,
        );
      case 'inbox-retry':
        return this.run(
          "UPDATE inbox SET state = 'accepted', pid = NULL, pidStart = NULL, mark = NULL, attempts = ?, retryAt = ? WHERE ord = ?",
          op.attempts,
          op.retryAt,
          op.ord,
        );
      case 'inbox-cancel':
        return this.run("UPDATE inbox SET cancel = ? WHERE ord = ? AND state <> 'ended'", op.reason, op.ord);
      case 'inbox-end':
        return this.run(
          "UPDATE inbox SET state = 'ended', endedAt = ?, outcome = ?, doneAt = ? WHERE ord = ?",
          op.at,
          op.outcome,
          this.nodeTime(),
          op.ord,
        );
      case 'inbox-mark':
        return this.run('UPDATE inbox SET mark = ? WHERE ord = ?', op.mark, op.ord);
      case 'inbox-body-drop':
        return this.run('UPDATE inbox SET body = NULL, bodySize = 0 WHERE ord = ?', op.ord);
      case 'inlane':
        return this.putInLane(op.record);
      case 'inlanes-clear':
        return this.run('DELETE FROM inlanes');
      case 'transfer': {
        const { from, id, size, have } = op.record;
        return this.run('INSERT OR REPLACE INTO transfers VALUES (?,?,?,?)', from, id, size, have);
      }
      case 'transfer-drop':
        this.run('DELETE FROM transfers WHERE sender = ? AND id = ?', op.from, op.id);
        return op.pieces && this.get(acceptedBody, op.from, op.id) === undefined
          ? this.dropPieces('in', op.from, op.id)
          : undefined;
      case 'piece':
        return this.run(
          'INSERT OR REPLACE INTO pieces VALUES (?,?,?,?,?)',
          op.owner.box,
          op.owner.sender,
          op.owner.id,
          op.index,
          buffer(op.bytes),
        );
      case 'error-add':
        return addError(this.run.bind(this), op.record);
      case 'pieces-drop':
        return this.dropPieces(op.owner.box, op.owner.sender, op.owner.id);
      case 'pieces-copy':
        return this.run(
          `INSERT OR REPLACE INTO pieces (box, sender, id, number, bytes)
           SELECT ?, ?, ?, number, bytes FROM pieces WHERE box = ? AND sender = ? AND id = ?`,
          op.to.box,
          op.to.sender,
          op.to.id,
          op.from.box,
          op.from.sender,
          op.from.id,
        );
      case 'pieces-pass': {
        const { box, sender, id } = op.from;
        if (this.get('SELECT 1 FROM pieces WHERE box = ? AND sender = ? AND id = ?', box, sender, id) === undefined)
          return;
        this.dropPieces(op.to.box, op.to.sender, op.to.id);
        return this.run(
          'UPDATE pieces SET box = ?, sender = ? WHERE box = ? AND sender = ? AND id = ?',
          op.to.box,
          op.to.sender,
          box,
          sender,
          id,
        );
      }
      case 'standing':
      case 'joined':
      case 'standing-close':
      case 'standing-prune':
        return writeStanding(this.run.bind(this), op);
      case 'schedule':
      case 'schedule-drop':
        return writeSchedule(this.run.bind(this), op);
      case 'peer-drop':
        return this.run('DELETE FROM peers WHERE name = ? AND incarnation IS NULL', op.name);
      case 'shrink':
        // A statement that is run ends with its first page.
        return this.database.exec(`PRAGMA incremental_vacuum(${op.pages})`);
    }
  }

  /** Where a store was lost before this node, a second copy of the same message may be here, which has the same body. */
  private isCarriedAgain({ sender, id }: PieceOwner): boolean {
    return this.get('SELECT 1 FROM outbox WHERE origin = ? AND id = ? LIMIT 1', sender, id) !== undefined;
  }

  private dropPieces(box: string, sender: string, id: string): void {
    this.run('DELETE FROM pieces WHERE box = ? AND sender = ? AND id = ?', box, sender, id);
  }

  /** The oldest epochs of a lane give way: `made` numbers them in the order in which they came. */
  private putInLane(record: InLaneRecord): void {
    const { from, lane, epoch, last, tag, exceptions } = record;
    const told = JSON.stringify(exceptions);
    const known = this.get(
      'UPDATE inlanes SET last = ?, tag = ?, exceptions = ? WHERE sender = ? AND lane = ? AND epoch = ? RETURNING 1',
      last,
      tag,
      told,
      from,
      lane,
      epoch,
    );
    if (known !== undefined) return;
    const made =
      Number(
        this.get('SELECT coalesce(max(made), 0) AS made FROM inlanes WHERE sender = ? AND lane = ?', from, lane)?.[
          'made'
        ] ?? 0,
      ) + 1;
    this.run('INSERT INTO inlanes VALUES (?,?,?,?,?,?,?)', from, lane, epoch, last, tag, told, made);
    this.run('DELETE FROM inlanes WHERE sender = ? AND lane = ? AND made <= ?', from, lane, made - maxEpochs);
  }

  private loseLanes(op: StoreOp & { op: 'outlane-lost' }): void {
    const { to, lane, delivered, mayHaveLeft, at, reason } = op;
    this.run('DELETE FROM outlanes WHERE receiver = ? AND (? IS NULL OR lane = ?)', to, lane, lane);
    const held = lane === null ? null : heldLane(lane);
    // What is closed and has not ended was delivered. An earlier loss of the lane may have taken its position.
    const lost = `receiver = ? AND (? IS NULL OR lane IN (?, ?)) AND state NOT IN (${finalStates})
      AND (open = 1 AND (position IS NOT NULL OR coalesce(heldAs, ord) <= ?) OR open = 0 AND ? = 1)`;
    const where = [to, lane, lane, held, mayHaveLeft, delivered ? 1 : 0] as const;
    this.run(
      `UPDATE outbox SET state = 'unknown', open = 0, position = NULL, tag = NULL, endedAt = ?, reason = ?, doneAt = ?
       WHERE ${lost} AND NOT (rerun <> 'never' AND (wish IS NULL OR isReply = 1))`,
      at,
      reason,
      this.nodeTime(),
      ...where,
    );
    this.run(
      `UPDATE outbox SET state = 'queued', open = 1, position = NULL, tag = NULL, wish = NULL, reason = NULL, hop = NULL, rerun = '${ranPerhaps}'
       WHERE ${lost}`,
      ...where,
    );
    // Also what was answered before this store, put back, knew that it had left: it does not go again.
    this.run(
      `UPDATE outbox SET position = NULL, tag = NULL, open = 0
       WHERE receiver = ? AND (? IS NULL OR lane IN (?, ?)) AND (position IS NOT NULL OR open = 1 AND state IN (${finalStates}))`,
      to,
      lane,
      lane,
      held,
    );
  }
}

export function buffer(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
