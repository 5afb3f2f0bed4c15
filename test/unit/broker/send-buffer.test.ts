import * as fc from 'fast-check';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { SendBuffer } from '../../../src/broker/send-buffer.ts';

interface Bench {
  readonly buffer: SendBuffer;
  readonly written: Buffer[];
  readonly overflows: () => number;
}

/** `stuck` is a reader that never reads. */
function setUp({ maxPending = 1_000_000, stuck = false } = {}): Bench {
  const written: Buffer[] = [];
  let overflows = 0;
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written.push(Buffer.from(chunk));
      if (!stuck) done();
    },
  });
  const buffer = new SendBuffer({ stream, maxPending, overflow: () => (overflows += 1) });
  return { buffer, written, overflows: () => overflows };
}

test('send buffer - writes what was gathered in one piece, after the work at hand', async () => {
  const { buffer, written } = setUp();
  buffer.text('a');
  buffer.bytes(Buffer.from('b'));
  expect(written).toHaveLength(0);
  await Promise.resolve();
  expect(written.map(String)).toEqual(['ab']);
});

test('send buffer - invariant 1: keeps order over small and large pieces and flushes', () => {
  const piece = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 8_000, max: 20_000 }),
    fc.constant('flush' as const),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const { buffer, written } = setUp({ maxPending: 100_000_000 });
      const given: Buffer[] = [];
      for (const [index, each] of pieces.entries()) {
        if (each === 'flush') {
          buffer.flush();
          continue;
        }
        const bytes = Buffer.alloc(each, index);
        given.push(bytes);
        if (index % 2 === 0) buffer.bytes(bytes);
        else buffer.text(bytes.toString('latin1'));
      }
      buffer.flush();
      expect(Buffer.concat(written).equals(Buffer.concat(given))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test.each([100, 10_000])(
  'send buffer - invariant 2: overflows once for a reader that is stuck (%d bytes a piece)',
  async (size) => {
    const { buffer, written, overflows } = setUp({ stuck: true, maxPending: 100_000 });
    let given = 0;
    for (; given < 300_000; given += size) {
      buffer.bytes(Buffer.alloc(size));
      if (given % (10 * size) === 0) await Promise.resolve();
    }
    expect(overflows()).toBe(1);
    expect(Buffer.concat(written).length).toBeLessThan(100_000);
  },
);

test('send buffer - invariant 3: a small piece does not change with the chunk that it came from', () => {
  const { buffer, written } = setUp();
  const chunk = Buffer.from('first');
  buffer.bytes(chunk);
  chunk.fill('x');
  buffer.flush();
  expect(written.map(String)).toEqual(['first']);
});

test('send buffer - takes and writes nothing after close', async () => {
  const { buffer, written } = setUp();
  buffer.text('a');
  buffer.close();
  buffer.text('b');
  buffer.bytes(Buffer.alloc(100_000));
  await Promise.resolve();
  buffer.flush();
  expect(written).toHaveLength(0);
});
