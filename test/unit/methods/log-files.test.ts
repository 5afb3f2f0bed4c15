import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logNow, openFound, rotated, successor } from '../../../src/methods/tail/log-files.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'steward-log-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);

test('log files - one that was rotated since it was found is not taken for what has its name now', async () => {
  writeFileSync(path('log'), 'first');
  const found = await logNow(path('log'));
  if (found === undefined) throw new Error('the log was not found');
  const handle = await openFound(found);
  expect(await handle?.readFile('utf8')).toBe('first');
  await handle?.close();
  renameSync(path('log'), path('log.1'));
  expect(await openFound(found)).toBeUndefined();
  writeFileSync(path('log'), 'second');
  expect(await openFound(found)).toBeUndefined();
});

test('log files - follow each other as they were rotated, and nothing else is one of them', async () => {
  for (const name of ['log.3', 'log.2', 'log.1', 'log', 'log.bak', 'log.1.gz', 'logger.1'])
    writeFileSync(path(name), name);
  const files = [...(await rotated(path('log'))), ...[await logNow(path('log'))].filter((one) => one !== undefined)];
  expect(files.map((file) => file.path).sort()).toEqual(['log', 'log.1', 'log.2', 'log.3'].map(path));
  const order: string[] = [];
  for (let file = files.find((one) => one.path === path('log.3')); file !== undefined; file = successor(file, files))
    order.push(file.path);
  expect(order).toEqual(['log.3', 'log.2', 'log.1', 'log'].map(path));
});
