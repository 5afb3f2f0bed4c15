import { expect, test } from 'vitest';
import { readCopyArgs } from '../../../../src/model/copy-args.ts';

const usual = ['/var/log/app.log', 'central', '/srv/'];

test('copy arguments - those of the original stand in its order', () => {
  expect(readCopyArgs([...usual, '500000', '20', '0770'])).toMatchObject({
    to: 'central',
    chunkBytes: 128 * 1024,
    mostMs: 20_000,
    folderMode: 0o770,
    tellEveryMs: undefined,
    via: undefined,
  });
});

test('copy arguments - those with names stand in any order', () => {
  expect(readCopyArgs([...usual, 'mode=755', 'via=gateway,island', 'chunk=1', 'tell=2'])).toMatchObject({
    chunkBytes: 16 * 1024,
    mostMs: -1,
    folderMode: 0o755,
    tellEveryMs: 2_000,
    via: ['gateway', 'island'],
  });
});

test.each([
  [[], 0],
  [['a', 'b'], 2],
  [['a', 'no node', 'c'], 1],
  [['a\0', 'b', 'c'], 0],
  [[...usual, 'mode=999'], 3],
  [[...usual, '1', '2', '755', '4'], 6],
  [[...usual, 'tell=1', 'tell=2'], 4],
  [[...usual, 'speed=1'], 3],
  [[...usual, 'via='], 3],
] as const)('copy arguments - %j is refused at %i', (args, element) => {
  expect(readCopyArgs(args)).toMatchObject({ problem: { element } });
});
