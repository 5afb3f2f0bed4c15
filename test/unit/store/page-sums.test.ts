import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pageSum } from '../../../src/store/log-format.ts';
import { LoggedPages } from '../../../src/store/logged-pages.ts';
import { PageSums } from '../../../src/store/page-sums.ts';
import { shareOut } from '../../../src/store/quota.ts';

const pageBytes = 1024;
const page = (fill: number): Buffer => Buffer.alloc(pageBytes, fill);

let folder: string;
let path: string;
let sums: PageSums;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-sums-'));
  path = join(folder, 'steward.db');
  sums = new PageSums(path, () => expect.unreachable());
  sums.begin();
});
afterEach(() => {
  sums.close();
  rmSync(folder, { recursive: true });
});

let generation = 0;
function settle(pages: LoggedPages): void {
  generation += 1;
  sums.settle({ salt: Buffer.alloc(8, generation), frames: 1, page: 1, sum: 1, pages });
}

/** A transaction that writes each of the pages with that content, and leaves so many. */
function transaction(pages: LoggedPages, written: Readonly<Record<number, number>>, count: number): void {
  for (const [number, fill] of Object.entries(written)) pages.add(Number(number), pageSum(page(fill)));
  pages.commit(count);
}

/** Numbers of pages that a database with this content is blamed for. */
function blamed(fills: readonly number[]): readonly number[] {
  writeFileSync(path, Buffer.concat(fills.map(page)));
  const database = openSync(path, 'r');
  try {
    return [...sums.differing(database, pageBytes, () => false)];
  } finally {
    closeSync(database);
  }
}

const first = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6 };

test('sums - a page that was cut off is not missed, whether the file has it still or not', () => {
  const pages = new LoggedPages();
  transaction(pages, first, 6);
  settle(pages);
  expect([blamed([1, 2, 3, 4, 5, 6]), blamed([1, 2, 3, 9, 5, 6]), blamed([1, 2, 3, 4, 5])]).toEqual([[], [4], [6]]);
  pages.clear();
  transaction(pages, { 1: 7 }, 4);
  settle(pages);
  expect([blamed([7, 2, 3, 4]), blamed([7, 2, 3, 4, 5, 6]), blamed([7, 2, 3, 4, 9, 9])]).toEqual([[], [], []]);
  expect(blamed([7, 2, 3])).toEqual([4]);
  expect(statSync(`${path}-sum`).size).toBe(128 + 4 * 4);
});

test('sums - pages that were cut off and came again are known only as far as they were written since', () => {
  const pages = new LoggedPages();
  transaction(pages, first, 6);
  settle(pages);
  pages.clear();
  // The sixth was written, cut off, and is a part of the file again without having been written.
  transaction(pages, { 6: 8 }, 6);
  transaction(pages, { 1: 7 }, 3);
  transaction(pages, { 5: 9 }, 6);
  settle(pages);
  expect([blamed([7, 2, 3, 4, 9, 6]), blamed([7, 2, 3, 4, 9, 8]), blamed([7, 2, 3, 0, 9, 0])]).toEqual([[], [], []]);
  expect(blamed([7, 2, 3, 4, 5, 6])).toEqual([5]);
});

test('quota - what is shared out is less than the quota, for every one that is allowed', () => {
  const mib = 1024 * 1024;
  for (const quota of [32 * mib, 50_000_000, 100 * mib, 1024 * mib, 1024 * 1024 * mib]) {
    const { databaseBytes, log } = shareOut(quota);
    // A page in the log is 1,048 bytes; a pass begins at half of what the log may be.
    expect(databaseBytes * (1 + 4 / 1024) + log.longest * 1048).toBeLessThan(quota * 0.96);
    expect(databaseBytes).toBeGreaterThan(quota / 2);
    expect(log.long).toBeGreaterThanOrEqual(1_000);
    expect(log.long * 2).toBeLessThanOrEqual(log.longest);
  }
});

test('sums - a transaction that is not whole says nothing, and what is said grows with the pages', () => {
  const pages = new LoggedPages();
  const runs = (): unknown => [...pages.runs()].map(({ first, sums }) => [first, ...sums]);
  expect(runs()).toEqual([]);
  pages.add(3, 33);
  pages.dropOpen();
  for (const number of [5, 100_000, 4, 99_999]) pages.add(number, number);
  expect(runs()).toEqual([]);
  pages.commit(100_000);
  expect([pages.has(3), pages.has(4), pages.has(6), pages.has(100_001)]).toEqual([false, true, false, false]);
  pages.add(4, 44);
  pages.commit(99_999);
  expect(runs()).toEqual([
    [4, 44, 5],
    [99_999, 99_999],
  ]);
  pages.clear();
  expect(runs()).toEqual([]);
  expect(pages).toMatchObject({ count: 99_999, fewest: Infinity });
});
