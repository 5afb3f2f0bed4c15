// A store as a kill leaves it in the midst of a pass of the checkpoint, over a real database and its log.
import { closeSync, copyFileSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { driverFor, openDatabase, type Database } from '../../../src/store/driver.ts';
import { examine } from '../../../src/store/examine.ts';
import { readLog } from '../../../src/store/log-format.ts';
import { PageSums } from '../../../src/store/page-sums.ts';

let folder: string;
let path: string;
let database: Database;
let sums: PageSums;

const unreachable = (): never => expect.unreachable();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-examine-'));
  path = join(folder, 'steward.db');
  database = openDatabase(path, driverFor(process.versions.node), 'FULL');
  sums = new PageSums(path, unreachable);
  sums.begin();
});
afterEach(() => {
  database.close();
  sums.close();
  rmSync(folder, { recursive: true });
});

/** As a pass does before it moves anything. */
function settle(): void {
  const log = openSync(`${path}-wal`, 'r');
  sums.settle(readLog(log));
  closeSync(log);
}

function pageCount(): number {
  const row = database.prepare('PRAGMA page_count').get() as { page_count: number };
  return row.page_count;
}

/** What a kill at this moment leaves. */
function examineCopy(): boolean {
  for (const suffix of ['', '-wal', '-sum']) copyFileSync(`${path}${suffix}`, join(folder, `copy.db${suffix}`));
  const examined = examine(join(folder, 'copy.db'), unreachable);
  examined.sums.close();
  return examined.isShortened;
}

test('examine - pages that were summed, not moved, and then cut off are no damage', () => {
  database.exec('CREATE TABLE rows (number INTEGER PRIMARY KEY, bytes BLOB)');
  const write = database.prepare('INSERT OR REPLACE INTO rows VALUES (?, randomblob(3000))');
  for (let number = 1; number <= 100; number += 1) write.run(number);
  settle();
  database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  const before = pageCount();
  // Settled, and the pass is killed before it comes to them.
  for (let number = 90; number <= 100; number += 1) write.run(number);
  settle();
  database.exec('DELETE FROM rows WHERE number > 50');
  database.prepare('PRAGMA incremental_vacuum').all();
  expect(pageCount()).toBeLessThan(before - 50);
  expect(examineCopy()).toBe(false);
});
