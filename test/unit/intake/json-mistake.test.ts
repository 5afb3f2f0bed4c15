import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findJsonMistake } from '../../../src/intake/json-mistake.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('findJsonMistake', () => {
  test('finds a mistake exactly where JSON.parse does', () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', ']', '}', '"', '\\', '0', '-', ' ', ':', '\n', 'x', '//'))
      .map(
        ([text, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(fc.oneof(broken, fc.json(), fc.string()), (text) => {
        expect(findJsonMistake(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['[1,]', 3, 'a comma with nothing after it, before "]"', true],
    ['{"a":1,}', 7, 'a comma with nothing after it, before "}"', true],
    ["{'a':1}", 1, 'unexpected "\'"', true],
    ['{a:1}', 1, 'unexpected "a"', true],
    ['[1 # x', 3, 'unexpected "#"', true],
    ['{"a":}', 5, 'expected a value, found "}"', false],
    ['[01]', 2, 'expected a comma or the closing bracket, found "1"', false],
    ['["\t"]', 2, 'tab inside a string: write it as an escape', false],
    ['[', 1, 'the text ends inside a list', false],
    ['{"a"', 4, 'the text ends inside an object', false],
    ['', 0, 'the text ends', false],
  ])('says of %j what is wrong', (text, offset, problem, yamlToo) => {
    expect(findJsonMistake(text)).toEqual({ offset, problem, yamlToo });
  });
});
