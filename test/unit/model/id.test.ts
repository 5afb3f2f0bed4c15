import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIdSource, isMessageId } from '../../../src/model/id.ts';

function sourceOf(
  times: readonly number[],
  random48: () => number = () => 0,
): { make: () => string; at: (index: number) => void } {
  let now = times[0] ?? 0;
  return { make: createIdSource({ now: () => now, random48 }), at: (index) => void (now = times[index] ?? now) };
}

describe('message id', () => {
  test('id - 20 characters that sort in the order of making, whatever the clock does', () => {
    const clock = fc.array(fc.oneof(fc.integer({ min: -5, max: 50 }), fc.integer({ min: 0, max: 2 ** 48 - 1 })), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(clock, fc.integer({ min: 0, max: 2 ** 48 - 1 }), (times, random) => {
        const source = sourceOf(times, () => random);
        const ids = times.map((_time, index) => {
          source.at(index);
          return source.make();
        });
        expect([...ids].sort()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.every(isMessageId)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('id - many of one millisecond stay apart, even from the largest random start', () => {
    const make = createIdSource({ now: () => 5, random48: () => 2 ** 48 - 1 });
    const ids = Array.from({ length: 20_000 }, make);
    // 2^52 - 16 and up: the count runs over the 50 bits of its digits and must not wrap round.
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });

  test('id - the time is in front: later ones of another node sort behind', () => {
    const early = createIdSource({ now: () => 1000, random48: () => 2 ** 48 - 1 });
    const late = createIdSource({ now: () => 1001, random48: () => 0 });
    expect([late(), early()].sort()[0]).toBe(createIdSource({ now: () => 1000, random48: () => 2 ** 48 - 1 })());
  });

  test.each([
    '',
    '0',
    '0'.repeat(19),
    '0'.repeat(21),
    `${'0'.repeat(19)}A`,
    `${'0'.repeat(19)}i`,
    `${'0'.repeat(19)}l`,
    `${'0'.repeat(19)}o`,
    `${'0'.repeat(19)}u`,
    `${'0'.repeat(20)}\n`,
  ])('id - %j is none', (text) => {
    expect(isMessageId(text)).toBe(false);
  });
});
