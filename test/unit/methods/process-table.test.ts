import { expect, test } from 'vitest';
import { parseRunMark, parseStat } from '../../../src/methods/orphans/process-table.ts';

const rest = 'S 1 4242 4240 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 2400256 300 18446744073709551615';

test('process table - reads state, group, session and start of a process', () => {
  expect(parseStat(`4242 (bash) ${rest}\n`)).toEqual({
    state: 'S',
    groupId: 4242,
    sessionId: 4240,
    startTicks: '987654',
  });
});

test.each(['a) S 1 2 3 (', ') ', 'two words', '((', 'line\nbreak) R 1'])(
  'process table - is not misled by a command named %j',
  (name) => {
    expect(parseStat(`4242 (${name}) ${rest}`)).toMatchObject({ groupId: 4242, startTicks: '987654' });
  },
);

test('process table - knows nothing of a line that is cut off', () => {
  expect(parseStat('4242 (bash) S 1 4242')).toBeUndefined();
  expect(parseStat('')).toBeUndefined();
});

test('process table - finds the mark first, last and in the middle of an environment', () => {
  for (const text of [
    'STEWARD_RUN=a/1\0B=2\0',
    'A=1\0STEWARD_RUN=a/1\0',
    'A=1\0STEWARD_RUN=a/1\0B=2\0',
    'STEWARD_RUN=a/1',
  ]) {
    expect(parseRunMark(Buffer.from(text))).toBe('a/1');
  }
});

test('process table - takes no part of another variable for the mark', () => {
  expect(parseRunMark(Buffer.from('X=STEWARD_RUN=a/1\0MY_STEWARD_RUN=b/1\0STEWARD_RUN2=c\0'))).toBeUndefined();
  expect(parseRunMark(Buffer.from('X=STEWARD_RUN=no\0STEWARD_RUN=a/1\0'))).toBe('a/1');
  expect(parseRunMark(Buffer.alloc(0))).toBeUndefined();
});
