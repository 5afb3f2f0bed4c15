// What the flow asks of the store on disk.
import type { LaneException, InLaneRecord, OutLaneRecord, PeerRecord, TransferRecord } from '../model/record.ts';
import type { KeptAmount, QueryResult, RestartState, StoreQuery } from '../model/store-op.ts';
import type { Row } from './driver.ts';
import { storedError } from './error-rows.ts';
import { finishedPage, space } from './finished.ts';
import { letGo } from './held-rows.ts';
import { aboard, cancellable, cancelledAboard } from './queue-rows.ts';
import { schedules } from './schedule-rows.ts';
import { accepted, isNews } from './schema.ts';
import { inboxRecord, outboxRecord, waitingColumns, waitingRecord } from './row.ts';
import { blob, numberOrNull, text, textOrNull } from './value.ts';
import type { SqliteStore } from './sqlite-store.ts';

/** A page ends here, too, so that large bodies do not fill the memory (I9). */
const pageBytes = 1024 * 1024;
/** Boots remembered, the newest. A sender that knew this node by an older one has not asked it since. */
export const maxBoots = 10_000;

const outboxPage = `SELECT ${waitingColumns.join(',')} FROM outbox
  WHERE open = 1 AND receiver = ? AND lane = ? AND ord > ? ORDER BY ord LIMIT ?`;

export function answerQuery(store: SqliteStore, query: StoreQuery): QueryResult<StoreQuery> {
  switch (query.query) {
    case 'restart':
      return restartState(store);
    case 'outlane':
      return outLane(store.get('SELECT * FROM outlanes WHERE receiver = ? AND lane = ?', query.to, query.lane));
    case 'open-lanes':
      return store
        .all('SELECT DISTINCT lane FROM outbox WHERE open = 1 AND receiver = ? ORDER BY lane', query.to)
        .map((row) => text(row['lane']));
    case 'outbox-page':
      return page(
        store,
        {
          sql: outboxPage,
          values: [query.to, query.lane],
          ...query,
        },
        waitingRecord,
      );
    case 'inbox-page':
      return page(
        store,
        {
          sql: "SELECT * FROM inbox WHERE state = 'accepted' AND sender = ? AND lane = ? AND ord > ? ORDER BY ord LIMIT ?",
          values: [query.from, query.lane],
          ...query,
        },
        inboxRecord,
      );
    case 'inlane':
      return store
        .all('SELECT * FROM inlanes WHERE sender = ? AND lane = ? ORDER BY made', query.from, query.lane)
        .map(inLane);
    case 'due':
      return store
        .all(
          'SELECT * FROM outbox WHERE open = 1 AND wish IS NULL AND deadline <= ? ORDER BY deadline, ord LIMIT ?',
          query.before,
          query.limit,
        )
        .map(outboxRecord);
    case 'soonest-deadline':
      return soonestDeadline(store);
    case 'untold-errors':
      return store
        .all('SELECT * FROM errors WHERE untold > 0 ORDER BY ord LIMIT ?', query.limit)
        .map(storedError)
        .map(({ changed: _changed, ...record }) => record);
    case 'let-go':
      return letGo(store, query.limit);
    case 'outbox-load':
      return amountOf(store.get(`SELECT ${amount} FROM outbox WHERE open = 1 AND receiver = ?`, query.to));
    case 'cancellable':
      return cancellable(store, query.filter);
    case 'aboard':
      return aboard(store, query);
    case 'passages':
      return store.all(`SELECT * FROM outbox WHERE ${isNews} ORDER BY ord LIMIT ?`, query.limit).map(outboxRecord);
    case 'forsaken':
      return store
        .all(
          `SELECT * FROM outbox WHERE origin IS NOT NULL AND isReply = 0 AND open = 0 AND state IN (${accepted}) AND deadline < ? ORDER BY ord LIMIT ?`,
          query.before,
          query.limit,
        )
        .map(outboxRecord);
    case 'cancelled-aboard':
      return cancelledAboard(store, query);
    case 'inbox-open':
      return store
        .all(
          "SELECT * FROM inbox WHERE state <> 'ended' AND id IN (SELECT value FROM json_each(?)) AND sender = ?",
          JSON.stringify(query.ids),
          query.from,
        )
        .map(inboxRecord);
    case 'request':
      return store
        .all('SELECT * FROM outbox WHERE id = ? AND isReply = 0 AND origin IS NULL ORDER BY ord', query.id)
        .map(outboxRecord)
        .find(({ to, target }) => (target ?? to) === query.to);
    case 'finished':
      return finishedPage(store, query);
    case 'space':
      return space(store);
    case 'pieces': {
      const { box, sender, id } = query.owner;
      return store
        .all(
          'SELECT bytes FROM pieces WHERE box = ? AND sender = ? AND id = ? AND number >= ? ORDER BY number LIMIT ?',
          box,
          sender,
          id,
          query.fromIndex,
          query.limit,
        )
        .map((row) => blob(row['bytes']) ?? new Uint8Array());
    }
  }
}

/** Read in steps, so that neither many small nor a few large ones take much memory. */
function page<R extends { readonly ord: number; readonly head: string; readonly body: Uint8Array | null }>(
  store: SqliteStore,
  of: { readonly sql: string; readonly values: readonly string[]; readonly afterOrd: number; readonly limit: number },
  record: (row: Row) => R,
): R[] {
  const found: R[] = [];
  let bytes = 0;
  let after = of.afterOrd;
  const step = 64;
  while (found.length < of.limit && bytes < pageBytes) {
    const rows = store.all(of.sql, ...of.values, after, Math.min(step, of.limit - found.length)).map(record);
    for (const row of rows) {
      if (found.length > 0 && bytes >= pageBytes) return found;
      found.push(row);
      bytes += row.head.length + (row.body?.length ?? 0);
      after = row.ord;
    }
    if (rows.length < step) break;
  }
  return found;
}

/** All of it stands in the indexes of what waits: a million rows are counted in a fraction of a second. */
const amount = 'count(*) AS messages, coalesce(sum(bodySize + headSize), 0) AS bytes';

function amountOf(row: Row | undefined): KeptAmount {
  return { messages: Number(row?.['messages'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) };
}

function soonestDeadline(store: SqliteStore): number | null {
  return numberOrNull(
    store.get('SELECT min(deadline) AS soonest FROM outbox WHERE open = 1 AND wish IS NULL')?.['soonest'],
  );
}

function restartState(store: SqliteStore): RestartState {
  const last = (table: string): number =>
    Number(store.get(`SELECT coalesce(max(ord), 0) AS last FROM ${table}`)?.['last'] ?? 0);
  const kept = (key: string): number => Number(store.get('SELECT value FROM meta WHERE key = ?', key)?.['value'] ?? 0);
  return {
    meta: Object.fromEntries(
      store.all('SELECT key, value FROM meta').map((row) => [text(row['key']), text(row['value'])]),
    ),
    boots: store.all('SELECT boot FROM boots ORDER BY number DESC LIMIT ?', maxBoots).map((row) => text(row['boot'])),
    peers: store.all('SELECT * FROM peers').map(peer),
    outLanes: store
      .all(`SELECT receiver, lane, ${amount} FROM outbox WHERE open = 1 GROUP BY receiver, lane`)
      .map((row) => ({ to: text(row['receiver']), lane: text(row['lane']), ...amountOf(row) })),
    inLanes: store
      .all(`SELECT sender, lane, ${amount} FROM inbox WHERE state = 'accepted' GROUP BY sender, lane`)
      .map((row) => ({ from: text(row['sender']), lane: text(row['lane']), ...amountOf(row) })),
    started: store.all("SELECT * FROM inbox WHERE state = 'started' ORDER BY ord").map(inboxRecord),
    marked: store
      .all("SELECT * FROM inbox WHERE state = 'accepted' AND mark IS NOT NULL ORDER BY ord")
      .map(inboxRecord),
    transfers: store.all('SELECT * FROM transfers').map(transfer),
    schedules: schedules(store),
    lastOutboxOrd: Math.max(last('outbox'), kept('lastOutboxOrd')),
    lastInboxOrd: Math.max(last('inbox'), kept('lastInboxOrd')),
    sendsByOthers:
      store.get(
        `SELECT 1 FROM outbox WHERE target IS NOT NULL AND open = 0 AND state IN (${accepted}) AND origin IS NULL LIMIT 1`,
      ) !== undefined,
    carries: store.get('SELECT 1 FROM outbox WHERE origin IS NOT NULL LIMIT 1') !== undefined,
    holds: store.get('SELECT 1 FROM held LIMIT 1') !== undefined,
    soonestDeadline: soonestDeadline(store),
  };
}

function peer(row: Row): PeerRecord {
  return {
    name: text(row['name']),
    incarnation: textOrNull(row['incarnation']),
    boot: textOrNull(row['boot']),
    heardAt: Number(row['heardAt']),
    version: textOrNull(row['version']),
    groups: JSON.parse(textOrNull(row['memberOf']) ?? '[]') as string[],
  };
}

function transfer(row: Row): TransferRecord {
  return { from: text(row['sender']), id: text(row['id']), size: Number(row['size']), have: Number(row['have']) };
}

function outLane(row: Row | undefined): OutLaneRecord | undefined {
  return row === undefined
    ? undefined
    : {
        to: text(row['receiver']),
        lane: text(row['lane']),
        epoch: text(row['epoch']),
        peerIncarnation: textOrNull(row['peerIncarnation']),
        base: Number(row['base']),
        baseTag: text(row['baseTag']),
        placed: Number(row['placed']),
        placedTag: text(row['placedTag']),
      };
}

function inLane(row: Row): InLaneRecord {
  return {
    from: text(row['sender']),
    lane: text(row['lane']),
    epoch: text(row['epoch']),
    last: Number(row['last']),
    tag: text(row['tag']),
    exceptions: JSON.parse(text(row['exceptions'])) as LaneException[],
  };
}
