// What a start makes up for, over a store on disk and a log that ended at some point.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../../src/base/clock.ts';
import type { LogLine } from '../../../src/contract/log-line.ts';
import type { StoreOp } from '../../../src/model/store-op.ts';
import type { InboxRecord, OutboxRecord } from '../../../src/model/record.ts';
import { MessageHistory } from '../../../src/node/message-history.ts';
import { driverFor } from '../../../src/store/driver.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { SqliteStore } from '../../../src/store/sqlite-store.ts';
import { answerView, type ViewQuery } from '../../../src/store/view.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { MemoryDisk } from '../message-log/memory-disk.ts';
import { idOf, inboxRow, outboxRow } from '../store/rows.ts';

let folder: string;
let sqlite: SqliteStore;
let disk: MemoryDisk;
/** What the store was asked. */
let views: ViewQuery[];
beforeEach(() => {
  views = [];
  folder = mkdtempSync(join(tmpdir(), 'steward-history-'));
  sqlite = new SqliteStore(join(folder, 'steward.db'), driverFor(process.versions.node));
  disk = new MemoryDisk();
});
afterEach(() => {
  sqlite.close();
  rmSync(folder, { recursive: true });
});

const outcome = { state: 'succeeded', exitCode: 0, stdoutBytes: 0, stderrBytes: 0 };

function sent(ord: number, change: Partial<OutboxRecord> = {}): StoreOp {
  return { op: 'outbox-add', record: outboxRow(ord, { queuedAt: 1_000 * ord, ...change }) };
}

function accepted(ord: number, change: Partial<InboxRecord> = {}): StoreOp {
  return { op: 'inbox-add', record: inboxRow(ord, { acceptedAt: 1_000 * ord, ...change }) };
}

function write(...ops: readonly StoreOp[]): void {
  const statements = sqlite.apply(ops);
  while (statements.next().done !== true);
}

/** A life of the node's log: what is noted in it is in the file, and then it is killed. */
async function live(act: (history: MessageHistory) => void = () => undefined): Promise<MessageHistory> {
  const view = (asked: ViewQuery): Promise<unknown> => {
    views.push(asked);
    return Promise.resolve(answerView(sqlite, asked));
  };
  const store = { view } as unknown as Store;
  const parts = { node: 'central', folder: '/', keepMs: 1e9, quotaBytes: 1e8, store, disk, log: quietLog };
  const history = new MessageHistory({ ...parts, clock: systemClock, timers: systemTimers });
  await history.begin();
  act(history);
  await lines(history);
  return history;
}

async function lines(history: MessageHistory): Promise<readonly LogLine[]> {
  const found: LogLine[] = [];
  for await (const some of history.read({ follow: false }, new AbortController().signal))
    found.push(...some.map((text) => JSON.parse(text) as LogLine));
  return found;
}

function said(all: readonly LogLine[]): readonly string[] {
  return all.flatMap((line) =>
    line.what === 'dropped' ? [] : [`${line.what} ${Number(line.id)}${line.madeUp === true ? ' made up' : ''}`],
  );
}

function noteSent(history: MessageHistory, ord: number, state: 'queued' | 'delivered'): void {
  const { id, to } = outboxRow(ord);
  const message = { ...baseMessage, id, to, from: 'central' };
  const intake = { ord, submission: id, message, body: new Uint8Array() };
  const at = state === 'queued' ? 1_000 * ord : 1_000 * ord + 1;
  history.note({ type: 'state', id, to, state, at, reason: null, ...(state === 'queued' ? { intake } : {}) });
}

const baseMessage = {
  method: 'cliCommand',
  args: ['true'],
  unordered: false,
  rerun: 'never',
  ackTimeoutMs: 1,
  retries: 1,
  retryWaitMs: 0,
  expiresMs: 1_000,
  methodTimeoutMs: 1,
  directory: '',
  fileName: '',
  bodySize: 0,
} as const;

test('make up - what a killed life had not written, of what its log had and of what it had not', async () => {
  await live((history) => {
    noteSent(history, 1, 'queued');
    noteSent(history, 1, 'delivered');
    noteSent(history, 2, 'queued');
    const message = { ...baseMessage, id: idOf(1), from: 'ship1', to: 'central' };
    for (const step of ['accepted', 'started'] as const)
      history.note({ type: 'work', step, ord: 1, message, at: 1_500, attempts: 1 });
  });
  write(
    sent(1, { state: 'succeeded', deliveredAt: 1_001, endedAt: 3_500, outcome: JSON.stringify(outcome), open: false }),
    sent(2, { state: 'delivered', deliveredAt: 3_600, open: false }),
    sent(3, { isReply: true, lane: 'fileAppend<cliCommand' }),
    sent(4, { state: 'expired', endedAt: 4_500, reason: 'late', open: false, body: Buffer.from('data'), bodySize: 4 }),
    accepted(1, { state: 'ended', startedAt: 1_500, endedAt: 3_700, outcome: JSON.stringify(outcome), attempts: 1 }),
    accepted(2, {
      lane: 'none<cliCommand',
      head: JSON.stringify({ i: idOf(2), q: { i: idOf(1), m: 'cliCommand', o: {} } }),
    }),
    accepted(3, { state: 'started', startedAt: 4_000, attempts: 2 }),
  );
  const all = await lines(await live());
  expect([...said(all)].sort()).toEqual(
    [
      'queued 1',
      'delivered 1',
      'queued 2',
      'accepted 1',
      'started 1',
      'succeeded 1 made up',
      'delivered 2 made up',
      'queued 4 made up',
      'expired 4 made up',
      'ended 1 made up',
      'accepted 3 made up',
      'started 3 made up',
    ].sort(),
  );
  expect(all.find((line) => line.what === 'queued' && line.madeUp === true)).toMatchObject({
    ord: 4,
    message: { toNode: 'ship1', method: 'cliCommand', data: 'data' },
  });
  expect(all.find((line) => line.what === 'started' && line.madeUp === true)).toMatchObject({ attempt: 2 });
  expect(said(await lines(await live()))).toEqual(said(all));
});

test('make up - that a command runs, of one that runs still', async () => {
  await live((history) => {
    for (const ord of [1, 2]) noteSent(history, ord, 'queued');
  });
  const started = { deliveredAt: 2_100, runningAt: 2_200 };
  write(
    sent(1, { state: 'running', ...started, open: false }),
    sent(2, { state: 'succeeded', ...started, endedAt: 2_300, outcome: JSON.stringify(outcome), open: false }),
  );
  expect([...said(await lines(await live()))].filter((text) => text.endsWith('made up')).sort()).toEqual([
    'delivered 1 made up',
    'delivered 2 made up',
    'running 1 made up',
    'succeeded 2 made up',
  ]);
});

test('make up - of a log that there was not yet nothing, and behind an orderly end only what is new', async () => {
  write(sent(1), sent(2), accepted(1));
  const first = await live();
  expect(await lines(first)).toEqual([]);
  await first.close();
  write(sent(3), accepted(2));
  expect(said(await lines(await live()))).toEqual(['queued 3 made up', 'accepted 2 made up']);
});

test('make up - a log that was killed before it had any line', async () => {
  await live();
  write(sent(1), accepted(1));
  expect(said(await lines(await live()))).toEqual(['queued 1 made up', 'accepted 1 made up']);
});

test('make up - more rows than a page, each once and in order', async () => {
  await live();
  write(...Array.from({ length: 1_000 }, (_none, index) => sent(index + 1)));
  const all = said(await lines(await live()));
  expect(all).toEqual(Array.from({ length: 1_000 }, (_none, index) => `queued ${index + 1} made up`));
});

test('make up - after many lines in a short time what was not written, once, and nothing that was', async () => {
  const count = 12_000;
  const at = (ord: number): number => 50_000 + Math.floor(ord / 10);
  await live((history) => {
    for (let ord = 1; ord <= count; ord += 1) {
      const { id, to } = outboxRow(ord);
      const intake = {
        ord,
        submission: id,
        message: { ...baseMessage, id, to, from: 'central' },
        body: new Uint8Array(),
      };
      history.note({ type: 'state', id, to, state: 'queued', at: at(ord), reason: null, intake });
      // Of the last one the log has no end.
      if (ord < count) history.note({ type: 'state', id, to, state: 'expired', at: at(ord), reason: null });
    }
  });
  write(
    ...Array.from({ length: count }, (_none, index) => {
      const ended = at(index + 1);
      return sent(index + 1, { queuedAt: ended, state: 'expired', endedAt: ended, runningAt: ended, open: false });
    }),
  );
  for (let life = 0; life < 3; life += 1) {
    const all = said(await lines(await live()));
    expect(all.filter((line) => line.endsWith('made up'))).toEqual([`expired ${count} made up`]);
    expect(all).toHaveLength(2 * count);
  }
});

test('lost lanes - each message that became unknown has its line', async () => {
  const lost = { state: 'unknown', open: false, endedAt: 9_000, reason: 'ship1 lost its store' } as const;
  const history = await live();
  write(sent(1, lost), sent(2, { ...lost, to: 'ship2' }), sent(3), sent(4, { ...lost, endedAt: 8_999 }), sent(5, lost));
  history.note({ type: 'lost', to: 'ship1', at: 9_000 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(said(await lines(history))).toEqual(['unknown 1', 'unknown 5']);
  history.note({ type: 'lost', to: null, at: 8_999 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(said(await lines(history))).toEqual(['unknown 1', 'unknown 5', 'unknown 4']);
});

test('lost lanes - are looked for some rows at a time, and after a crash of a process not at all', async () => {
  const history = await live();
  const lost = { state: 'unknown', open: false, endedAt: 9_000, reason: 'ship1 lost its store' } as const;
  write(...[1, 5_000, 20_000].map((ord) => sent(ord, lost)));
  views = [];
  history.note({ type: 'unheard', to: 'ship1' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(views).toEqual([]);
  history.note({ type: 'lost', to: 'ship1', at: 9_000 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(said(await lines(history))).toEqual(['unknown 1', 'unknown 5000', 'unknown 20000']);
  const spans = views.flatMap((view) => (view.view === 'sent-history' ? [view.upToOrd - view.afterOrd] : []));
  expect(spans.length).toBeGreaterThan(2);
  expect(Math.max(...spans)).toBeLessThanOrEqual(4_096);
});
