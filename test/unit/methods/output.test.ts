import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Output } from '../../../src/methods/command/output.ts';

const streams = fc.constantFrom('stdout' as const, 'stderr' as const);
const pieces = fc.array(fc.tuple(streams, fc.uint8Array({ maxLength: 3_000 })), { maxLength: 40 });

test('output - keeps every byte of each stream up to the limit on both, and says when it is passed', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 0, max: 30_000 }), (given, limit) => {
      const output = new Output(limit);
      const expected = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
      for (const [stream, bytes] of given) {
        const room = limit - expected.stdout.length - expected.stderr.length;
        expect(output.add(stream, bytes)).toBe(bytes.length <= room);
        expected[stream] = Buffer.concat([expected[stream], bytes.subarray(0, room)]);
      }
      const taken = output.take();
      expect(Buffer.compare(taken.stdout, expected.stdout)).toBe(0);
      expect(Buffer.compare(taken.stderr, expected.stderr)).toBe(0);
    }),
  );
});

test('output - a small rest of a large buffer does not keep it alive', () => {
  const output = new Output(1_000_000);
  output.add('stdout', Buffer.from('short'));
  expect(output.take().stdout.buffer.byteLength).toBeLessThan(10_000);
});

test('output - is empty after it was taken', () => {
  const output = new Output(10);
  output.add('stdout', Buffer.from('0123456789'));
  output.take();
  expect(output.take()).toEqual({ stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) });
});
