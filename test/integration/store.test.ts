// The store's thread as the node runs it, in a process that is killed, starved of disk, or given a file that is none.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OutboxRecord } from '../../src/model/record.ts';
import type { RestartState, StoreOp } from '../../src/model/store-op.ts';
import { driverFor, openDriver } from '../../src/store/driver.ts';
import { StoreFolder, type StoreProcess } from '../support/store-process.ts';
import { outboxRow } from '../unit/store/rows.ts';
import { waitFor } from '../support/wait-for.ts';

let stores: StoreFolder;

beforeEach(async () => {
  stores = await StoreFolder.make();
});
afterEach(() => stores.remove());

const add = (ord: number, change: Partial<OutboxRecord> = {}): StoreOp => ({
  op: 'outbox-add',
  record: outboxRow(ord, change),
});
const wholePage = { query: 'outbox-page', to: 'ship1', lane: 'cliCommand', afterOrd: 0, limit: 1_000_000 } as const;
const restart = { query: 'restart' } as const;

async function lastOrd(store: StoreProcess): Promise<number> {
  return ((await store.query(restart)) as RestartState).lastOutboxOrd;
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function check(file: string): unknown {
  const database = openDriver(file, driverFor(process.versions.node));
  try {
    return (database.prepare('PRAGMA integrity_check').get() as { integrity_check: string }).integrity_check;
  } finally {
    database.close();
  }
}

describe('order', () => {
  test('store - answers come in the order of the requests, and a query sees what was committed before it, no more', async () => {
    const store = await stores.open();
    const tokens: number[] = [];
    const queries: { readonly token: number; readonly expected: number }[] = [];
    for (let ord = 1; ord <= 3000; ord += 1) {
      tokens.push(store.send({ commit: [add(ord)], refusable: ord % 2 === 0 }));
      if (ord % 100 !== 0) continue;
      const token = store.send({ query: restart });
      tokens.push(token);
      queries.push({ token, expected: ord });
    }
    await store.answerTo(tokens.at(-1) ?? 0);
    expect(store.answers.map((answer) => answer.token)).toEqual(tokens);
    expect(store.answers.filter((answer) => answer.error !== undefined)).toEqual([]);
    const seen = queries.map(
      ({ token }) => store.answers.find((answer) => answer.token === token)?.result as RestartState,
    );
    expect(seen.map((state) => state.lastOutboxOrd)).toEqual(queries.map(({ expected }) => expected));
    await store.close();
    const again = await stores.open();
    expect(await lastOrd(again)).toBe(3000);
  });

  test('store - bytes go in and come out as they are', async () => {
    const store = await stores.open();
    await store.commit([{ op: 'meta', key: 'k', value: '🚢 \u0001 \' "' }]);
    expect(((await store.query(restart)) as RestartState).meta['k']).toBe('🚢 \u0001 \' "');
  });
});

describe('kill -9', () => {
  test('store - whatever was acknowledged is there after a kill in the midst of writing, and nothing has holes', async () => {
    let next = 1;
    for (const acknowledged of [1, 200, 900, 2500]) {
      const store = await stores.open();
      const first = next;
      for (let count = 0; count < 4000; count += 1) {
        // Two rows in one commit: both are there, or none.
        store.send({ commit: [add(next), add(next + 1)], refusable: false });
        next += 2;
      }
      await waitFor(`${acknowledged} acknowledgements`, () => store.answers.length >= acknowledged, { everyMs: 1 });
      await store.kill();
      const known = first - 1 + 2 * store.answers.length;
      const again = await stores.open();
      const last = await lastOrd(again);
      expect(last).toBeGreaterThanOrEqual(known);
      expect((last - first + 1) % 2).toBe(0);
      const rows = (await again.query(wholePage)) as readonly OutboxRecord[];
      expect(rows.map((row) => row.ord)).toEqual(
        Array.from({ length: last }, (_none, index) => index + 1).slice(0, rows.length),
      );
      await again.close();
      expect(check(stores.path('steward.db'))).toBe('ok');
      next = last + 1;
    }
  });
});

describe('a full disk', () => {
  test('store - refuses what may be refused, keeps the rest in order, and goes on by itself', async () => {
    const store = await stores.open();
    await store.commit([add(1)]);
    store.fillDisk();
    const refused = await store.commit([add(2, { head: 'x'.repeat(20_000) })], true);
    expect(refused.error).toMatch(/./);
    const kept = [2, 3, 4].map((ord) => store.send({ commit: [add(ord)], refusable: false }));
    const query = store.send({ query: restart });
    const { reason } = await store.event('stalled');
    expect(reason).toMatch(/full|I\/O|too large/i);
    const alsoRefused = await store.commit([add(99)], true);
    expect(alsoRefused.error).toBe(reason);
    // People may look meanwhile; the flow's own question waits for what stands before it.
    const counts = await store.answerTo(store.send({ counts: true }));
    expect(counts.result).toMatchObject({ states: { queued: 1 } });
    expect(store.answers.filter(({ token }) => [...kept, query].includes(token))).toEqual([]);
    store.freeDisk();
    await store.event('ready');
    expect(((await store.answerTo(query)).result as RestartState).lastOutboxOrd).toBe(4);
    const order = store.answers.map(({ token }) => token).filter((token) => kept.includes(token) || token === query);
    expect(order).toEqual([...kept, query]);
    expect((await store.commit([add(5)], true)).error).toBeUndefined();
    await store.close();
    expect(await lastOrd(await stores.open())).toBe(5);
  });

  test('store - of many at once, only what may be refused is', async () => {
    const store = await stores.open();
    await store.commit([add(1)]);
    store.fillDisk();
    const tokens = Array.from({ length: 40 }, (_none, index) =>
      store.send({ commit: [add(index + 2)], refusable: index % 2 === 0 }),
    );
    await store.event('stalled');
    await waitFor('all refusals', () => store.answers.filter(({ error }) => error !== undefined).length === 20);
    store.freeDisk();
    await store.event('ready');
    const answers = await Promise.all(tokens.map((token) => store.answerTo(token)));
    expect(answers.map(({ error }) => error !== undefined)).toEqual(tokens.map((_token, index) => index % 2 === 0));
    const rows = (await store.query(wholePage)) as readonly OutboxRecord[];
    expect(rows.map((row) => row.ord)).toEqual([1, ...Array.from({ length: 20 }, (_none, index) => 2 * index + 3)]);
  });

  test('store - one that is killed while its disk is full has all that was acknowledged', async () => {
    const store = await stores.open();
    await store.commit([add(1), add(2)]);
    store.fillDisk();
    store.send({ commit: [add(3)], refusable: false });
    await store.event('stalled');
    await store.kill();
    const again = await stores.open();
    expect(await lastOrd(again)).toBe(2);
    expect((await again.commit([add(3)])).error).toBeUndefined();
  });
});

describe('the lock', () => {
  test('store - a second one is refused and names the pid of the first', async () => {
    const first = await stores.open();
    const second = await stores.launch().event('failed');
    expect(second).toMatchObject({ code: 'already-running' });
    expect(second.message).toContain(`pid ${first.child.pid}`);
    expect(second.hint).toMatch(/./);
    expect((await first.commit([add(1)])).error).toBeUndefined();
  });

  test('store - it goes with its holder: after a close, and after a kill', async () => {
    const first = await stores.open();
    await first.close();
    expect(existsSync(stores.path('node.pid'))).toBe(false);
    const second = await stores.open();
    await second.kill();
    expect(existsSync(stores.path('node.pid'))).toBe(true);
    const third = await stores.open();
    expect(readFileSync(stores.path('node.pid'), 'utf8')).toBe(`${third.child.pid}\n`);
  });
});

describe('a file that is no store', () => {
  const refusedUnchanged = async (): Promise<unknown> => {
    const before = digestOf(stores.path('steward.db'));
    const failed = await stores.launch().event('failed');
    expect(digestOf(stores.path('steward.db'))).toBe(before);
    return failed;
  };

  test('store - rubbish is refused, said to be so, and left as it is', async () => {
    writeFileSync(stores.path('steward.db'), Buffer.alloc(8192, 'rubbish '));
    expect(await refusedUnchanged()).toMatchObject({
      code: 'store-corrupt',
      hint: expect.stringMatching(/copy/) as string,
    });
  });

  test('store - a store whose start was overwritten is refused, and left as it is', async () => {
    const store = await stores.open();
    await store.commit([add(1)]);
    await store.close();
    const bytes = readFileSync(stores.path('steward.db'));
    writeFileSync(stores.path('steward.db'), Buffer.concat([Buffer.alloc(4096, 7), bytes.subarray(4096)]));
    expect(await refusedUnchanged()).toMatchObject({ code: 'store-corrupt' });
  });

  const full = async (): Promise<Buffer> => {
    const store = await stores.open();
    await store.commit(Array.from({ length: 500 }, (_none, index) => add(index + 1, { head: 'x'.repeat(500) })));
    await store.close();
    return readFileSync(stores.path('steward.db'));
  };

  test('store - a store that was cut is refused, and left as it is', async () => {
    const bytes = await full();
    writeFileSync(stores.path('steward.db'), bytes.subarray(0, Math.floor(bytes.length / 2 / 1024) * 1024));
    expect(await refusedUnchanged()).toMatchObject({ code: 'store-corrupt' });
  });

  test('store - damage inside is told when it is met, and the store can still be closed', async () => {
    const bytes = await full();
    bytes.fill(7, Math.floor(bytes.length / 3), bytes.length - 8192);
    writeFileSync(stores.path('steward.db'), bytes);
    // Where there are no sums, it is not found before.
    rmSync(stores.path('steward.db-sum'));
    const store = await stores.open();
    store.send({ query: wholePage });
    expect(await store.event('failed')).toMatchObject({ code: 'store-corrupt' });
    await store.close();
    await store.event('closed');
  });

  test('store - one of a later version is refused, and left as it is', async () => {
    const store = await stores.open();
    await store.commit([add(1), { op: 'meta', key: 'schema', value: '99' }]);
    await store.close();
    const failed = await refusedUnchanged();
    expect(failed).toMatchObject({ code: 'store-unavailable', hint: expect.stringMatching(/newer/) as string });
    expect((failed as { message: string }).message).toContain('store 99');
  });

  test('store - a folder that is none is refused', async () => {
    const failed = await stores.launch('missing/steward.db').event('failed');
    expect(failed.code).toBe('store-unavailable');
    expect(failed.hint).toMatch(/./);
  });

  test('store - an empty file is a new store', async () => {
    writeFileSync(stores.path('steward.db'), '');
    const store = await stores.open();
    expect(await lastOrd(store)).toBe(0);
    expect(readdirSync(stores.folder)).toContain('steward.db-wal');
  });
});
