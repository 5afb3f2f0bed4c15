import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBudget, createIntakeBuffer } from '../../../src/api/intake-buffer.ts';

describe('createIntakeBuffer', () => {
  test('keeps the pieces in their order, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40_000, size: 'max' }), { maxLength: 8 }), (pieces) => {
        const buffer = createIntakeBuffer({ maxBytes: 1_000_000, budget: createBudget(2_000_000) });
        for (const piece of pieces) expect(buffer.append(piece)).toBe('taken');
        expect(Buffer.compare(buffer.bytes(), Buffer.concat(pieces))).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('holds what its bound allows, and not a byte more', () => {
    const buffer = createIntakeBuffer({ maxBytes: 100_000, budget: createBudget(100_000) });
    expect(buffer.append(new Uint8Array(99_999))).toBe('taken');
    expect(buffer.append(new Uint8Array(2))).toBe('too large');
    expect(buffer.append(new Uint8Array(1))).toBe('taken');
    expect(buffer.size()).toBe(100_000);
  });

  test('shares the budget with others, and gives it back', () => {
    const budget = createBudget(40_000);
    const first = createIntakeBuffer({ maxBytes: 40_000, budget });
    const second = createIntakeBuffer({ maxBytes: 40_000, budget });
    expect(first.append(new Uint8Array(30_000))).toBe('taken');
    expect(second.append(new Uint8Array(20_000))).toBe('no memory');
    first.release();
    first.release();
    expect(second.append(new Uint8Array(20_000))).toBe('taken');
    expect(second.append(new Uint8Array(20_000))).toBe('taken');
    expect(first.append(new Uint8Array(1))).toBe('no memory');
  });
});
