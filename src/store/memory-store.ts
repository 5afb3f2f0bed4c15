// The store in memory, for the simulator and for tests: the same contract as the one on disk (test/unit/store/contract).
import { addErrorRow, noErrorRows, storedErrors, untoldErrors } from './memory-errors.ts';
import { maxEpochs, releasedLane } from '../model/lane.ts';
import { isFinal, mayFollow, timeColumn } from '../model/state.ts';
import type { NodeName } from '../model/node-name.ts';
import type {
  InboxRecord,
  OutboxRecord,
  PeerRecord,
  StoredError,
  TransferRecord,
  WaitingRecord,
} from '../model/record.ts';
import type { ScheduleRecord } from '../model/schedule.ts';
import type { KeptAmount, QueryResult, RestartState, StoreOp, StoreQuery } from '../model/store-op.ts';
import { asFarAsKnown, mayHaveRun } from '../model/never-ran.ts';
import {
  isCarriedAgain,
  aboard,
  byReceiver,
  cancelledAboard,
  isAccepted,
  isNews,
  noteWish,
  neverLeft,
} from './memory-queue.ts';
import { hold, letGo, noteEnds, release, statesOf } from './memory-held.ts';
import { finishedRows, pruneRows, rowBytes } from './memory-prune.ts';
import { hasAccepted, ownerKey, type Tables } from './memory-tables.ts';

const pageBytes = 1024 * 1024;
/** As many as the store on disk keeps (query.ts). */
const maxBoots = 10_000;

/** What a checker may look at, without changing it. */
export interface StoreSight {
  readonly meta: ReadonlyMap<string, string>;
  readonly peers: ReadonlyMap<NodeName, PeerRecord>;
  readonly outbox: ReadonlyMap<number, OutboxRecord>;
  readonly inbox: ReadonlyMap<number, InboxRecord>;
  readonly schedules: ReadonlyMap<number, ScheduleRecord>;
  /** By `<sender>/<id>`. */
  readonly transfers: ReadonlyMap<string, TransferRecord>;
}

export class MemoryStore {
  private readonly tables: Tables;

  constructor(copyOf?: MemoryStore) {
    this.tables = structuredClone(copyOf?.tables) ?? {
      meta: new Map(),
      boots: [],
      peers: new Map(),
      outbox: new Map(),
      outlanes: new Map(),
      inbox: new Map(),
      inlanes: new Map(),
      transfers: new Map(),
      schedules: new Map(),
      pieces: new Map(),
      errors: noErrorRows(),
      held: new Map(),
      doneAt: { outbox: new Map(), inbox: new Map() },
    };
  }

  apply(ops: readonly StoreOp[]): void {
    for (const op of ops) {
      const states = statesOf(this.tables);
      this.applyOne(op);
      this.stamp(op);
      noteEnds(this.tables, states);
    }
  }

  private applyOne(op: StoreOp): void {
    const { meta, boots, peers, outbox, outlanes, inbox, inlanes, transfers, pieces, errors } = this.tables;
    switch (op.op) {
      case 'meta':
        meta.set(op.key, op.value);
        return;
      case 'boot':
        boots.unshift(op.boot);
        boots.splice(maxBoots);
        return;
      case 'peer':
        peers.set(op.record.name, op.record);
        return;
      case 'outbox-add':
        return insert(outbox, op.record);
      case 'outbox-hold':
        return hold(this.tables, op);
      case 'outbox-release':
        return release(this.tables, op);
      case 'outbox-place':
        return patch(outbox, op.ord, { position: op.position, tag: op.tag });
      case 'outbox-wish':
        return noteWish(outbox, op);
      case 'outbox-cancel':
        for (const { ord, mayHaveRun: ran } of neverLeft(outbox.values(), op.filter))
          this.end(ord, {
            open: false,
            state: ran ? 'unknown' : 'cancelled',
            endedAt: op.at,
            reason: ran ? mayHaveRun(op.reason) : op.reason,
          });
        return;
      case 'outbox-settle': {
        const record = outbox.get(op.ord);
        if (record === undefined) return;
        const follows = mayFollow(record.state, op.state);
        const times = { [timeColumn(op.state)]: op.at };
        return patch(
          outbox,
          op.ord,
          follows ? { open: false, state: op.state, reason: op.reason, ...times } : { open: false },
        );
      }
      case 'outbox-drop':
        outbox.delete(op.ord);
        if (op.owner !== null && !isCarriedAgain(outbox.values(), op.owner)) pieces.delete(ownerKey(op.owner));
        return;
      case 'outbox-running':
        return this.patchRequest(
          (record) =>
            record.id === op.id &&
            record.to === op.to &&
            record.lane === op.lane &&
            record.position !== null &&
            record.position <= op.upTo &&
            mayFollow(record.state, 'running'),
          { state: 'running', runningAt: op.at },
        );
      case 'outbox-answer':
        return this.patchRequest(
          ({ id, to, origin, state }) => id === op.id && to === op.to && origin === null && mayFollow(state, op.state),
          ({ state, deliveredAt, runningAt }) => ({
            state: op.state,
            outcome: op.outcome,
            reason: op.reason,
            deliveredAt: deliveredAt ?? (state === 'sent' ? null : op.endedAt),
            runningAt: op.runningAt ?? runningAt,
            endedAt: op.endedAt,
            answerOrd: op.answerOrd,
            replyState: op.replyState,
          }),
        );
      case 'outbox-reply':
        return this.patchRequest(
          (record) => record.id === op.id && record.replyState === 'pending',
          (record) => ({
            replyAt: op.at,
            ...(record.replyReason === null
              ? { replyState: op.state, replyReason: op.reason }
              : { replyState: 'failed' }),
          }),
        );
      case 'outbox-part-lost':
        return this.patchRequest(
          ({ id, to, origin }) => id === op.id && to === op.to && origin === null,
          ({ replyState, replyReason }) => ({
            replyState: replyState === 'handled' ? 'failed' : replyState,
            replyReason: replyReason ?? op.reason,
          }),
        );
      case 'outbox-passage':
        return this.notePassage(op);
      case 'outbox-told':
        if (outbox.get(op.ord)?.state === op.state) patch(outbox, op.ord, { told: op.state });
        return;
      case 'outbox-answered':
        for (const { ord, id, origin, isReply, state } of outbox.values())
          if (id === op.id && origin === op.origin && !isReply && mayFollow(state, op.state))
            patch(outbox, ord, { state: op.state, told: op.state });
        return;
      case 'outlane':
        outlanes.set(`${op.record.to}/${op.record.lane}`, op.record);
        return;
      case 'outlane-base': {
        const key = `${op.to}/${op.lane}`;
        const known = outlanes.get(key);
        if (known !== undefined) outlanes.set(key, { ...known, base: op.base, baseTag: op.baseTag });
        return;
      }
      case 'outlane-lost':
        return this.loseLanes(op);
      case 'inbox-add':
        return insert(inbox, op.record);
      case 'outbox-doubt':
        for (const { ord, isReply, open, state } of outbox.values())
          if (ord <= op.upTo && !isReply && !open && isAccepted(state))
            this.end(ord, { state: 'unknown', endedAt: op.at, reason: op.reason });
        return;
      case 'inbox-start':
        return patch(inbox, op.ord, {
          state: 'started',
          startedAt: op.at,
          mark: op.mark,
          attempts: op.attempts,
          retryAt: null,
        });
      case 'inbox-pid':
        return patch(inbox, op.ord, { pid: op.pid, pidStart: op.pidStart });
      case 'inbox-again':
        return patch(inbox, op.ord, {
          state: 'accepted',
          pid: null,
          pidStart: null,
          attempts: op.attempts,
          ...(op.begun ? {} : { mark: null }),
        });
      case 'inbox-retry': {
        const { attempts, retryAt } = op;
        return patch(inbox, op.ord, { state: 'accepted', pid: null, pidStart: null, mark: null, attempts, retryAt });
      }
      case 'inbox-cancel':
        if (inbox.get(op.ord)?.state !== 'ended') patch(inbox, op.ord, { cancel: op.reason });
        return;
      case 'inbox-end':
        return patch(inbox, op.ord, { state: 'ended', endedAt: op.at, outcome: op.outcome });
      case 'inbox-mark':
        return patch(inbox, op.ord, { mark: op.mark });
      case 'inbox-body-drop':
        return patch(inbox, op.ord, { body: null, bodySize: 0 });
      case 'inlane': {
        const key = `${op.record.from}/${op.record.lane}`;
        const known = [...inlanes.keys()].filter((name) => name.startsWith(`${key} `));
        const own = `${key} ${op.record.epoch}`;
        if (!inlanes.has(own) && known.length >= maxEpochs) inlanes.delete(known[0] ?? '');
        inlanes.set(own, op.record);
        return;
      }
      case 'inlanes-clear':
        inlanes.clear();
        return;
      case 'transfer':
        transfers.set(`${op.record.from}/${op.record.id}`, op.record);
        return;
      case 'transfer-drop':
        transfers.delete(`${op.from}/${op.id}`);
        if (op.pieces && !hasAccepted(inbox.values(), op))
          pieces.delete(ownerKey({ box: 'in', sender: op.from, id: op.id }));
        return;
      case 'piece': {
        const owned = pieces.get(ownerKey(op.owner)) ?? new Map<number, Uint8Array>();
        pieces.set(ownerKey(op.owner), owned.set(op.index, op.bytes));
        return;
      }
      case 'error-add':
        return addErrorRow(errors, op.record);
      case 'pieces-drop':
        pieces.delete(ownerKey(op.owner));
        return;
      case 'pieces-copy': {
        const copied = pieces.get(ownerKey(op.from));
        if (copied !== undefined)
          pieces.set(ownerKey(op.to), new Map([...(pieces.get(ownerKey(op.to)) ?? []), ...copied]));
        return;
      }
      case 'pieces-pass': {
        const passed = pieces.get(ownerKey(op.from));
        pieces.delete(ownerKey(op.from));
        if (passed !== undefined) pieces.set(ownerKey(op.to), passed);
        return;
      }
      case 'schedule':
        this.tables.schedules.set(op.record.ord, op.record);
        return;
      case 'schedule-drop':
        this.tables.schedules.delete(op.ord);
        return;
      case 'outbox-prune':
      case 'inbox-prune':
        return pruneRows(this.tables, op);
      case 'peer-drop':
        if (peers.get(op.name)?.incarnation === null) peers.delete(op.name);
        return;
      // Only people, and who serves them, ask for these.
      case 'standing':
      case 'joined':
      case 'standing-close':
      case 'standing-prune':
      case 'shrink':
    }
  }

  /** As the columns of the store on disk: of a row that is changed, and of no other. */
  private stamp(op: StoreOp): void {
    const { doneAt, meta } = this.tables;
    const now = Number(meta.get('nodeTime') ?? 0);
    if (op.op === 'outbox-settle') doneAt.outbox.set(op.ord, now);
    else if (op.op === 'outbox-add') doneAt.outbox.delete(op.record.ord);
    else if (op.op === 'inbox-end') doneAt.inbox.set(op.ord, now);
    else if (op.op === 'inbox-add') doneAt.inbox.set(op.record.ord, now);
  }

  private patchRequest(
    is: (record: OutboxRecord) => boolean,
    how: Partial<OutboxRecord> | ((record: OutboxRecord) => Partial<OutboxRecord>),
  ): void {
    for (const record of this.tables.outbox.values()) {
      if (record.isReply || !is(record)) continue;
      const change = typeof how === 'function' ? how(record) : how;
      patch(this.tables.outbox, record.ord, change);
      if (change.state !== 'running') this.done(record.ord);
    }
  }

  private notePassage({ id, to, state, hop, at, reason }: StoreOp & { op: 'outbox-passage' }): void {
    for (const record of this.tables.outbox.values()) {
      if (record.id !== id || record.isReply || record.to !== to || record.origin !== null) continue;
      const follows = mayFollow(record.state, state);
      if (isAccepted(state)) {
        if (follows || record.state === state)
          patch(this.tables.outbox, record.ord, { state, hop, [timeColumn(state)]: at });
      } else if (follows) this.end(record.ord, { ...asFarAsKnown({ state, reason }, record), endedAt: at });
    }
  }

  private loseLanes(op: StoreOp & { op: 'outlane-lost' }): void {
    const { outbox, outlanes } = this.tables;
    for (const [key, lane] of outlanes) {
      if (lane.to === op.to && (op.lane === null || lane.lane === op.lane)) outlanes.delete(key);
    }
    for (const record of outbox.values()) {
      if (record.to !== op.to || (op.lane !== null && releasedLane(record.lane) !== op.lane)) continue;
      const ended = isFinal(record.state);
      const sent =
        record.open && !ended && (record.position !== null || (record.heldAs ?? record.ord) <= op.mayHaveLeft);
      // What is closed and has not ended was delivered. An earlier loss of the lane may have taken its position.
      const delivered = op.delivered && !record.open && !ended;
      if (!sent && !delivered) {
        // Also what was answered before this store, put back, knew that it had left: it does not go again.
        if (record.position !== null || (ended && record.open))
          patch(outbox, record.ord, { position: null, tag: null, open: false });
      } else if (record.rerun === 'always' && (record.wish === null || record.isReply)) {
        patch(outbox, record.ord, {
          state: 'queued',
          open: true,
          position: null,
          tag: null,
          wish: null,
          reason: null,
          hop: null,
          mayHaveRun: true,
        });
      } else {
        this.end(record.ord, {
          state: 'unknown',
          open: false,
          position: null,
          tag: null,
          endedAt: op.at,
          reason: op.reason,
        });
      }
    }
  }

  private end(ord: number, change: Partial<OutboxRecord>): void {
    patch(this.tables.outbox, ord, change);
    this.done(ord);
  }

  private done(ord: number): void {
    const { doneAt, meta } = this.tables;
    doneAt.outbox.set(ord, Number(meta.get('nodeTime') ?? 0));
  }

  query<Q extends StoreQuery>(query: Q): QueryResult<Q> {
    return this.answer(query) as QueryResult<Q>;
  }

  private answer(query: StoreQuery): QueryResult<StoreQuery> {
    const { outbox, outlanes, inbox, inlanes, pieces, errors } = this.tables;
    switch (query.query) {
      case 'restart':
        return this.restartState();
      case 'outlane':
        return outlanes.get(`${query.to}/${query.lane}`);
      case 'open-lanes': {
        const open = [...outbox.values()].filter((record) => record.open && record.to === query.to);
        return [...new Set(open.map((record) => record.lane))].sort();
      }
      case 'outbox-page':
        return page(
          [...outbox.values()].filter(
            (record) =>
              record.open && record.to === query.to && record.lane === query.lane && record.ord > query.afterOrd,
          ),
          query.limit,
        ).map(waiting);
      case 'inlane':
        return [...inlanes.values()].filter((record) => record.from === query.from && record.lane === query.lane);
      case 'inbox-page':
        return page(
          [...inbox.values()].filter(
            (record) =>
              record.state === 'accepted' &&
              record.from === query.from &&
              record.lane === query.lane &&
              record.ord > query.afterOrd,
          ),
          query.limit,
        );
      case 'due':
        return [...outbox.values()]
          .filter((record) => record.open && record.wish === null && record.deadline <= query.before)
          .sort((a, b) => a.deadline - b.deadline || a.ord - b.ord)
          .slice(0, query.limit);
      case 'soonest-deadline':
        return this.soonestDeadline();
      case 'untold-errors':
        return untoldErrors(errors, query.limit);
      case 'let-go':
        return letGo(this.tables, query.limit);
      case 'outbox-load':
        return amountOf([...outbox.values()].filter((record) => record.open && record.to === query.to));
      case 'cancellable':
        return byReceiver(neverLeft(outbox.values(), query.filter));
      case 'aboard':
        return aboard(outbox.values(), query);
      case 'passages':
        return [...outbox.values()]
          .filter(isNews)
          .sort((a, b) => a.ord - b.ord)
          .slice(0, query.limit);
      case 'forsaken':
        return [...outbox.values()]
          .filter(
            ({ origin, isReply, open, state, deadline }) =>
              origin !== null && !isReply && !open && isAccepted(state) && deadline < query.before,
          )
          .sort((a, b) => a.ord - b.ord)
          .slice(0, query.limit);
      case 'cancelled-aboard':
        return cancelledAboard(outbox.values(), query);
      case 'inbox-open':
        return [...inbox.values()].filter(
          ({ from, id, state }) => from === query.from && query.ids.includes(id) && state !== 'ended',
        );
      case 'request':
        return [...outbox.values()]
          .sort((a, b) => a.ord - b.ord)
          .find(
            ({ id, to, target, isReply, origin }) =>
              id === query.id && !isReply && origin === null && (target ?? to) === query.to,
          );
      case 'finished':
        return finishedRows(this.tables, query);
      case 'space': {
        const used = rowBytes(this.tables);
        return { used, file: used };
      }
      case 'pieces':
        return [...(pieces.get(ownerKey(query.owner)) ?? [])]
          .filter(([index]) => index >= query.fromIndex)
          .sort(([a], [b]) => a - b)
          .slice(0, query.limit)
          .map(([, bytes]) => bytes);
    }
  }

  private soonestDeadline(): number | null {
    const open = [...this.tables.outbox.values()].filter((record) => record.open && record.wish === null);
    return open.length === 0 ? null : Math.min(...open.map((record) => record.deadline));
  }

  private restartState(): RestartState {
    const { meta, boots, peers, outbox, inbox, transfers } = this.tables;
    const open = [...outbox.values()].filter((record) => record.open);
    const accepted = [...inbox.values()].filter((record) => record.state === 'accepted');
    return {
      meta: Object.fromEntries(meta),
      boots: [...boots],
      peers: [...peers.values()],
      outLanes: unique(open.map(({ to, lane }) => ({ to, lane }))).map((at) => ({
        ...at,
        ...amountOf(open.filter(({ to, lane }) => to === at.to && lane === at.lane)),
      })),
      inLanes: unique(accepted.map(({ from, lane }) => ({ from, lane }))).map((at) => ({
        ...at,
        ...amountOf(accepted.filter(({ from, lane }) => from === at.from && lane === at.lane)),
      })),
      started: [...inbox.values()].filter((record) => record.state === 'started').sort((a, b) => a.ord - b.ord),
      marked: accepted.filter((record) => record.mark !== null).sort((a, b) => a.ord - b.ord),
      transfers: [...transfers.values()],
      schedules: [...this.tables.schedules.values()].sort((a, b) => a.ord - b.ord),
      lastOutboxOrd: last(outbox, meta.get('lastOutboxOrd')),
      lastInboxOrd: last(inbox, meta.get('lastInboxOrd')),
      sendsByOthers: [...outbox.values()].some(
        ({ target, open, origin, state }) => target !== null && !open && origin === null && isAccepted(state),
      ),
      carries: [...outbox.values()].some(({ origin }) => origin !== null),
      holds: this.tables.held.size > 0,
      soonestDeadline: this.soonestDeadline(),
    };
  }

  /** For checkers, at no cost: it goes on to change with the store. */
  look(): StoreSight {
    return this.tables;
  }

  /** For checkers: every message of this node, and every one that it accepted. */
  contents(): { readonly outbox: readonly OutboxRecord[]; readonly inbox: readonly InboxRecord[] } {
    return { outbox: [...this.tables.outbox.values()], inbox: [...this.tables.inbox.values()] };
  }

  /** For checkers: the errors, in the order in which they came. */
  errors(): readonly StoredError[] {
    return storedErrors(this.tables.errors);
  }
}

function insert<R extends { readonly ord: number }>(table: Map<number, R>, record: R): void {
  if (table.has(record.ord)) throw new Error(`a second record of order ${record.ord}`);
  table.set(record.ord, record);
}

function amountOf(records: readonly { readonly head: string; readonly bodySize: number }[]): KeptAmount {
  const bytes = records.reduce((sum, { head, bodySize }) => sum + head.length + bodySize, 0);
  return { messages: records.length, bytes };
}

function last(box: ReadonlyMap<number, unknown>, removed: string | undefined): number {
  return [...box.keys()].reduce((most, ord) => Math.max(most, ord), Number(removed ?? 0));
}

function waiting(record: OutboxRecord): WaitingRecord {
  const { ord, id, head, body, bodySize, isReply, state, position, tag, wish, reason, mayHaveRun, deadline } = record;
  return { ord, id, head, body, bodySize, isReply, state, position, tag, wish, reason, mayHaveRun, deadline };
}

function patch<R>(table: Map<number, R>, ord: number, change: Partial<R>): void {
  const record = table.get(ord);
  if (record !== undefined) table.set(ord, { ...record, ...change });
}

function page<R extends { readonly ord: number; readonly head: string; readonly body: Uint8Array | null }>(
  records: R[],
  limit: number,
): R[] {
  const found: R[] = [];
  let bytes = 0;
  for (const record of records.sort((a, b) => a.ord - b.ord)) {
    if (found.length === limit || bytes >= pageBytes) break;
    found.push(record);
    bytes += record.head.length + (record.body?.length ?? 0);
  }
  return found;
}

function unique<R extends object>(rows: readonly R[]): R[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}
