import { describe, expect, test } from 'vitest';
import { describeError, StewardError } from '../../../src/model/error.ts';
import { errorTable, type ErrorCode } from '../../../src/model/error-table.ts';

const codes = Object.keys(errorTable) as readonly ErrorCode[];

describe('errors', () => {
  test('errors - every code is kebab-case, with a verdict, an HTTP status of failure and an exit status that is not success', () => {
    expect(codes.length).toBeGreaterThan(10);
    for (const code of codes) {
      const { verdict, status, exit, cause, remedy } = errorTable[code];
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(['retry', 'restart', 'stop', 'tell']).toContain(verdict);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(exit).toBeGreaterThan(0);
      expect(exit).toBeLessThan(126);
      expect(`${cause}${remedy}`).not.toMatch(/[\r\n]/);
      expect(new StewardError(code, 'x').verdict).toBe(verdict);
    }
  });

  test('errors - one line names place, message and hint', () => {
    const error = new StewardError('invalid-message', 'method cannot be "x"', {
      hint: 'did you mean "y"?',
      place: { file: 'm.json', line: 3, column: 7, field: '[0].method' },
    });
    expect(describeError(error)).toBe(
      'm.json, line 3, column 7, field [0].method: method cannot be "x" (did you mean "y"?)',
    );
    expect(describeError(new StewardError('internal', 'bare'))).toBe('bare');
    expect(describeError(new StewardError('internal', 'bare', { place: { line: 2 } }))).toBe('line 2, column 1: bare');
  });

  test('errors - what is no error of ours is told as it is', () => {
    expect(describeError(new TypeError('other'))).toBe('other');
    expect(describeError('text')).toBe('text');
    expect(describeError(undefined)).toBe('undefined');
  });

  test('errors - the cause travels', () => {
    const cause = new Error('deep');
    expect(new StewardError('store-unavailable', 'x', { cause }).cause).toBe(cause);
    expect('cause' in new StewardError('store-unavailable', 'x')).toBe(false);
  });
});
