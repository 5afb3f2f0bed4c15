import { expect, test } from 'vitest';
import { nearestName, suggestName } from '../../../src/base/nearest-name.ts';

const names = ['toNode', 'toNodes', 'method', 'methodArgs', 'retries', 'data'];

test.each([
  ['toNod', 'toNode'],
  ['TONODES', 'toNodes'],
  ['mehtod', 'method'],
  ['retry', 'retries'],
  ['methodArg', 'methodArgs'],
  ['dta', 'data'],
  ['completelyOther', undefined],
  ['x'.repeat(1000), undefined],
  ['', undefined],
])('nearestName - of %j is %j', (text, name) => {
  expect(nearestName(text, names)).toBe(name);
});

test('suggestName - lists all names where none is near', () => {
  expect(suggestName('zzzzzz', ['a', 'b'])).toBe('known: a, b');
  expect(suggestName('metod', names)).toBe('did you mean method?');
});
