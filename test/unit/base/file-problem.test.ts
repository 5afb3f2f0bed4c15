import { expect, test } from 'vitest';
import { fileProblem } from '../../../src/base/file-problem.ts';

function failed(code: string): Error {
  return Object.assign(new Error(`${code}: no words for people, open '/x/y'`), { code });
}

test.each([
  ['ENOENT', 'there is no file /x/y'],
  ['EISDIR', '/x/y is a folder'],
  ['ENOTDIR', 'a part of the path /x/y is a file'],
  ['EEXIST', '/x/y is in the way'],
  ['EACCES', 'this user may not use /x/y'],
  ['EPERM', 'this user may not use /x/y'],
  ['EROFS', '/x/y lies where nothing can be written'],
])('file problem - says %s in words', (code, words) => {
  expect(fileProblem(failed(code), '/x/y')).toBe(words);
});

test('file problem - leaves what is no mistake with a file', () => {
  for (const error of [failed('EMFILE'), new Error('ENOENT'), 'ENOENT', undefined])
    expect(fileProblem(error, '/x/y')).toBeUndefined();
});
