import { expect, test } from 'vitest';
import { maxArgsBytes } from '../../../src/model/message.ts';
import type { Message } from '../../../src/model/message.ts';
import { digestSeals } from '../../../src/security/seal.ts';
import { batchFrame } from '../../../src/wire/batch.ts';
import { decodeFrame, encodeFrame } from '../../../src/wire/frame.ts';
import { packHead } from '../../../src/wire/message-head.ts';
import { parse, ping, refused } from './parse.ts';

/** Of the characters that JSON makes most of: six bytes each. */
const widest = '\u0001';
/** As JSON with its quotes and brackets as long as it may be. */
const longest = widest.repeat((maxArgsBytes - 4) / 6) + 'x'.repeat((maxArgsBytes - 4) % 6);

test('long arguments - up to the limit they are taken, and one byte more is refused at its field', () => {
  const command = (...methodArgs: readonly string[]): unknown => ({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs,
  });
  expect(parse(command(longest))).toHaveLength(1);
  expect(refused(command(`${longest}x`))).toMatchObject({
    code: 'invalid-message',
    message: 'methodArgs has more than 192 KiB as JSON',
    place: { field: 'methodArgs' },
  });
  expect(refused(command(...Array.from({ length: 15 }, () => 'x'.repeat(100_000))))).toMatchObject({
    place: { field: 'methodArgs' },
  });
  expect(refused(ping({ replyMethodArgs: [`${longest}x`] }))).toMatchObject({ place: { field: 'replyMethodArgs' } });
});

test('long arguments - the largest message that intake takes fits a frame', () => {
  const [draft] = parse({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs: [longest],
    replyMethodArgs: [longest],
    data: 'x'.repeat(32 * 1024),
    directory: widest.repeat(4096),
    fileName: widest.repeat(4096),
    description: widest.repeat(4096),
  });
  if (draft === undefined) throw new Error('expected a draft');
  const id = '01hf7yat34fw5grf0000';
  const message: Message = { ...draft.message, id, from: 'central' };
  const token = 'x'.repeat(64);
  const frame = batchFrame({
    from: 'x'.repeat(100),
    to: 'ship1',
    incarnation: token,
    boot: token,
    known: token,
    nonce: token,
    challenge: token,
    lane: 'cliCommand',
    epoch: token,
    base: Number.MAX_SAFE_INTEGER,
    first: Number.MAX_SAFE_INTEGER,
    tag: token,
    items: [{ id, voided: false, head: packHead(message), body: draft.body }],
  });
  const bytes = encodeFrame(frame, digestSeals);
  expect(() => decodeFrame(bytes, digestSeals)).not.toThrow();
});
