import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFiles } from '../../../../src/methods/copy/find-files.ts';

let base: string;
const { signal } = new AbortController();
const paths = async (path: string): Promise<readonly string[]> =>
  (await findFiles(path, base, signal)).all.map((one) => `${one.kind} ${one.path}`);

beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-find-')));
  for (const folder of ['a/deep', 'b', 'a b', '[x]']) mkdirSync(join(base, folder), { recursive: true });
  for (const file of ['one.log', 'a/one.log', 'a/deep/two.log', 'b/one.log', 'a b/three.log', '[x]/four', 'a/.hidden'])
    writeFileSync(join(base, file), file);
  symlinkSync('..', join(base, 'a', 'up'));
  symlinkSync('a', join(base, 'way'));
});
afterAll(() => rmSync(base, { recursive: true }));

test('find files - one file has no path of its own', async () => {
  expect(await findFiles('one.log', base, signal)).toMatchObject({ isFile: true, name: 'one.log', leftOut: [] });
  expect(await paths('one.log')).toEqual(['file ']);
});

test('find files - a folder comes with all that is in it, and links are not followed', async () => {
  expect((await paths('a')).toSorted()).toEqual([
    'file .hidden',
    'file deep/two.log',
    'file one.log',
    'folder deep',
    'link up',
  ]);
  expect(await findFiles('a/', base, signal)).toMatchObject({ isFile: false, name: 'a' });
  expect(await paths('way')).toContain('file one.log');
});

test('find files - what a pattern matches keeps its path from where the pattern begins', async () => {
  expect(await paths('*/one.log')).toEqual(['file a/one.log', 'file b/one.log']);
  expect(await paths('a/**/*.log')).toEqual(['file deep/two.log', 'file one.log']);
  expect(await paths('a*')).toEqual([
    'folder a',
    'file a/.hidden',
    'folder a/deep',
    'file a/deep/two.log',
    'file a/one.log',
    'link a/up',
    'folder a b',
    'file a b/three.log',
  ]);
  await expect(findFiles('*.txt', base, signal)).rejects.toThrow('nothing matches *.txt');
});

test('find files - a name that could be a pattern is a name where there is such a file', async () => {
  expect(await paths('[x]')).toEqual(['file four']);
});

test('find files - what is missing, or no file, is told', async () => {
  await expect(findFiles('missing', base, signal)).rejects.toThrow('there is no file missing');
  await expect(findFiles('/dev/null', base, signal)).rejects.toThrow('neither a file nor a folder');
  execFileSync('mkfifo', [join(base, 'b', 'fifo')]);
  expect((await findFiles('b', base, signal)).leftOut).toEqual(['fifo: it is neither a file, a folder nor a link']);
});

test('find files - what cannot be said to another node is left out, and told', async () => {
  mkdirSync(join(base, 'old'));
  symlinkSync(Buffer.from([0x6e, 0xe4]), join(base, 'old', 'link'));
  writeFileSync(Buffer.concat([Buffer.from(join(base, 'old', 'n')), Buffer.from([0xe4])]), '');
  expect(await findFiles('old', base, signal)).toMatchObject({
    all: [],
    leftOut: ['link: where it leads is no UTF-8', 'n\ufffd: it has gone, or its name is no UTF-8'],
  });
});

test('find files - a pattern that could take minutes to match is refused', async () => {
  mkdirSync(join(base, 'slow (1)'));
  writeFileSync(join(base, 'slow (1)', 'a'.repeat(250)), '');
  for (const pattern of [
    '*a*a*a*a*a*a*b',
    '+(a|a?)+(a|a?)[c]',
    '{a,aa}{a,aa}{a,aa}[c]',
    '{*,a*}{*,a*}[c]*',
    '[a]+[a]+[a]+[c]',
    '**/**/**/x',
  ])
    await expect(findFiles(`slow (1)/${pattern}`, base, signal)).rejects.toThrow(/the pattern .* has /);
  for (const pattern of ['*a*a*[c]', '{*a,*aa}{b,c}[c]', '**/*/**/*a*[c]', '[a-b]*?[c]'])
    await expect(findFiles(`slow (1)/${pattern}`, base, signal)).rejects.toThrow('nothing matches');
});
