// The sums of a store's pages: damage is found, whatever it hit, and nothing else is taken for damage.
import { cpSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { OutboxRecord } from '../../src/model/record.ts';
import type { RestartState, StoreOp } from '../../src/model/store-op.ts';
import { driverFor, openDriver } from '../../src/store/driver.ts';
import { examine } from '../../src/store/examine.ts';
import { StoreFolder, type StoreProcess } from '../support/store-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { outboxRow } from '../unit/store/rows.ts';

let stores: StoreFolder;
beforeEach(async () => {
  stores = await StoreFolder.make();
});
afterEach(() => stores.remove());

const db = (): string => stores.path('steward.db');
const wal = (): string => stores.path('steward.db-wal');
const sums = (): string => stores.path('steward.db-sum');
const saltOf = (): string => readFileSync(wal()).toString('hex', 16, 24);
const add = (ord: number, bytes = 500): StoreOp => ({
  op: 'outbox-add',
  record: outboxRow(ord, { head: String(ord).padEnd(bytes, 'x') }),
});
const nothing = (): void => undefined;
const count = (from: number, many: number): readonly number[] =>
  Array.from({ length: many }, (_none, index) => from + index);

async function stateOf(store: StoreProcess): Promise<RestartState> {
  return (await store.query({ query: 'restart' })) as RestartState;
}

async function ordsOf(store: StoreProcess): Promise<readonly number[]> {
  const page = { query: 'outbox-page', to: 'ship1', lane: 'cliCommand', afterOrd: 0, limit: 1_000_000 } as const;
  const ords: number[] = [];
  for (;;) {
    const rows = (await store.query({ ...page, afterOrd: ords.at(-1) ?? 0 })) as readonly OutboxRecord[];
    if (rows.length === 0) return ords;
    ords.push(...rows.map(({ ord }) => ord));
  }
}

async function filled(rows = 300): Promise<void> {
  const store = await stores.open();
  await store.commit(count(1, rows).map((ord) => add(ord)));
  await store.close();
}

/** What becomes of the store when it is opened: what it holds, and whether it says that it lost something; or that it is damaged. */
async function fate(): Promise<{ refused: string } | { ords: readonly number[]; lost: boolean }> {
  const store = stores.launch();
  const failed = (): string | undefined => store.events.find((event) => event.event === 'failed')?.message;
  await waitFor('its fate', () => failed() ?? store.events.some(({ event }) => event === 'opened'), {
    seen: () => store.events,
  });
  const refused = failed();
  if (refused !== undefined) return { refused };
  const { meta } = await stateOf(store);
  const ords = await ordsOf(store);
  await store.close();
  return { ords, lost: (meta['lost'] ?? '') !== '' };
}

describe('no damage', () => {
  test('sums - a store that is killed at any moment, also while its log is moved, is whole', async () => {
    const random = seededRandom(7);
    for (let round = 0; round < 8; round += 1) {
      const store = await stores.open();
      let last = 0;
      const more = (rows: number, bytes = 30_000): readonly StoreOp[] =>
        count((last += rows) - rows + 1, rows).map((ord) => add(ord, bytes));
      // 6 MB: a pass moves them, and then the log begins anew.
      for (let commit = 0; commit < 4; commit += 1) await store.commit(more(50));
      await waitFor('the log to begin anew', async () => {
        const before = saltOf();
        await store.commit(more(1, 10));
        return saltOf() !== before;
      });
      const acknowledged = store.answers.length + Math.floor(random.next() * 6);
      const firstSent = last + 1;
      const answered = store.answers.length;
      for (let commit = 0; commit < 12; commit += 1) store.send({ commit: more(50), refusable: false });
      await waitFor('some of it', () => store.answers.length >= acknowledged, { everyMs: 1 });
      await new Promise((resolve) => setTimeout(resolve, random.next() * 20));
      await store.kill();
      // Not forgotten, which would excuse everything.
      expect(readFileSync(sums()).toString('latin1', 0, 14)).toBe('steward sums 1');
      const told = firstSent - 1 + 50 * (store.answers.length - answered);
      const again = await stores.open();
      const state = await stateOf(again);
      expect(state.meta['lost']).toBeUndefined();
      expect(state.lastOutboxOrd).toBeGreaterThanOrEqual(told);
      if (random.next() < 0.5) await again.close();
      else await again.kill();
      expect(await fate()).toMatchObject({ lost: false });
      // The next round has a store of its own: this one is large by now.
      for (const file of [db(), wal(), sums(), `${db()}-shm`]) rmSync(file, { force: true });
    }
  }, 120_000);

  test('sums - a copy of a store in use, with everything that is beside it, is whole', async () => {
    const store = await stores.open();
    for (const ord of count(1, 20)) await store.commit([add(ord)]);
    process.kill(store.child.pid ?? 0, 'SIGSTOP');
    for (const file of [db(), wal(), sums()]) cpSync(file, file.replace('steward.db', 'copy.db'));
    process.kill(store.child.pid ?? 0, 'SIGCONT');
    await store.close();
    const copy = await stores.open('copy.db');
    expect((await stateOf(copy)).meta['lost']).toBeUndefined();
    expect(await ordsOf(copy)).toEqual(count(1, 20));
  });

  test('sums - where they are not there, the store is taken as it is, and has them from then on', async () => {
    await filled();
    rmSync(sums());
    expect(await fate()).toEqual({ ords: count(1, 300), lost: false });
    flip(db(), statSync(db()).size / 2);
    expect(await fate()).toMatchObject({ refused: expect.stringContaining('is not what was written') as string });
  });

  test('sums - a log that another program has moved: all is there, and nothing is said to be lost', async () => {
    const store = await stores.open();
    for (const ord of count(1, 20)) await store.commit([add(ord)]);
    await store.kill();
    const other = openDriver(db(), driverFor(process.versions.node));
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    other.close();
    expect(existsSync(wal())).toBe(false);
    expect(await fate()).toEqual({ ords: count(1, 20), lost: false });
  });

  test('sums - a mark from before the log began anew, as a power cut leaves it, and starts that are cut short: it is whole', async () => {
    await filled(20);
    const store = await stores.open();
    const before = readFileSync(sums());
    await store.commit([add(21)]);
    await store.kill();
    writeFileSync(sums(), before);
    for (const isShortened of [false, false]) {
      const started = examine(db(), nothing);
      started.sums.close();
      expect(started.isShortened).toBe(isShortened);
    }
    expect(await fate()).toEqual({ ords: count(1, 21), lost: false });
  });

  test('sums - a frame that was not wholly written when the power went is not taken for one that was', async () => {
    const store = await stores.open();
    for (const ord of count(1, 5)) await store.commit([add(ord)]);
    await store.kill();
    // What was being written: the head of the last frame, as if it ended a transaction, and another page than it says.
    const log = readFileSync(wal());
    const last = log.subarray(log.length - 1048);
    writeFileSync(
      wal(),
      Buffer.concat([log, last, last.subarray(0, 24), Buffer.alloc(1024, 7), last.subarray(0, 500)]),
    );
    const again = await stores.open();
    await again.kill();
    expect(await fate()).toEqual({ ords: count(1, 5), lost: false });
    expect(readFileSync(sums()).toString('latin1', 0, 14)).toBe('steward sums 1');
  });

  test('sums - a disk that was full when they were to be written takes nothing from the store', async () => {
    const store = await stores.open();
    for (const ord of count(1, 200)) await store.commit([add(ord)]);
    store.fillDisk();
    await store.close();
    expect(await fate()).toEqual({ ords: count(1, 200), lost: false });
  });
});

function flip(file: string, place: number, bit = 0): void {
  const bytes = readFileSync(file);
  const at = Math.floor(place);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  writeFileSync(file, bytes);
}

describe('damage', () => {
  test('sums - any flipped bit of a database is found before anything is read, and the file left as it is', async () => {
    await filled();
    const whole = readFileSync(db());
    const random = seededRandom(3);
    for (let round = 0; round < 25; round += 1) {
      const place = Math.floor(random.next() * whole.length);
      flip(db(), place, Math.floor(random.next() * 8));
      const damaged = readFileSync(db());
      expect(await fate(), `flipped at ${place}`).toHaveProperty('refused');
      expect(readFileSync(db()).equals(damaged)).toBe(true);
      writeFileSync(db(), whole);
    }
    expect(await fate()).toEqual({ ords: count(1, 300), lost: false });
  }, 60_000);

  test('sums - a database that was cut is refused, wherever it was', async () => {
    await filled();
    const whole = readFileSync(db());
    for (const left of [0, 1, 1023, 1024, 50_000, whole.length - 1024, whole.length - 1]) {
      writeFileSync(db(), whole.subarray(0, left));
      expect(await fate(), `cut to ${left}`).toHaveProperty('refused');
    }
  });

  test('sums - a log that was cut, or has a flipped bit: what is before it is there, and the store says that it lost something', async () => {
    const store = await stores.open();
    for (const ord of count(1, 40)) await store.commit([add(ord)]);
    await store.kill();
    const files = [db(), wal(), sums()].map((file) => ({ file, bytes: readFileSync(file) }));
    const { length } = readFileSync(wal());
    const random = seededRandom(5);
    const damages = [
      () => truncateSync(wal(), Math.floor(random.next() * length)),
      () => flip(wal(), random.next() * length),
    ];
    const left = new Set<number>();
    for (let round = 0; round < 20; round += 1) {
      damages[round % 2]?.();
      const met = await fate();
      // Cut to less than its schema, it is no store any more, and says that, too.
      if ('refused' in met) throw new Error(met.refused);
      expect(met).toEqual({ ords: count(1, met.ords.length), lost: true });
      left.add(met.ords.length);
      rmSync(`${db()}-shm`, { force: true });
      for (const { file, bytes } of files) writeFileSync(file, bytes);
    }
    expect(left.size).toBeGreaterThan(5);
    expect(await fate()).toEqual({ ords: count(1, 40), lost: false });
  }, 60_000);

  test('sums - a log that was deleted: the store says that it lost something, whatever becomes of the first start', async () => {
    await filled(20);
    const store = await stores.open();
    for (const ord of count(21, 20)) await store.commit([add(ord)]);
    await store.kill();
    rmSync(wal());
    rmSync(`${db()}-shm`, { force: true });
    // A start that is cut short before the store itself says so leaves it to the next.
    const first = examine(db(), nothing);
    first.sums.close();
    expect(first.isShortened).toBe(true);
    expect(await fate()).toEqual({ ords: count(1, 20), lost: true });
  });

  test('sums - a log that was cut after part of it was moved: the store is refused', async () => {
    const store = await stores.open();
    let first = 1;
    await waitFor('a part to be moved', async () => {
      await store.commit(count(first, 100).map((ord) => add(ord, 3000)));
      first += 100;
      // The log that stands there is the one that was settled.
      return readFileSync(sums()).toString('hex', 40, 48) === saltOf();
    });
    await store.kill();
    truncateSync(wal(), Math.min(200_000, statSync(wal()).size - 5000));
    const met = await fate();
    expect(met).toMatchObject({
      refused: expect.stringMatching(/log ends after \d+ pages|not what was written/) as string,
    });
  });
});
