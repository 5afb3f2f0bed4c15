// Version 1 of the wire, as it was when nodes began to speak it. These frames are read by every later version of Steward; the file
// is never made anew: a change of what is read from it is a new version of the format (docs/protocol.md).
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { digestSeals } from '../../../src/security/seal.ts';
import { decodeFrame, encodeFrame } from '../../../src/wire/frame.ts';
import { readAny } from './frames.ts';
import { readable } from './readable.ts';

interface FrozenFrame {
  /** Base64 of what travelled. */
  readonly frame: string;
  readonly read: unknown;
}

const text = readFileSync(new URL('../../fixtures/wire-v1/frames.jsonl', import.meta.url), 'utf8');
const frozen = text
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as FrozenFrame);
const bytesOf = ({ frame }: FrozenFrame): Buffer => Buffer.from(frame, 'base64');

test('frozen wire - the frames of version 1 are those that were frozen', () => {
  expect(createHash('sha256').update(text).digest('hex')).toBe(
    'e7d5b62a39a5ac0ad3033dbbaa1f14efd03e8a232e3a14badd5c0002d34353c4',
  );
  const types = new Set(frozen.map((one) => decodeFrame(bytesOf(one), digestSeals).type));
  expect([...types].sort()).toEqual(['ack', 'ask', 'batch', 'hello', 'piece']);
  expect(frozen.length).toBeGreaterThan(50);
});

test('frozen wire - every frame of version 1 is read as it was then', () => {
  for (const one of frozen) expect(readable(readAny(bytesOf(one), digestSeals))).toEqual(one.read);
});

test('frozen wire - what this version sends of the same content, a node of then reads alike', () => {
  for (const one of frozen) {
    const { type, head, tail } = decodeFrame(bytesOf(one), digestSeals);
    const sent = encodeFrame({ type, head: JSON.stringify(head), tail: [tail] }, digestSeals);
    expect(sent.subarray(0, 2)).toEqual(bytesOf(one).subarray(0, 2));
    expect(readable(readAny(sent, digestSeals))).toEqual(one.read);
  }
});
