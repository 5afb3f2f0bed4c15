import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Frame, FrameReader, encodeFrame } from '../../../src/methods/command/executor-frames.ts';

const frames = fc.array(
  fc.record({
    type: fc.constantFrom('H', 'P', 'O', 'X'),
    id: fc.integer({ min: 0, max: 0xffff_ffff }),
    payload: fc.string({ unit: 'grapheme', maxLength: 50 }),
  }),
  { maxLength: 12 },
);

test('frames - come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(frames, fc.integer({ min: 1, max: 40 }), (given, size) => {
      const bytes = Buffer.concat(given.map((frame) => encodeFrame(frame)));
      const reader = new FrameReader();
      const found: Frame[] = [];
      for (let at = 0; at < bytes.length; at += size) found.push(...(reader.read(bytes.subarray(at, at + size)) ?? []));
      expect(found.map((frame) => ({ ...frame, payload: frame.payload.toString() }))).toEqual(given);
    }),
  );
});

test('frames - what announces more than an executor sends is no stream of frames', () => {
  const bytes = encodeFrame({ type: 'O', id: 1, payload: '' });
  bytes.writeUInt32BE(200_000, 0);
  expect(new FrameReader().read(bytes)).toBeUndefined();
});
