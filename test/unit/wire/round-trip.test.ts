import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { laneOf } from '../../../src/model/lane.ts';
import type { Message } from '../../../src/model/message.ts';
import { digestSeals } from '../../../src/security/seal.ts';
import { ackFrame, readAck } from '../../../src/wire/ack.ts';
import { askFrame, readAsk } from '../../../src/wire/ask.ts';
import { batchFrame, readBatch } from '../../../src/wire/batch.ts';
import { decodeFrame, encodeFrame, type FrameContent } from '../../../src/wire/frame.ts';
import { helloFrame, readHello } from '../../../src/wire/hello.ts';
import { packHead, unpackHead } from '../../../src/wire/message-head.ts';
import { pieceFrame, readPiece } from '../../../src/wire/piece.ts';
import { ack, ask, batchCase, hello, message, piece } from './frames.ts';

function travel(content: FrameContent): { readonly head: unknown; readonly tail: Uint8Array } {
  const frame = decodeFrame(encodeFrame(content, digestSeals), digestSeals);
  expect(frame.type).toBe(content.type);
  return frame;
}

describe('frames', () => {
  test('frames - a batch is read as it was written, messages, voids and bodies', () => {
    fc.assert(
      fc.property(batchCase, ({ out, read }) => {
        const { head, tail } = travel(batchFrame(out));
        expect(readBatch(head, tail)).toEqual(read);
      }),
    );
  });

  test('frames - an ACK is read as it was written', () => {
    fc.assert(
      fc.property(ack, (one) => {
        expect(readAck(travel(ackFrame(one)).head)).toEqual(one);
      }),
    );
  });

  test('frames - an ask is read as it was written', () => {
    fc.assert(
      fc.property(ask, (one) => {
        expect(readAsk(travel(askFrame(one)).head)).toEqual(one);
      }),
    );
  });

  test('frames - a hello is read as it was written', () => {
    fc.assert(
      fc.property(hello, (one) => {
        expect(readHello(travel(helloFrame(one)).head)).toEqual(one);
      }),
    );
  });

  test('frames - a piece is read as it was written', () => {
    fc.assert(
      fc.property(piece, (one) => {
        const { head, tail } = travel(pieceFrame(one));
        const { bytes, ...rest } = readPiece(head, tail);
        expect(rest).toEqual({ ...one, bytes: undefined });
        expect(Buffer.compare(bytes, one.bytes)).toBe(0);
      }),
    );
  });
});

describe('message head', () => {
  test('message head - a message is read from its head as it was written', () => {
    fc.assert(
      fc.property(message, (one) => {
        const place = { from: one.from, to: one.to, lane: laneOf(one) };
        expect(unpackHead(JSON.parse(packHead(one)), place)).toEqual(one);
      }),
    );
  });

  test('message head - a reason of any length arrives, its end cut', () => {
    const outcome = { state: 'failed', stdoutBytes: 0, stderrBytes: 0, reason: 'x'.repeat(100_000) } as const;
    fc.assert(
      fc.property(message, (one) => {
        const reply = { ...one, replyTo: { id: one.id, method: one.method, outcome } };
        const read = unpackHead(JSON.parse(packHead(reply)), { from: one.from, to: one.to, lane: laneOf(reply) });
        expect(read.replyTo?.outcome.reason).toBe('x'.repeat(4096));
      }),
      { numRuns: 5 },
    );
  });

  test('message head - an order of a store from before orders shared a lane is read', () => {
    const old = unpackHead(
      { i: '0'.repeat(20), a: ['subscriber', 'ping'] },
      { from: 'a', to: 'b', lane: 'opProcessStop' },
    );
    expect([
      old.method,
      laneOf(old),
      unpackHead(JSON.parse(packHead(old)), { from: 'a', to: 'b', lane: 'control' }),
    ]).toEqual(['opProcessStop', 'control', old]);
    const ping = (): Message => unpackHead({ i: old.id, m: 'ping' }, { from: 'a', to: 'b', lane: 'control' });
    expect(ping).toThrow(expect.objectContaining({ code: 'invalid-frame' }));
  });

  test('message head - a message is refused in a lane that is not its own', () => {
    const lanes = ['ping', 'ping*', 'cliCommand', 'cliCommand*', 'file<ping', 'none<cliCommand*', 'hello', 'Nonsense'];
    fc.assert(
      fc.property(message, fc.constantFrom(...lanes), (one, lane) => {
        fc.pre(lane !== laneOf(one));
        const other = (): Message => unpackHead(JSON.parse(packHead(one)), { from: one.from, to: one.to, lane });
        // Method and order are said by the lane alone: what a message answers is said twice, and has to agree.
        const agree = lane !== 'Nonsense' && /<([A-Za-z]+)/.exec(lane)?.[1] === one.replyTo?.method;
        if (agree) expect(laneOf(other())).toBe(lane);
        else expect(other).toThrow(expect.objectContaining({ code: 'invalid-frame' }));
      }),
    );
  });
});
