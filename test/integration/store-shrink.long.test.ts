// A store gives room back: its file becomes shorter while it is used, and whatever ends it meanwhile, it is whole, and not taken for damaged.
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { RestartState, Space, StoreOp } from '../../src/model/store-op.ts';
import { Disk } from '../../src/store/disk.ts';
import { openDriver } from '../../src/store/driver.ts';
import { examine } from '../../src/store/examine.ts';
import { presentVersion } from '../../src/store/schema.ts';
import { systemSync } from '../../src/store/wal.ts';
import { copyStore, removeStore, StoreEyes, storeDrivers } from '../support/frozen-store.ts';
import { StoreFolder, type StoreProcess } from '../support/store-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { outboxRow } from '../unit/store/rows.ts';

let stores: StoreFolder;
beforeEach(async () => {
  stores = await StoreFolder.make();
});
afterEach(() => stores.remove());

const db = (): string => stores.path('steward.db');
const add = (ord: number, bytes = 2_000): StoreOp => ({
  op: 'outbox-add',
  record: outboxRow(ord, { head: String(ord).padEnd(bytes, 'x'), state: 'succeeded', open: false }),
});
const prune = (ords: readonly number[]): StoreOp => ({ op: 'outbox-prune', node: 'central', ords });
const shrink = (pages = 64): StoreOp => ({ op: 'shrink', pages });
const count = (from: number, many: number): readonly number[] =>
  Array.from({ length: many }, (_none, index) => from + index);
const space = async (store: StoreProcess): Promise<Space> => (await store.query({ query: 'space' })) as Space;
const forgotten = (): boolean => readFileSync(`${db()}-sum`).toString('latin1', 0, 14) !== 'steward sums 1';

describe('shrink', () => {
  test('shrink - a file becomes shorter while the store is used, and so do its sums', async () => {
    const store = await stores.open();
    for (let first = 1; first < 10_000; first += 500) await store.commit(count(first, 500).map((ord) => add(ord)));
    const before = await space(store);
    expect(before.file).toBeGreaterThan(20_000_000);
    for (let first = 1; first < 9_500; first += 500) await store.commit([prune(count(first, 500))]);
    await waitFor(
      'the file to be short',
      async () => {
        await store.commit([shrink(256), add(20_000 + store.answers.length, 10)]);
        return statSync(db()).size < before.file / 4;
      },
      { withinMs: 60_000, everyMs: 0 },
    );
    await store.close();
    expect(statSync(db()).size).toBeLessThan(before.file / 4);
    expect(statSync(`${db()}-sum`).size).toBeLessThan(statSync(db()).size / 200);
    const again = await stores.open();
    expect(((await again.query({ query: 'restart' })) as RestartState).meta['lost']).toBeUndefined();
    expect(new StoreEyes(db(), storeDrivers[0] ?? 'libsql').version()).toBe(String(presentVersion.version));
  }, 120_000);

  test('shrink - a store that is killed at any moment, while it grows and shrinks, is whole and not taken for damaged', async () => {
    const random = seededRandom(11);
    let [next, oldest] = [1, 1];
    for (let round = 0; round < 25; round += 1) {
      const store = await stores.open();
      const { meta, lastOutboxOrd } = (await store.query({ query: 'restart' })) as RestartState;
      expect({ round, lost: meta['lost'] }).toEqual({ round, lost: undefined });
      next = lastOutboxOrd + 1;
      const commits = 15 + Math.floor(random.next() * 60);
      for (let commit = 0; commit < commits; commit += 1) {
        const many = 20 + Math.floor(random.next() * 100);
        if (random.next() < 0.45) {
          store.send({ commit: count(next, many).map((ord) => add(ord)), refusable: false });
          next += many;
        } else if (random.next() < 0.5) {
          store.send({ commit: [prune(count(oldest, many * 2))], refusable: false });
          oldest = Math.min(next, oldest + many * 2);
        } else store.send({ commit: [shrink(500)], refusable: false });
      }
      await waitFor('some of it', () => store.answers.length > commits * random.next(), { everyMs: 1 });
      await new Promise((resolve) => setTimeout(resolve, random.next() * 30));
      if (random.next() < 0.2) await store.close();
      else await store.kill();
      expect({ round, forgotten: forgotten() }).toEqual({ round, forgotten: false });
    }
    const store = await stores.open();
    await store.close();
    expect(new StoreEyes(db(), storeDrivers[0] ?? 'libsql').version()).toBe(String(presentVersion.version));
  }, 120_000);
});

describe.each(storeDrivers)('an older file, by %s', (driver) => {
  const rows = 3_000;
  const opened = (path: string): Disk =>
    new Disk({ path, driver, calls: systemSync, clock: systemClock, onForgotten: () => expect.unreachable() });

  /** As an earlier version made it: it cannot give pages back. */
  function olderFile(): string {
    const path = stores.path('older.db');
    const database = openDriver(path, driver);
    database.exec(`PRAGMA page_size=1024; PRAGMA journal_mode=WAL; ${presentVersion.tables}
      INSERT INTO meta (key, value) VALUES ('schema', '${presentVersion.version}')`);
    const insert = database.prepare('INSERT INTO boots (boot, at) VALUES (?, 1)');
    database.exec('BEGIN');
    for (let row = 0; row < rows; row += 1) insert.run(String(row).padEnd(700, 'b'));
    database.exec('COMMIT');
    database.close();
    return path;
  }

  const mode = (path: string): unknown => new StoreEyes(path, driver).all('PRAGMA auto_vacuum')[0]?.['auto_vacuum'];
  const boots = (path: string): unknown => new StoreEyes(path, driver).all('SELECT count(*) AS n FROM boots')[0]?.['n'];

  test('older file - it is written anew at the first start, once, and nothing is missing', () => {
    const path = olderFile();
    expect(mode(path)).toBe(0);
    opened(path).close();
    expect([mode(path), boots(path)]).toEqual([2, rows]);
    const written = readFileSync(path);
    opened(path).close();
    expect(readFileSync(path).equals(written)).toBe(true);
  });

  test('older file - whatever of its log is on the disk when the power goes, it is the old one or the new one, whole', () => {
    const random = seededRandom(5);
    const path = olderFile();
    // Sums of what it is now, and a log that holds all of the new file, and that nobody has moved.
    examine(path, () => undefined).sums.close();
    const before = readFileSync(path);
    const database = openDriver(path, driver);
    database.exec('PRAGMA wal_autocheckpoint=0; PRAGMA auto_vacuum=INCREMENTAL; VACUUM');
    const image = join(stores.folder, 'image.db');
    copyStore(path, image);
    database.close();
    const moved = readFileSync(path);
    const { size } = statSync(`${image}-wal`);
    const copy = join(stores.folder, 'cut.db');
    for (const cut of [0, 32, size - 1, size, ...count(0, 6).map(() => Math.floor(random.next() * size))]) {
      copyStore(image, copy);
      truncateSync(`${copy}-wal`, cut);
      opened(copy).close();
      expect({ cut, mode: mode(copy), boots: boots(copy) }).toEqual({ cut, mode: 2, boots: rows });
      removeStore(copy);
    }
    // Moved in part, with its sums settled.
    copyStore(image, copy);
    examine(copy, () => undefined).sums.close();
    const mixed = Buffer.from(before);
    for (let page = 0; page < Math.min(mixed.length, moved.length); page += 1024)
      if (random.next() < 0.5) moved.copy(mixed, page, page, page + 1024);
    writeFileSync(copy, mixed);
    opened(copy).close();
    expect([mode(copy), boots(copy)]).toEqual([2, rows]);
  });
});
