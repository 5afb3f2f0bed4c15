// A store is brought to the next version, which there is not, and the process or the power goes in the midst of it: what is left
// is of one version, whole, and goes on.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import { Disk } from '../../src/store/disk.ts';
import type { DriverName } from '../../src/store/driver.ts';
import { examine } from '../../src/store/examine.ts';
import type { StoreVersion } from '../../src/store/migrate.ts';
import { presentVersion } from '../../src/store/schema.ts';
import { SqliteStore } from '../../src/store/sqlite-store.ts';
import { systemSync, Wal } from '../../src/store/wal.ts';
import {
  copyFrozen,
  copyStore,
  removeStore,
  StoreEyes,
  storeDrivers,
  without,
  type Columns,
} from '../support/frozen-store.ts';
import { buildProgram } from '../support/build-program.ts';
import { Fleet } from '../support/fleet.ts';
import { makeVersion } from '../support/made-up-version.ts';
import { command } from '../support/message-fields.ts';
import { freePort } from '../support/nats-server.ts';
import type { MigrationLine } from '../support/migration-program.ts';
import { added, dropped, points, nextVersion } from '../support/made-up-store.ts';
import { inboxRow, outboxRow } from '../unit/store/rows.ts';

const nothing = (): void => undefined;
const present = String(presentVersion.version);
const next = String(nextVersion().version);
const source = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const modules = source('node_modules');
const rows = 20_000;
const rounds = 24;

let home: string;
let folder: string;
let program: string;

/** The store of the program has the next version in the place of this one. */
function inItsPlace({
  path,
  importer,
}: {
  readonly path: string;
  readonly importer: string;
}): { path: string } | undefined {
  return path === './schema.ts' && dirname(importer) === source('src/store')
    ? { path: source('test/support/next-schema.ts') }
    : undefined;
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'steward-migration-'));
  program = join(home, 'program.mjs');
  await buildProgram(new URL('../support/migration-program.ts', import.meta.url), {
    outfile: program,
    plugins: [{ name: 'the next version', setup: (making) => making.onResolve({ filter: /schema\.ts$/ }, inItsPlace) }],
  });
});
afterAll(() => rmSync(home, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(join(home, 'round-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Life {
  /** What it said, a line each. */
  readonly said: readonly MigrationLine[];
  readonly signal: NodeJS.Signals | null;
  /** From its first word to its last. */
  readonly tookMs: number;
}

interface LifeOptions {
  readonly path: string;
  readonly driver: DriverName;
  /** Where it ends itself. */
  readonly endAt?: MigrationLine;
  /** How long after its first word it is killed. */
  readonly killAfterMs?: number;
  /** No file of it can be longer, as on a full disk. */
  readonly fileBytes?: number;
}

async function live({ path, driver, endAt, killAfterMs, fileBytes }: LifeOptions): Promise<Life> {
  const args = [process.execPath, program, path, driver, endAt ?? ''];
  const limited = fileBytes === undefined ? args : ['prlimit', `--fsize=${fileBytes}:unlimited`, ...args];
  const child = spawn(limited[0] ?? '', limited.slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_PATH: modules },
  });
  let text = '';
  let [first, last] = [0, 0];
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    last = performance.now();
    if (first !== 0) return;
    first = last;
    if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  });
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { said: text.split('\n').slice(0, -1) as MigrationLine[], signal, tookMs: last - first };
}

describe.each(storeDrivers)('by %s', (driver) => {
  let first: string;
  let kept: Columns;
  let before: string;
  let shapes: Readonly<Record<string, readonly string[]>>;

  const openAs = (version: StoreVersion, path: string): void => new SqliteStore(path, driver, version).close();

  /** Its log holds the newer half of it, as a node leaves it that is killed. */
  beforeAll(async () => {
    const made = join(home, driver.replace(':', '-'), 'made.db');
    first = join(home, driver.replace(':', '-'), 'first.db');
    mkdirSync(dirname(made));
    const ops = (ord: number): readonly StoreOp[] => [
      { op: 'outbox-add', record: outboxRow(ord, { head: 'h'.repeat(300), bodySize: ord % 3, replyReason: 'r' }) },
      { op: 'inbox-add', record: inboxRow(ord) },
    ];
    for (const half of [0, 1]) {
      const disk = new Disk({ path: made, driver, calls: systemSync, clock: systemClock, onForgotten: nothing });
      disk.store.begin();
      const many = Array.from({ length: rows / 4 }, (_none, index) => ops(1 + (half * rows) / 4 + index));
      const statements = disk.store.apply(many.flat());
      while (statements.next().done !== true);
      disk.store.end();
      await disk.wal.sync();
      disk.markWritten();
      copyStore(made, first);
      disk.close();
    }
    const copy = join(dirname(made), 'eyes.db');
    copyStore(first, copy);
    const eyes = new StoreEyes(copy, driver);
    kept = without(eyes.columns(), dropped);
    const old = { shape: eyes.shape(), rows: eyes.rows(kept) };
    before = old.rows.join('\n');
    openAs(nextVersion(), copy);
    shapes = { [present]: old.shape, [next]: eyes.shape() };
  });

  /** Whichever version it is of, that version opens it, and the next one has all rows. Answers which it was. */
  function expectWhole(path: string): string {
    // Nothing of it looks like damage, or like a loss.
    const { sums, isShortened } = examine(path, nothing);
    sums.close();
    expect(isShortened).toBe(false);
    const eyes = new StoreEyes(path, driver);
    const found = eyes.version();
    expect(eyes.shape()).toEqual(shapes[found]);
    if (found === present) openAs(presentVersion, path);
    else expect(() => openAs(presentVersion, path)).toThrow(`store ${next}, this one knows ${present}`);
    expect(eyes.version()).toBe(found);
    openAs(nextVersion(), path);
    expect(eyes.version()).toBe(next);
    // As one text: a list of so many rows takes long to compare.
    expect(eyes.rows(kept).join('\n') === before, `the rows of a store that was of version ${found}`).toBe(true);
    expect(eyes.all(`SELECT ord FROM outbox WHERE ${added} <> (bodySize > 0)`)).toEqual([]);
    removeStore(path);
    return found;
  }

  const fresh = (name = 'steward.db'): string => {
    const path = join(folder, name);
    copyStore(first, path);
    return path;
  };

  test('migration - the store that is brought to the next version has all rows, a half of them in its log', () => {
    expect(before.split('\n').length).toBeGreaterThanOrEqual(rows);
    for (const part of [first, `${first}-wal`]) expect(statSync(part).size).toBeGreaterThan(2_000_000);
  });

  test('migration - killed at each of its points, it leaves one version, whole', async () => {
    const path = fresh();
    expect((await live({ path, driver })).said.at(-1)).toBe('opened');
    const ends = ['began', ...points.map((point) => `statement ${point}` as const), 'opened'] as const;
    const found: string[] = [];
    for (const endAt of ends) {
      const store = fresh(`${endAt}.db`);
      const life = await live({ path: store, driver, endAt });
      expect([life.signal, life.said.at(-1)]).toEqual(['SIGKILL', endAt]);
      found.push(expectWhole(store));
    }
    expect(found).toEqual(ends.map((end) => (end === 'opened' ? next : present)));
  });

  test('migration - killed at any moment, again and again, it leaves one version, whole', async () => {
    const whole = await live({ path: fresh(), driver });
    const seen: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const path = fresh(`${round}.db`);
      const { said, signal } = await live({ path, driver, killAfterMs: (whole.tookMs * (round + 0.5)) / rounds });
      const version = expectWhole(path);
      if (said.includes('opened')) expect(version).toBe(next);
      seen.push(`${said.at(-1)}, version ${version}${signal === null ? '' : ', killed'}`);
    }
    // It was killed in the midst of it, at more than one place.
    const places = new Set(seen.filter((one) => one.endsWith('killed')));
    const isSpread = places.size > 2 && seen.some((one) => one.includes(`version ${present}`));
    expect(isSpread ? [] : seen).toEqual([]);
  }, 180_000);

  test('migration - killed again each time it is tried, it is done at last', async () => {
    const path = fresh();
    for (const point of points)
      expect((await live({ path, driver, endAt: `statement ${point}` })).signal).toBe('SIGKILL');
    expect(expectWhole(path)).toBe(present);
  });

  test('migration - whatever of its log is on the disk when the power goes, the store is of one version, whole', () => {
    const random = seededRandom(3);
    const path = fresh();
    const image = join(folder, 'image.db');
    const atStatement: string[] = [];
    const { sums } = examine(path, nothing);
    const store = new SqliteStore(
      path,
      driver,
      nextVersion(() => {
        copyStore(path, image);
        atStatement.push(expectWhole(image));
      }),
    );
    expect(atStatement).toEqual(points.map(() => present));
    copyStore(path, image);
    const length = statSync(`${image}-wal`).size;
    // In the order of disk.ts.
    const wal = new Wal(path, { calls: systemSync, clock: systemClock });
    sums.markWritten(wal.mark);
    sums.settle(wal.read());
    const settled = join(folder, 'settled.db');
    copyStore(path, settled);
    store.takeUpLog();
    const moved = readFileSync(path);
    store.close();
    wal.close();
    sums.close();

    // The log is cut: at the ends, and anywhere.
    const cuts = [
      0,
      32,
      length - 1,
      length - 1048,
      length,
      ...Array.from({ length: 8 }, () => Math.floor(random.next() * length)),
    ];
    for (const cut of cuts) {
      const copy = join(folder, 'cut.db');
      copyStore(image, copy);
      truncateSync(`${copy}-wal`, cut);
      expect({ cut, version: expectWhole(copy) }).toEqual({ cut, version: cut === length ? next : present });
    }
    // All of the log is there, and has been moved in part: any page of the database is the old one or the new one.
    const old = readFileSync(settled);
    for (const share of [0.1, 0.5, 0.9]) {
      const copy = join(folder, 'mixed.db');
      copyStore(settled, copy);
      const mixed = Buffer.from(moved);
      for (let page = 0; page < old.length; page += 1024)
        if (random.next() < share) old.copy(mixed, page, page, page + 1024);
      writeFileSync(copy, mixed);
      expect(expectWhole(copy)).toBe(next);
    }
  }, 180_000);

  test('migration - a disk that is full in the midst of it: the store stays as it was, and opens when there is room', async () => {
    const path = fresh();
    // With nothing in its log.
    new Disk({ path, driver, calls: systemSync, clock: systemClock, onForgotten: nothing }).close();
    const fileBytes = statSync(path).size;
    // The log has room for a part of what is written.
    const { said } = await live({ path, driver, fileBytes: Math.floor(fileBytes / 3) });
    expect(said.slice(0, 3)).toEqual(['began', 'statement 0', 'statement 1']);
    expect(said.at(-1)).toMatch(/^failed store-unavailable: .*cannot be brought to version .*\(says which messages/);
    expect(expectWhole(path)).toBe(present);
  });
});

test('migration - a node of the next version goes on with the store of this one, which then refuses it', async () => {
  const [here, then] = [presentVersion.version, presentVersion.version + 1];
  const versionLine = (version: number): string => `export const schemaVersion = ${version};`;
  const next = makeVersion([
    { file: 'src/store/schema.ts', old: versionLine(here), new: versionLine(then) },
    { file: 'src/store/schema.ts', old: 'boot TEXT NOT NULL, at INTEGER NOT NULL', new: 'boot TEXT NOT NULL' },
    { file: 'src/store/schema.ts', old: 'wish TEXT,', new: "wish TEXT, colour TEXT NOT NULL DEFAULT 'grey'," },
    {
      file: 'src/store/schema.ts',
      old: '{ version: schemaVersion, tables: schema, migrations }',
      new: `{ version: schemaVersion, tables: schema, migrations: [...migrations, { to: ${then}, what: 'paints', sql: [
        'ALTER TABLE boots DROP COLUMN at', "ALTER TABLE outbox ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'"] }] }`,
    },
    {
      file: 'src/store/sqlite-store.ts',
      old: "'INSERT INTO boots (boot, at) VALUES (?, ?)', op.boot, op.at",
      new: "'INSERT INTO boots (boot) VALUES (?)', op.boot",
    },
  ]);
  // Nobody listens there: the store is all that is needed.
  const fleet = await Fleet.open({ broker: `nats://127.0.0.1:${await freePort()}` });
  try {
    const central = fleet.add('central');
    const path = copyFrozen('libsql/central', central.path('store'));
    central.runner = { program: next.program };
    await central.start();
    const [id = ''] = await central.submit(command('ship1', 'echo later'));
    await central.kill();
    central.runner = {};
    const refused = central.launch();
    expect(await refused.ended).toBe(4);
    expect(refused.err()).toMatch(/^steward: \S+ was written by another version of Steward/);
    expect(refused.err()).toContain(`(store ${then}, this one knows ${here})`);
    central.runner = { program: next.program };
    await central.start();
    expect((await central.client.message(id)).state).toBe('queued');
    expect((await central.client.counts()).counts).toMatchObject({ succeeded: 3, queued: 5 });
    await central.stop();
    const eyes = new StoreEyes(path, storeDrivers[0] ?? 'libsql');
    expect(eyes.version()).toBe(String(then));
    expect(eyes.all('SELECT colour, count(*) AS n FROM outbox GROUP BY colour')).toMatchObject([
      { colour: 'grey', n: 11 },
    ]);
    expect(eyes.columns().find(({ table }) => table === 'boots')?.columns).toEqual(['number', 'boot']);
  } finally {
    await fleet.close();
    next.remove();
  }
});
