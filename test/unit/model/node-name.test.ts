import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StewardError } from '../../../src/model/error.ts';
import { decodeNodeName, encodeNodeName, isNodeName, parseNodeName } from '../../../src/model/node-name.ts';

const part = fc.stringMatching(/^[A-Za-z0-9_]{1,5}(-[A-Za-z0-9_]{1,5}){0,2}$/);
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));

function refusal(text: string): StewardError {
  try {
    parseNodeName(text);
  } catch (error) {
    if (error instanceof StewardError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('node name', () => {
  test.each(['ship1', 'a', '_', '7', 'ship-1', 'ship_1.example.org', 'a-b-c.d-e', 'A'.repeat(100)])(
    'node name - %s is one',
    (text) => {
      expect(parseNodeName(text)).toBe(text);
    },
  );

  test.each([
    '',
    ' ',
    '.',
    '-',
    'a.',
    '.a',
    'a..b',
    '-a',
    'a-',
    'a--b',
    'a-.b',
    'a.-b',
    'a b',
    'a*',
    '>',
    'a/b',
    '../etc',
    'schön',
    'a\n',
    '\u0000',
    'A'.repeat(101),
  ])('node name - %j is none', (text) => {
    expect(isNodeName(text)).toBe(false);
    expect(refusal(text)).toMatchObject({ code: 'invalid-node-name' });
  });

  test.each([
    ['Schön er Name', 'Scho-n-er-Name'],
    ['my host!', 'my-host'],
    ['-a--b-', 'a-b'],
    ['..a..b..', 'a.b'],
    ['a-.-b', 'a.b'],
    ['A'.repeat(150), 'A'.repeat(100)],
  ])('node name - instead of %j, %s is suggested', (text, suggestion) => {
    expect(refusal(text).hint).toContain(`try "${suggestion}"`);
  });

  test('node name - whatever is suggested would be taken', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 130 }), (text) => {
        fc.pre(!isNodeName(text));
        const suggestion = /try "(.*)"/s.exec(refusal(text).hint ?? '')?.[1];
        if (suggestion !== undefined) expect(parseNodeName(suggestion)).toBe(suggestion);
      }),
      { numRuns: 500 },
    );
  });

  test('node name - encoded it is one token of a subject, and decodes to itself', () => {
    fc.assert(
      fc.property(name, (text) => {
        const token = encodeNodeName(text);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(decodeNodeName(token)).toBe(text);
      }),
    );
  });

  test('node name - no two names are the same token', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(encodeNodeName(one) === encodeNodeName(other)).toBe(one === other);
      }),
    );
  });

  test('node name - a token that no name encodes to is not decoded', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (token) => {
        const decoded = decodeNodeName(token);
        if (decoded !== undefined) expect(encodeNodeName(decoded)).toBe(token);
      }),
      { numRuns: 500 },
    );
    for (const token of ['', 'a.b', '-', '--', 'a--', '--a', 'a---b', 'a----b', '*', '>', 'a b']) {
      expect(decodeNodeName(token), `token ${token}`).toBeUndefined();
    }
  });
});
