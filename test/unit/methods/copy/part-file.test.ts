import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileEntry } from '../../../../src/methods/copy/copy-words.ts';
import { dropOtherParts, isThere, partLength, partPath, writePart } from '../../../../src/methods/copy/part-file.ts';

let base: string;
let path: string;
const { signal } = new AbortController();
const fileOf = (content: string): FileEntry => ({
  kind: 'file',
  path: '',
  size: content.length,
  sum: createHash('sha256').update(content).digest('hex'),
  mode: 0o640,
  modified: 1_600_000_000_500,
});
const file = fileOf('abcdef');
const write = (at: number, text: string, of = file): ReturnType<typeof writePart> =>
  writePart(path, { file: of, at, bytes: Buffer.from(text), signal });

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-part-')));
  path = join(base, 'target');
});
afterEach(() => rmSync(base, { recursive: true }));

test('part file - takes its name with its last piece, with mode and time', async () => {
  writeFileSync(path, 'before');
  expect(await write(0, 'abc')).toBe('written');
  expect([await partLength(path, file), readFileSync(path, 'utf8')]).toEqual([3, 'before']);
  expect(await write(3, 'def')).toBe('written');
  expect(readFileSync(path, 'utf8')).toBe('abcdef');
  const { mode, mtimeMs } = statSync(path);
  expect([mode & 0o7777, mtimeMs, readdirSync(base)]).toEqual([0o640, 1_600_000_000_500, ['target']]);
});

test('part file - the same piece again changes nothing, also the last one', async () => {
  for (const [at, text] of [
    [0, 'abc'],
    [0, 'abc'],
    [3, 'd'],
    [0, 'abc'],
    [4, 'ef'],
    [4, 'ef'],
    [3, 'd'],
  ] as const)
    expect(await write(at, text)).toBe('written');
  expect(readFileSync(path, 'utf8')).toBe('abcdef');
});

test('part file - nothing is written behind a gap, and it says from where it goes on', async () => {
  await write(0, 'ab');
  expect(await write(3, 'def')).toEqual({ have: 2 });
  expect(await partLength(path, file)).toBe(2);
  rmSync(partPath(path, file.sum));
  expect(await write(3, 'def')).toEqual({ have: 0 });
  expect(existsSync(path)).toBe(false);
});

test('part file - other content than was announced does not get the name, and is begun anew', async () => {
  writeFileSync(path, 'before');
  await write(0, 'abc');
  expect(await write(3, 'XYZ')).toEqual({ have: 0 });
  expect([readFileSync(path, 'utf8'), readdirSync(base)]).toEqual(['before', ['target']]);
});

test('part file - an empty file is there after its only piece', async () => {
  const empty = fileOf('');
  expect(await write(0, '', empty)).toBe('written');
  expect(readFileSync(path, 'utf8')).toBe('');
  expect(await isThere(path, { file: empty, signal })).toBe(true);
});

test('part file - what is there is known by its content, and gets mode and time', async () => {
  writeFileSync(path, 'abcdeX');
  expect(await isThere(path, { file, signal })).toBe(false);
  writeFileSync(path, 'abcdef', { mode: 0o600 });
  expect(await isThere(path, { file, signal })).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o640);
});

test('part file - of one file there is one part, and those of others stay', async () => {
  const other = fileOf('other!');
  await write(0, 'oth', other);
  writeFileSync(partPath(join(base, 'target.2'), file.sum), '');
  await dropOtherParts(base, new Map([[path, file]]));
  expect(readdirSync(base)).toEqual([`.target.2.${file.sum.slice(0, 16)}.steward-part`]);
});

test('part file - a name as long as names may be has a part, too', async () => {
  path = join(base, 'ä'.repeat(127));
  expect(await write(0, 'abc')).toBe('written');
  expect(await write(3, 'def')).toBe('written');
  expect(readFileSync(path, 'utf8')).toBe('abcdef');
});
