import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createJsonScanner } from '../../../src/intake/json-scanner.ts';

/** Offset of the end of the value in the whole text, if the scanner finds one. */
function scan(pieces: readonly Uint8Array[]): number | undefined {
  const scanner = createJsonScanner();
  let before = 0;
  for (const piece of pieces) {
    const found = scanner.push(piece);
    if (found.state === 'complete') return before + found.end;
    before += piece.length;
  }
  return undefined;
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)];
}

describe('createJsonScanner', () => {
  test('finds the end of every JSON value, however it is cut', () => {
    const container = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(
        container,
        fc.array(fc.nat(7)),
        fc.constantFrom('', ' ', '\n\t', '\ufeff'),
        (value, sizes, before) => {
          const text = Buffer.from(before + JSON.stringify(value, undefined, value === null ? 0 : 1));
          const whole = Buffer.concat([text, Buffer.from('  x')]);
          expect(scan(cut(whole, sizes))).toBe(text.length);
          expect(scan([...text.subarray(0, -1)].map((byte) => Uint8Array.of(byte)))).toBeUndefined();
        },
      ),
    );
  });

  test.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['{', 'open'],
    ['["]"', 'open'],
    ['["\\"]', 'open'],
    ['a: 1', 'other'],
    ['- {}', 'other'],
    ['"x"', 'other'],
    ['\ufeff', 'empty'],
    ['\ufeffa', 'other'],
  ])('says of %j that it is %s', (text, state) => {
    expect(createJsonScanner().push(Buffer.from(text))).toEqual({ state });
  });

  test.each([`['a ]} " it''s', 'b'] x`, `[ { 'k' : 'v]' ,} ] x`, `[ {k: it's}, "]'" ] x`])(
    'takes text in single quotes for a string, as YAML does, and an apostrophe for none: %j',
    (text) => {
      const bytes = Buffer.from(text);
      expect(scan([bytes])).toBe(bytes.length - 2);
      expect(scan([...bytes].map((byte) => Uint8Array.of(byte)))).toBe(bytes.length - 2);
    },
  );

  test('stays complete', () => {
    const scanner = createJsonScanner();
    expect(scanner.push(Buffer.from('{}'))).toEqual({ state: 'complete', end: 2 });
    expect(scanner.push(Buffer.from('['))).toEqual({ state: 'complete', end: 0 });
  });

  test('tells the deepest nesting, brackets in strings not counted', () => {
    const scanner = createJsonScanner();
    scanner.push(Buffer.from('[[{"a":"[[[["}],[]]'));
    expect(scanner.deepest()).toBe(3);
  });
});
