import { expect, test } from 'vitest';
import { digestSeals } from '../../../src/security/seal.ts';
import { ackFrame, maxExceptionReason, maxExceptions, readAck } from '../../../src/wire/ack.ts';
import { decodeFrame, encodeFrame } from '../../../src/wire/frame.ts';

test('ack - the largest number of exceptions, each with the longest reason, still fits a frame', () => {
  const exceptions = Array.from({ length: maxExceptions }, (_none, index) => ({
    position: 9_000_000_000_000 + index,
    kind: 'rejected' as const,
    reason: '\u0001'.repeat(maxExceptionReason - 4) + String(index).padStart(4, '0'),
  }));
  const standing = {
    lane: 'cliCommand',
    epoch: 'e',
    nonce: 'n',
    last: 9_000_000_001_024,
    tag: 't',
    exceptions,
    running: [],
  };
  const ack = {
    from: 'ship1',
    to: 'central',
    incarnation: 'i',
    boot: 'b',
    nonce: 'n',
    challenge: '',
    held: 7,
    lanes: [standing],
    pieces: [],
  };
  const frame = decodeFrame(encodeFrame(ackFrame(ack), digestSeals), digestSeals);
  expect(readAck(frame.head)).toEqual(ack);
});
