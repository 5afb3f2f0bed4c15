import { describe, expect, test } from 'vitest';
import { seededRandom, systemRandom, type Random } from '../../../src/base/random.ts';

const sources: readonly (readonly [string, Random])[] = [
  ['the system', systemRandom],
  ['a seed', seededRandom(1)],
];

describe('random', () => {
  test.each(sources)('random - numbers from %s lie in [0, 1) and are spread over it', (_name, random) => {
    const numbers = Array.from({ length: 2000 }, () => random.next());
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1);
  });

  test.each(sources)('random - bytes from %s are as many as were asked for', (_name, random) => {
    expect(random.bytes(0)).toHaveLength(0);
    expect(new Set(random.bytes(500)).size).toBeGreaterThan(100);
  });

  test('random - a seed gives the same again, another seed something else', () => {
    const draw = (seed: number): readonly number[] => {
      const random = seededRandom(seed);
      return [random.next(), random.next(), ...random.bytes(4)];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });
});
