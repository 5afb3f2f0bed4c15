import { describe, expect, test } from 'vitest';
import { formatSpan, parseSpan } from '../../../src/base/span.ts';

describe('parseSpan', () => {
  test.each([
    [5, 5000],
    [0, 0],
    [-1, -1000],
    [0.5, 500],
    [1e-9, 1],
    ['5', 5000],
    ['10s', 10_000],
    [' 1.5 h ', 5_400_000],
    ['250MS', 250],
    ['2w', 1_209_600_000],
  ])('reads %j', (text, ms) => {
    expect(parseSpan(text)).toBe(ms);
  });

  test.each([
    [''],
    ['s'],
    ['5x'],
    ['5 constructor'],
    ['1e3s'],
    [Infinity],
    [Number.NaN],
    [null],
    [true],
    ['9'.repeat(50)],
  ])('refuses %j', (text) => {
    expect(parseSpan(text)).toBeUndefined();
  });
});

describe('formatSpan', () => {
  test.each([
    [0, '0s'],
    [1500, '1500ms'],
    [90_000, '90s'],
    [5_400_000, '90m'],
    [30 * 86_400_000, '30d'],
  ])('writes %d ms so that it reads the same', (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
    expect(parseSpan(text)).toBe(ms);
  });
});
