import { expect, test } from 'vitest';
import { describeFileError } from '../../../src/methods/files/disk-error.ts';
import { PathLocks } from '../../../src/methods/files/path-locks.ts';
import { isInside } from '../../../src/methods/files/resolve-target.ts';
import { joinNeighbours } from '../../../src/methods/files/write-at.ts';
import { StewardError } from '../../../src/model/error.ts';

test('disk errors - what may pass can be tried again, and nothing else', () => {
  const error = (code: string): Error => Object.assign(new Error(`${code}: told by the system`), { code });
  for (const code of ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE']) {
    expect(describeFileError(error(code))).toEqual({
      reason: `${code}: told by the system`,
      retry: `${code}: told by the system`,
    });
  }
  for (const code of ['EACCES', 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG']) {
    expect(describeFileError(error(code)).retry).toBeUndefined();
  }
  const cause = error('EIO');
  expect(describeFileError(new StewardError('path-refused', 'out', { cause }))).toEqual({ reason: 'out' });
});

test('paths - a folder whose name only begins like the data folder is not inside it', () => {
  expect(isInside('/data', '/data')).toBe(true);
  expect(isInside('/data', '/data/a')).toBe(true);
  expect(isInside('/data', '/database')).toBe(false);
  expect(isInside('/data', '/')).toBe(false);
  expect(isInside('/', '/anything')).toBe(true);
});

test('pieces - neighbours become one write, others stay apart', () => {
  const piece = (offset: number, text: string): { offset: number; bytes: Uint8Array } => ({
    offset,
    bytes: Buffer.from(text),
  });
  const joined = joinNeighbours([piece(5, 'ab'), piece(7, ''), piece(7, 'c'), piece(20, 'd'), piece(21, 'e')]);
  expect(joined.map(({ offset, bytes }) => [offset, Buffer.from(bytes).toString()])).toEqual([
    [5, 'abc'],
    [20, 'de'],
  ]);
  expect(joinNeighbours([])).toEqual([]);
});

test('path locks - a path has one holder, and the others come in order', async () => {
  const locks = new PathLocks();
  const story: string[] = [];
  const free = await locks.hold(['a']);
  const later = ['first', 'second'].map(async (name) => {
    const freeIt = await locks.hold(['a']);
    story.push(name);
    freeIt();
  });
  story.push('before');
  free();
  free();
  await Promise.all(later);
  expect(story).toEqual(['before', 'first', 'second']);
  expect(locks.size).toBe(0);
});

test('path locks - two that want the same paths in another order do not wait for each other', async () => {
  const locks = new PathLocks();
  const hold = async (paths: readonly string[]): Promise<void> => (await locks.hold(paths))();
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => hold(index % 2 === 0 ? ['a', 'b', 'a'] : ['b', 'c', 'a'])),
  );
  expect(locks.size).toBe(0);
});

test('path locks - another path does not wait', async () => {
  const locks = new PathLocks();
  const free = await locks.hold(['a']);
  (await locks.hold(['b']))();
  free();
  expect(locks.size).toBe(0);
});
