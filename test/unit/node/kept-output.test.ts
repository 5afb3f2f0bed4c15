import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { keptFolder } from '../../../src/methods/files/target-path.ts';
import { KeptOutput } from '../../../src/node/kept-output.ts';
import { ManualTime } from '../../support/manual-time.ts';

const ids = ['00000000000000000001', '00000000000000000002', '00000000000000000003'];
let data = '';
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'steward-kept-'));
  mkdirSync(join(data, keptFolder, 'ship1'), { recursive: true });
});
afterEach(() => rmSync(data, { recursive: true }));

const path = (name: string): string => join(data, keptFolder, 'ship1', name);

/** `age`: seconds. */
function write(name: string, text: string, age: number): void {
  writeFileSync(path(name), text);
  const at = Date.now() / 1000 - age;
  utimesSync(path(name), at, at);
}

function kept(bounds: { keepMs?: number; quotaBytes?: number }): KeptOutput {
  const time = new ManualTime();
  return new KeptOutput({
    dataFolder: data,
    keepMs: Infinity,
    quotaBytes: Infinity,
    clock: systemClock,
    timers: time,
    ...bounds,
  });
}

test('kept output - is read from a byte on, and is empty where there is none', async () => {
  const [id = ''] = ids;
  write(id, 'abc', 0);
  const text = async (of: object): Promise<string> =>
    Buffer.from(await kept({}).read({ to: 'ship1', id, stream: 'stdout', from: 0, ...of })).toString();
  expect(await text({ from: 1 })).toBe('bc');
  expect(await text({ from: 9 })).toBe('');
  expect(await text({ stream: 'stderr' })).toBe('');
  expect(await text({ to: 'ship2' })).toBe('');
});

test('kept output - what is too old goes, and the oldest where it is too much', async () => {
  for (const [index, id] of ids.entries()) write(id, 'x'.repeat(100), 100 * (index + 1));
  await kept({ keepMs: 250_000 }).tidy();
  expect(ids.map((id) => existsSync(path(id)))).toEqual([true, true, false]);
  await kept({ quotaBytes: 150 }).tidy();
  expect(ids.map((id) => existsSync(path(id)))).toEqual([true, false, false]);
});

test('kept output - what is none of it stays, and keeps nothing else from going', async () => {
  const [id = ''] = ids;
  write('report.txt', 'mine', 1000);
  mkdirSync(path(ids[1] ?? ''));
  write(`${id}.error`, 'old', 1000);
  await kept({ keepMs: 1000 }).tidy();
  expect([existsSync(path('report.txt')), existsSync(path(ids[1] ?? '')), existsSync(path(`${id}.error`))]).toEqual([
    true,
    true,
    false,
  ]);
});
