import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestSeals } from '../../../src/security/seal.ts';

describe('digest', () => {
  test('digest - of the same bytes is right, whatever memory they lie in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const elsewhere = Buffer.concat([Buffer.from('before'), bytes]).subarray(6);
        expect(digestSeals.check(elsewhere, digestSeals.seal(bytes))).toBe(true);
      }),
    );
  });

  test('digest - any changed bit is noticed, in the bytes and in the seal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(), (bytes, bit) => {
        const seal = digestSeals.seal(bytes);
        const flipped = (of: Uint8Array): Uint8Array => {
          const copy = Uint8Array.from(of);
          const at = Math.floor(bit / 8) % copy.length;
          copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
          return copy;
        };
        expect(digestSeals.check(flipped(bytes), seal)).toBe(false);
        expect(digestSeals.check(bytes, flipped(seal))).toBe(false);
      }),
    );
  });

  test.each([0, 7, 9, 32, 255])('digest - a seal of %i bytes is wrong', (length) => {
    const bytes = Buffer.from('frame');
    const long = Buffer.concat([digestSeals.seal(bytes), Buffer.alloc(255)]);
    expect(digestSeals.check(bytes, long.subarray(0, length))).toBe(false);
  });

  test('digest - of version 1 of the format is frozen', () => {
    expect(Buffer.from(digestSeals.seal(Buffer.from('steward'))).toString('hex')).toBe('438585510e735341');
  });
});
