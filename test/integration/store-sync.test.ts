// The store in this process, with the calls that sync its log in the hands of the test.
import { copyFileSync, fdatasyncSync, mkdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { driverFor, openDriver } from '../../src/store/driver.ts';
import { Disk } from '../../src/store/disk.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import type { SyncCalls } from '../../src/store/wal.ts';
import { waitFor } from '../support/wait-for.ts';
import { outboxRow } from '../unit/store/rows.ts';

const root = process.env['STEWARD_TEST_ROOT'] ?? fileURLToPath(new URL('../..', import.meta.url));
const driver = driverFor(process.versions.node);

let folder: string;
let store: Store;
let isOpen = false;
let failure: unknown;
let told: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-sync-'));
  failure = undefined;
  told = [];
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

async function close(): Promise<void> {
  if (isOpen) await store.close();
  isOpen = false;
}

const file = (): string => join(folder, 'steward.db');

function open(calls: SyncCalls, timers = systemTimers): void {
  isOpen = true;
  store = openStore({
    path: file(),
    driver,
    checkpointThread: pathToFileURL(join(root, 'dist', 'checkpoint-thread.mjs')),
    clock: systemClock,
    timers,
    calls,
    onStalled: () => void told.push('stalled'),
    onReady: () => void told.push('ready'),
    onForgotten: (why) => void told.push(`forgotten: ${why}`),
    onFailed: (error) => (failure = error),
  });
}

function commit(first: number, count = 1, how: { mayWait?: boolean } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const ops = Array.from({ length: count }, (_none, at) => ({
      op: 'outbox-add' as const,
      record: outboxRow(first + at),
    }));
    store.commit(ops, { refusable: false, ...how }, (_result, error) =>
      error === undefined ? resolve() : reject(new Error(error)),
    );
  });
}

function ordsIn(path: string): readonly number[] {
  const database = openDriver(path, driver);
  try {
    return database
      .prepare('SELECT ord FROM outbox ORDER BY ord')
      .all()
      .map((row) => (row as { ord: number }).ord);
  } finally {
    database.close();
  }
}

const plain: SyncCalls = { onTheSpot: fdatasyncSync, elsewhere: (fd) => Promise.resolve(fdatasyncSync(fd)) };
/** So many rounds of events: whatever was going to happen by itself has happened. */
async function rounds(count = 50): Promise<void> {
  for (let round = 0; round < count; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('store - answers nothing before its sync is over, however long that takes', async () => {
  let finishSync: (() => void) | undefined;
  open({ onTheSpot: fdatasyncSync, elsewhere: () => new Promise((resolve) => (finishSync = resolve)) });
  let answered = 0;
  const all = [commit(1), commit(2)].map((one) => one.then(() => (answered += 1)));
  await waitFor('a sync', () => finishSync !== undefined);
  // What comes meanwhile waits for the next one, and the node goes on.
  const third = commit(3).then(() => (answered += 1));
  await rounds();
  expect(answered).toBe(0);
  const [first] = [finishSync];
  finishSync = undefined;
  first?.();
  await Promise.all(all);
  expect(answered).toBe(2);
  await waitFor('the next sync', () => finishSync !== undefined);
  expect(answered).toBe(2);
  (finishSync as (() => void) | undefined)?.();
  await third;
});

/** A disk whose first sync ends when it is told to. */
function firstSyncByHand(): { readonly calls: SyncCalls; readonly end: () => Promise<void> } {
  let finish: (() => void) | undefined;
  const elsewhere = (fd: number): Promise<void> => {
    if (finish !== undefined) return Promise.resolve(fdatasyncSync(fd));
    return new Promise((resolve) => (finish = resolve));
  };
  return {
    calls: { onTheSpot: fdatasyncSync, elsewhere },
    async end() {
      await waitFor('a sync', () => finish !== undefined);
      finish?.();
    },
  };
}

test('store - a look sees what has been told, and does not wait for what has not', async () => {
  const sync = firstSyncByHand();
  open(sync.calls);
  const order: string[] = [];
  const first = commit(1).then(() => order.push('first'));
  await rounds();
  const second = commit(2).then(() => order.push('second'));
  const look = store.view({ view: 'counts' }).then(({ states }) => order.push(`a look at ${states['queued'] ?? 0}`));
  await sync.end();
  await Promise.all([first, second, look]);
  expect(order).toEqual(['first', 'a look at 1', 'second']);
});

test('store - looks without end do not hold up a commit', async () => {
  open(plain);
  let isTold = false;
  const lookAgainAndAgain = async (): Promise<void> => {
    while (!isTold) await store.view({ view: 'counts' });
  };
  // More than is read in one turn.
  const looks = Array.from({ length: 1_000 }, lookAgainAndAgain);
  await commit(1).then(() => (isTold = true));
  await Promise.all(looks);
});

test('store - a large commit lets those before it be told first', async () => {
  const sync = firstSyncByHand();
  open(sync.calls);
  const small = commit(1).then(() => ordsIn(file()).length);
  const large = commit(2, 501);
  await sync.end();
  expect(await small).toBe(1);
  await large;
  expect(ordsIn(file()).length).toBe(502);
});

test('store - a commit that may wait shares the sync of the next one, and needs none to be written', async () => {
  let syncs = 0;
  const waiting: (() => void)[] = [];
  const after = (_ms: number, callback: () => void): (() => void) => {
    waiting.push(callback);
    return () => void waiting.splice(waiting.indexOf(callback), 1);
  };
  open({ ...plain, onTheSpot: (fd) => (syncs += 1) && fdatasyncSync(fd) }, { after });
  await commit(1);
  await rounds();
  const order: string[] = [];
  syncs = 0;
  const waits = commit(2, 1, { mayWait: true }).then(() => order.push('waits'));
  await rounds();
  expect([syncs, order]).toEqual([0, []]);
  await Promise.all([waits, commit(3).then(() => order.push('next'))]);
  expect([syncs, order, waiting]).toEqual([1, ['waits', 'next'], []]);
  const alone = commit(4, 1, { mayWait: true });
  waiting[0]?.();
  await alone;
  expect(syncs).toBe(2);
  const last = commit(5, 1, { mayWait: true });
  await Promise.all([last, close()]);
  expect(ordsIn(file())).toEqual([1, 2, 3, 4, 5]);
});

test('store - syncs on the spot as long as the disk is quick, and elsewhere while it is not', async () => {
  let slowMs = 0;
  const made = { spot: 0, elsewhere: 0 };
  const wait = (): void => {
    const until = performance.now() + slowMs;
    while (performance.now() < until);
  };
  open({
    onTheSpot: () => {
      made.spot += 1;
      wait();
    },
    elsewhere: () => {
      made.elsewhere += 1;
      wait();
      return Promise.resolve();
    },
  });
  let ord = 0;
  const some = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) await commit((ord += 1));
  };
  await some(50);
  expect(made.spot).toBeGreaterThan(40);
  slowMs = 10;
  await some(20);
  expect(made.elsewhere).toBeGreaterThan(15);
  const before = made.spot;
  slowMs = 0;
  await some(50);
  expect(made.spot).toBeGreaterThan(before + 20);
});

test('store - a sync that fails ends it, and answers nothing that rested on it', async () => {
  let broken = false;
  const sync = (fd: number): void => {
    if (broken) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    fdatasyncSync(fd);
  };
  open({
    onTheSpot: sync,
    elsewhere: async (fd) => {
      await rounds();
      sync(fd);
    },
  });
  await commit(1);
  broken = true;
  let answered = false;
  void commit(2).then(() => (answered = true));
  await waitFor('the failure', () => failure !== undefined);
  expect(failure).toMatchObject({ code: 'store-unavailable', message: expect.stringContaining('EIO') as string });
  broken = false;
  void commit(3).then(() => (answered = true));
  await rounds();
  expect(answered).toBe(false);
});

test('store - what is on the disk when the power goes holds everything that was answered', async () => {
  const random = seededRandom(7);
  const image = join(folder, 'image');
  mkdirSync(image);
  let answered = 0;
  let answeredAtSync = 0;
  // What was not synced is lost: of each file the image has what it held at the last sync.
  const sync = (): void => {
    for (const name of ['steward.db', 'steward.db-wal']) copyFileSync(join(folder, name), join(image, name));
    answeredAtSync = answered;
  };
  open({
    onTheSpot: sync,
    elsewhere: async () => {
      await rounds();
      sync();
    },
  });
  let ord = 1;
  for (let round = 0; round < 40; round += 1) {
    const count = 1 + Math.floor(random.next() * 400);
    await commit(ord, count);
    ord += count;
    answered = ord - 1;
    // The sync was made after everything was written that has been answered since.
    expect(answeredAtSync).toBeLessThan(answered);
    const cut = join(folder, `cut-${round}`);
    mkdirSync(cut);
    for (const name of ['steward.db', 'steward.db-wal']) copyFileSync(join(image, name), join(cut, name));
    expect(ordsIn(join(cut, 'steward.db')).length).toBe(answered);
  }
});

test('store - one large commit does not hold up the node, and is all or nothing for who asks meanwhile', async () => {
  open(plain);
  const count = 60_000;
  let done = false;
  const large = commit(1, count).then(() => (done = true));
  const seen = new Set<number>();
  let passed = 0;
  while (!done) {
    await rounds(1);
    passed += 1;
    if (passed % 5 === 0) {
      void store.view({ view: 'counts' }).then(({ states }) => seen.add(states['queued'] ?? 0));
      seen.add(ordsIn(file()).length);
    }
  }
  await large;
  await store.view({ view: 'counts' });
  expect([...seen].filter((queued) => queued !== 0 && queued !== count)).toEqual([]);
  expect(passed).toBeGreaterThan(20);
});

test('store - its log stays short under load, and nothing of it is lost when it is moved', async () => {
  open(plain);
  let ord = 1;
  let longest = 0;
  for (let round = 0; round < 100; round += 1) {
    await Promise.all(Array.from({ length: 20 }, (_none, at) => commit(ord + at * 50, 50)));
    ord += 1000;
    longest = Math.max(longest, statSync(`${file()}-wal`).size);
  }
  expect(ordsIn(file()).length).toBe(ord - 1);
  expect(longest).toBeGreaterThan(4_000 * 1_048);
  expect(longest).toBeLessThan(10_000 * 1_048);
  // It has been moved: what is not in the database yet is less than that.
  await waitFor('the log to be moved', () => statSync(file()).size > 15 * 1024 * 1024);
  await close();
  expect(ordsIn(file()).length).toBe(ord - 1);
});

test('store - while another process holds its lock it refuses what it may, keeps the rest, and holds up nobody', async () => {
  open(plain);
  await commit(1);
  const other = openDriver(file(), driver);
  other.exec('BEGIN IMMEDIATE');
  let longest = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  try {
    const refused = await Promise.all(
      Array.from(
        { length: 50 },
        () =>
          new Promise<string | undefined>((resolve) => {
            const record = outboxRow(2);
            store.commit([{ op: 'outbox-add', record }], { refusable: true }, (_result, error) => resolve(error));
          }),
      ),
    );
    expect(refused.every((reason) => /locked|busy/i.test(reason ?? ''))).toBe(true);
    const kept = commit(2);
    await waitFor('word that it cannot write', () => told.length > 0);
    expect(told).toEqual(['stalled']);
    other.exec('ROLLBACK');
    await kept;
    expect(told).toEqual(['stalled', 'ready']);
  } finally {
    clearInterval(watch);
    other.close();
  }
  expect(longest).toBeLessThan(1_000);
});

test('store - it says that it can write again, although nobody asks it to', async () => {
  open(plain);
  await commit(1);
  const other = openDriver(file(), driver);
  other.exec('BEGIN IMMEDIATE');
  const refused = new Promise((resolve) =>
    store.commit([{ op: 'outbox-add', record: outboxRow(2) }], { refusable: true }, (_result, error) => resolve(error)),
  );
  expect(await refused).toMatch(/locked|busy/i);
  expect(told).toEqual(['stalled']);
  other.exec('ROLLBACK');
  other.close();
  await waitFor('word that it can write', () => told.at(-1) === 'ready');
});

test('store - the log of a store with other pages is moved, too', async () => {
  const made = openDriver(file(), driver);
  made.exec('PRAGMA page_size=4096; PRAGMA journal_mode=WAL; CREATE TABLE foreign_table (x)');
  made.close();
  open(plain);
  for (let round = 0; round < 60; round += 1) await commit(1 + round * 1000, 1000);
  await waitFor('the log to be moved', () => statSync(file()).size > 4 * 1024 * 1024);
});

test('store - what an earlier life left in the log is in the database before anything else happens', async () => {
  open(plain);
  await commit(1, 500);
  const [copy, rest] = [join(folder, 'copy.db'), join(folder, 'copy.db-wal')];
  copyFileSync(file(), copy);
  copyFileSync(`${file()}-wal`, rest);
  await close();
  const left = statSync(copy).size;
  const again = new Disk({ path: copy, driver, calls: plain, clock: systemClock, onForgotten: () => undefined });
  try {
    expect(statSync(rest).size).toBe(0);
    expect(statSync(copy).size).toBeGreaterThan(left + 100_000);
  } finally {
    again.close();
  }
  expect(ordsIn(copy).length).toBe(500);
});

test('store - the log stays short while one commit follows the other', async () => {
  open(plain);
  let longest = 0;
  for (let ord = 1; ord <= 3_000; ord += 1) {
    await commit(ord);
    longest = Math.max(longest, statSync(`${file()}-wal`).size);
  }
  // 4,000 pages of 1 KiB, and what came while they were moved.
  expect(longest).toBeGreaterThan(4_000_000);
  expect(longest).toBeLessThan(10_000_000);
});
