// The frozen stores of version 1, brought to this version, and to later ones that there are not (test/support/made-up-store.ts).
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Disk } from '../../../src/store/disk.ts';
import { openDriver } from '../../../src/store/driver.ts';
import type { StoreVersion } from '../../../src/store/migrate.ts';
import { inboxRecord, outboxRecord } from '../../../src/store/row.ts';
import { presentVersion } from '../../../src/store/schema.ts';
import { tablesOfVersion1 } from '../../../src/store/tables-of-version-1.ts';
import { SqliteStore } from '../../../src/store/sqlite-store.ts';
import { systemSync } from '../../../src/store/wal.ts';
import { copyFrozen, frozenStores, storeDrivers, StoreEyes, without } from '../../support/frozen-store.ts';
import { added, dropped, versionAfterNext, nextVersion } from '../../support/made-up-store.ts';

const present = String(presentVersion.version);
const next = String(nextVersion().version);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-migrate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.each(storeDrivers)('by %s', (driver) => {
  /** As the node opens it, and closed again. */
  function openAs(version: StoreVersion, path: string): void {
    new SqliteStore(path, driver, version).close();
  }

  function refusal(version: StoreVersion, path: string): unknown {
    try {
      openAs(version, path);
    } catch (error) {
      return error;
    }
    return undefined;
  }

  function everything(path: string): readonly unknown[] {
    const eyes = new StoreEyes(path, driver);
    const columns = eyes.columns();
    return [eyes.version(), eyes.shape(), columns, eyes.rows(columns)];
  }

  test('migrate - each step is told before it begins, and a store of this version has none', () => {
    const path = copyFrozen('libsql/central', folder);
    const eyes = new StoreEyes(path, driver);
    const told: { what: string; version: string }[] = [];
    const onUpgrade = (what: string): void =>
      void told.push({ what: what.replaceAll(/ \([^)]*\)/g, ''), version: eyes.version() });
    const options = { path, driver, calls: systemSync, clock: systemClock, onForgotten: () => undefined, onUpgrade };
    new Disk(options).close();
    expect(told).toEqual([
      { what: `it is brought to version 2, 3, 4, 5, 6 and ${present}`, version: '1' },
      { what: 'its file is written anew, so that it can give room back', version: present },
    ]);
    new Disk(options).close();
    expect(told).toHaveLength(2);
  });

  describe.each(frozenStores)('of %s', (name) => {
    test('migrate - all rows are there afterwards, with the new column and without the dropped one', () => {
      const path = copyFrozen(name, folder);
      const eyes = new StoreEyes(path, driver);
      const kept = without(eyes.columns(), dropped);
      const before = eyes.rows(kept);
      expect(before.length).toBeGreaterThan(10);
      const store = new SqliteStore(path, driver, nextVersion());
      const records = [
        ...store.all('SELECT * FROM outbox').map(outboxRecord),
        ...store.all('SELECT * FROM inbox').map(inboxRecord),
      ];
      expect(store.get('PRAGMA synchronous')?.['synchronous']).toBe(1);
      // In memory, as before the migration.
      expect(store.get('PRAGMA temp_store')?.['temp_store']).toBe(2);
      store.close();
      expect(records.length).toBe(before.filter((row) => /^(outbox|inbox):/.test(row)).length);
      expect(eyes.version()).toBe(next);
      expect(eyes.rows(kept)).toEqual(before);
      const [outbox] = eyes.columns().filter(({ table }) => table === 'outbox');
      expect(outbox?.columns).toContain(added);
      expect(outbox?.columns).not.toContain(dropped);
      expect(eyes.all(`SELECT ord FROM outbox WHERE ${added} <> (bodySize > 0)`)).toEqual([]);
      // The second time there is nothing left to do.
      openAs(
        nextVersion(() => expect.unreachable()),
        path,
      );
      expect(eyes.rows(kept)).toEqual(before);
    });

    test('migrate - the version before then refuses it, and leaves it as it is', () => {
      const path = copyFrozen(name, folder);
      openAs(nextVersion(), path);
      const before = everything(path);
      expect(refusal(presentVersion, path)).toMatchObject({
        code: 'store-unavailable',
        message: expect.stringContaining(`(store ${next}, this one knows ${present})`) as string,
        hint: 'run the version that wrote it, or a newer one',
      });
      expect(everything(path)).toEqual(before);
    });

    test('migrate - a store that was brought to a version is like one that it made', () => {
      const made = [presentVersion, nextVersion(), versionAfterNext()].map((version) => {
        const [old, fresh] = [
          copyFrozen(name, join(folder, `${version.version}`)),
          join(folder, `${version.version}.db`),
        ];
        openAs(version, old);
        openAs(version, fresh);
        const shape = new StoreEyes(fresh, driver).shape();
        expect(new StoreEyes(old, driver).shape()).toEqual(shape);
        return shape.length;
      });
      expect(made[1]).toBeGreaterThan(made[0] ?? Infinity);
    });
  });

  const frozen = (): string => copyFrozen('libsql/ship1', folder);

  test('migrate - two versions are made up for at once, in their order', () => {
    const path = frozen();
    openAs(versionAfterNext(), path);
    const eyes = new StoreEyes(path, driver);
    expect(eyes.version()).toBe(String(versionAfterNext().version));
    expect(eyes.all('SELECT count(*) AS n FROM notes')).toEqual(eyes.all('SELECT count(*) AS n FROM outbox'));
  });

  test.each([
    ['no migration at all', []],
    ['not the first step', versionAfterNext().migrations.filter(({ to }) => String(to) !== next)],
    ['not the last step', versionAfterNext().migrations.filter(({ to }) => to !== versionAfterNext().version)],
    [
      'one step twice',
      versionAfterNext().migrations.flatMap((step) => [step, step].slice(Number(String(step.to) !== next))),
    ],
  ])('migrate - where the way is not whole the store is refused, and left as it is: %s', (_what, migrations) => {
    const path = frozen();
    const before = everything(path);
    expect(refusal({ ...versionAfterNext(), migrations }, path)).toMatchObject({ code: 'store-unavailable' });
    expect(everything(path)).toEqual(before);
  });

  test.each(['0', '-1', '1.5', 'rubbish', '', '99'])('migrate - a store of version "%s" is refused', (found) => {
    const path = frozen();
    openAs(presentVersion, path);
    const database = openDriver(path, driver);
    database.prepare("UPDATE meta SET value = ? WHERE key = 'schema'").run(found);
    database.close();
    const before = everything(path);
    for (const version of [presentVersion, nextVersion(), versionAfterNext()])
      expect(refusal(version, path)).toMatchObject({ code: 'store-unavailable' });
    expect(everything(path)).toEqual(before);
  });

  test('migrate - what cannot be done is said with what it was, nothing of it is left, and it can be tried again', () => {
    const path = frozen();
    const before = everything(path);
    const failing = {
      ...nextVersion(),
      migrations: [
        ...presentVersion.migrations,
        {
          to: Number(next),
          what: 'says more',
          sql: [...(nextVersion().migrations.at(-1)?.sql ?? []), 'UPDATE nowhere SET x = 1'],
        },
      ],
    };
    expect(refusal(failing, path)).toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(
        new RegExp(`cannot be brought to version .*${next} \\(says more\\): .*no such table: nowhere`),
      ) as string,
      hint: expect.stringContaining('left as it is') as string,
    });
    expect(everything(path)).toEqual(before);
    openAs(presentVersion, path);
    openAs(nextVersion(), path);
    expect(new StoreEyes(path, driver).version()).toBe(next);
  });

  test('migrate - while another connection writes, the store is refused, and opens when it is done', () => {
    const path = frozen();
    openAs(presentVersion, path);
    const other = openDriver(path, driver);
    try {
      other.exec('BEGIN IMMEDIATE');
      expect(refusal(nextVersion(), path)).toMatchObject({
        code: 'store-unavailable',
        message: expect.stringMatching(/locked|busy/) as string,
      });
      other.exec('ROLLBACK');
      openAs(nextVersion(), path);
    } finally {
      other.close();
    }
    expect(new StoreEyes(path, driver).version()).toBe(next);
  });

  test('migrate - SQLite syncs it, and nothing after it', () => {
    const path = frozen();
    const asks = ['CREATE TABLE syncs AS SELECT synchronous FROM pragma_synchronous'];
    const store = new SqliteStore(path, driver, {
      ...presentVersion,
      version: Number(next),
      migrations: [...presentVersion.migrations, { to: Number(next), what: 'asks', sql: asks }],
    });
    expect([
      store.get('SELECT synchronous AS s FROM syncs')?.['s'],
      store.get('PRAGMA synchronous')?.['synchronous'],
    ]).toEqual([2, 1]);
    store.close();
  });

  test('migrate - what an earlier life left in the log is in the database before anything is written behind it', () => {
    const path = frozen();
    let copied = false;
    const store = new SqliteStore(
      path,
      driver,
      nextVersion((point) => {
        if (point !== 0) return;
        copied = true;
        // Without the log.
        copyFileSync(path, join(folder, 'copy.db'));
      }),
    );
    store.close();
    expect(copied).toBe(true);
    const [copy, now] = [join(folder, 'copy.db'), path].map((file) => new StoreEyes(file, driver));
    const kept = without(copy?.columns() ?? [], dropped);
    expect(copy?.version()).toBe('1');
    expect(copy?.rows(kept)).toEqual(now?.rows(kept));
  });

  test('migrate - a new store is made whole, or not at all', () => {
    const path = join(folder, 'new.db');
    expect(
      refusal({ ...presentVersion, tables: `${presentVersion.tables}CREATE TABLE outbox (x);` }, path),
    ).toBeDefined();
    const eyes = new StoreEyes(path, driver);
    expect(eyes.all('SELECT name FROM sqlite_master')).toEqual([]);
    openAs(nextVersion(), path);
    expect(eyes.version()).toBe(next);
  });

  test('migrate - a store whose making was interrupted before it had a number is gone on with', () => {
    const path = join(folder, 'new.db');
    const database = openDriver(path, driver);
    database.exec(tablesOfVersion1.slice(0, tablesOfVersion1.indexOf('CREATE TABLE IF NOT EXISTS inbox')));
    database.close();
    openAs(presentVersion, path);
    expect(new StoreEyes(path, driver).version()).toBe(present);
  });
});
