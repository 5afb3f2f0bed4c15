// Random values of every type of frame, as this node could send them, and how to read any frame.
import * as fc from 'fast-check';
import { controlLane, laneOf } from '../../../src/model/lane.ts';
import type { Message, Outcome } from '../../../src/model/message.ts';
import { methodEntry, methodNames, takesPrecondition } from '../../../src/model/method-name.ts';
import { catchUps } from '../../../src/model/schedule.ts';
import { ackFrame, readAck, type Ack } from '../../../src/wire/ack.ts';
import { askFrame, readAsk, type Ask } from '../../../src/wire/ask.ts';
import { batchFrame, readBatch, type Batch, type BatchItemOut, type BatchOut } from '../../../src/wire/batch.ts';
import { decodeFrame, type DecodedFrame, type FrameContent, type SealCheck } from '../../../src/wire/frame.ts';
import { helloFrame, readHello, type Hello } from '../../../src/wire/hello.ts';
import { packHead } from '../../../src/wire/message-head.ts';
import { pieceBytes, pieceFrame, readPiece, type Piece } from '../../../src/wire/piece.ts';

const tenYears = 10 * 365 * 86_400_000;

export const nodeName = fc.constantFrom('central', 'ship1', 'ship-2.example.org', '_', 'a'.repeat(100));
export const messageId = fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{20}$/);
export const token = fc.stringMatching(/^[A-Za-z0-9_-]{0,64}$/);
const span = fc.oneof(fc.constantFrom(0, 1, 10_000, tenYears), fc.integer({ min: 0, max: tenYears }));
const longSpan = fc.integer({ min: 1_000, max: tenYears });
const position = fc.oneof(fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER), fc.maxSafeNat());
const wallTime = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
const text = fc.string({ unit: 'binary', maxLength: 40 });
const noZero = text.filter((value) => !value.includes('\0'));
const method = fc.constantFrom(...methodNames);
const replyMethod = fc.constantFrom(...methodNames.filter((name) => methodEntry(name).reply));
const bodySize = fc.integer({ min: 0, max: 200 });

const criteria = {
  ackTimeoutMs: span,
  retries: fc.oneof(fc.constant(-1), fc.nat()),
  retryWaitMs: span,
  methodTimeoutMs: fc.oneof(fc.constant(-1), span),
};

const outcome: fc.Arbitrary<Outcome> = fc.record(
  {
    state: fc.constantFrom('succeeded', 'failed', 'timedOut', 'cancelled', 'rejected', 'unknown'),
    stdoutBytes: fc.nat(),
    stderrBytes: fc.nat(),
    exitCode: fc.nat({ max: 255 }),
    signal: fc.constantFrom('SIGKILL', 'SIGTERM'),
    startedAt: wallTime,
    durationMs: span,
    reason: text,
    attempts: fc.integer({ min: 2, max: 2000 }),
    streamed: fc.record({ parts: fc.nat(), stdoutBytes: fc.nat(), stderrBytes: fc.nat() }),
  },
  { requiredKeys: ['state', 'stdoutBytes', 'stderrBytes'] },
);

/** The operator's orders are never unordered, and go before all else. */
function inOrder(message: Message): Message {
  if (laneOf(message) !== controlLane) return message;
  const { priority: _none, ...order } = message;
  return { ...order, unordered: false };
}

export const message: fc.Arbitrary<Message> = fc
  .record(
    {
      id: messageId,
      from: nodeName,
      to: nodeName,
      method,
      args: fc.array(text, { maxLength: 4 }),
      unordered: fc.boolean(),
      rerun: fc.constantFrom('never' as const, 'always' as const),
      ...criteria,
      expiresMs: span,
      directory: text,
      fileName: text,
      bodySize,
      description: text,
      endsNode: fc.constant(true as const),
      isTimeOpen: fc.constant(true as const),
      detach: fc.constant(true as const),
      settings: fc.record(
        {
          cwd: noZero,
          env: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,9}$/), noZero),
          user: fc.constantFrom('root', 'app-1', '1000'),
          onlyIf: fc.array(noZero, { maxLength: 3 }),
        },
        { requiredKeys: [] },
      ),
      largeOutput: fc.constant(true as const),
      stdinFile: fc.constantFrom('words.txt', '/srv/in', 'input:0123456789abcdefgh00'),
      schedule: fc.record({
        when: fc.oneof(
          fc.record({ type: fc.constant('every' as const), intervalMs: longSpan, totalMs: longSpan }),
          fc.record(
            {
              type: fc.constant('cron' as const),
              pattern: fc.string({ maxLength: 200 }),
              timezone: fc.string({ maxLength: 64 }),
            },
            { requiredKeys: ['type', 'pattern'] },
          ),
        ),
        catchUp: fc.constantFrom(...catchUps),
        overlap: fc.boolean(),
        jitterMs: span,
      }),
      runOf: fc.record(
        { id: messageId, number: fc.integer({ min: 1, max: 1_000_000 }), due: fc.nat(2 ** 42) },
        { requiredKeys: ['id', 'number'] },
      ),
      onlyIfFact: fc.constantFrom(
        [{ fact: 'system', is: ['linux', 'darwin'] }],
        [
          { fact: 'own.role', isNot: ['spare'], exists: true },
          { fact: 'memory.free', atLeast: '1e6', atMost: '2' },
        ],
      ),
      priority: fc.constantFrom(0, 3, 5, 9),
      methodRetries: fc.integer({ min: 1, max: 1000 }),
      methodRetryWaitMs: fc.integer({ min: 1, max: 86_400_000 }),
      reply: fc.record({ method: replyMethod, args: fc.array(text, { maxLength: 3 }), ...criteria }),
      answerOf: fc.record({ id: messageId, method, outcome, from: nodeName }),
      replyTo: fc.record(
        {
          id: messageId,
          method,
          outcome,
          part: fc.integer({ min: 1, max: 1_000_000 }),
          run: fc.integer({ min: 1, max: 1_000_000 }),
        },
        { requiredKeys: ['id', 'method', 'outcome'] },
      ),
    },
    {
      requiredKeys: [
        ...(['id', 'from', 'to', 'method', 'args', 'unordered', 'rerun', 'expiresMs'] as const),
        ...([
          'ackTimeoutMs',
          'retries',
          'retryWaitMs',
          'methodTimeoutMs',
          'directory',
          'fileName',
          'bodySize',
        ] as const),
      ],
    },
  )
  .map(inOrder)
  .map(withoutVainCondition);

/** What its method does not look at has to be told as not understood. */
function withoutVainCondition({ onlyIfFact, ...message }: Message): Message {
  return onlyIfFact === undefined || !takesPrecondition(message.method) ? message : { ...message, onlyIfFact };
}

const address = {
  from: nodeName,
  to: nodeName,
  incarnation: token,
  boot: token,
  known: token,
  nonce: token,
  challenge: token,
};

const laneName = fc.tuple(method, fc.option(method), fc.boolean()).map(([name, request, unordered]) =>
  laneOf({
    method: name,
    unordered,
    ...(request === null
      ? {}
      : { replyTo: { id: '', method: request, outcome: { state: 'succeeded', stdoutBytes: 0, stderrBytes: 0 } } }),
  }),
);

export interface BatchCase {
  readonly out: BatchOut;
  /** What its receiver has to read. */
  readonly read: Batch;
}

/** A batch of one lane: its messages have the lane's ends, method, priority and order. */
export const batchCase: fc.Arbitrary<BatchCase> = fc
  .tuple(
    fc.record({ ...address, epoch: token, base: position, first: position, tag: token }),
    message,
    fc.array(fc.tuple(message, fc.constantFrom('void', 'body', 'no body')), { maxLength: 5 }),
  )
  .map(([point, model, others]): BatchCase => {
    const lane = laneOf(model);
    const items = others.map(([other, kind]) => {
      const { replyTo: _reply, priority: _priority, ...bare } = other;
      const one = withoutVainCondition({
        ...bare,
        from: point.from,
        to: point.to,
        method: model.method,
        unordered: model.unordered,
        ...(model.priority === undefined ? {} : { priority: model.priority }),
        ...(model.replyTo === undefined ? {} : { replyTo: model.replyTo }),
      });
      const body = kind === 'body' ? Buffer.alloc(one.bodySize, 'body') : Buffer.alloc(0);
      const head = packHead(one);
      const out: BatchItemOut = { id: one.id, voided: kind === 'void', head, body };
      const read =
        kind === 'void'
          ? ({ type: 'void', id: one.id } as const)
          : ({ type: 'message', id: one.id, message: one, head, body } as const);
      return { out, read };
    });
    return {
      out: { ...point, lane, items: items.map((item) => item.out) },
      read: { ...point, lane, items: items.map((item) => item.read) },
    };
  });

export const ack: fc.Arbitrary<Ack> = fc.record(
  {
    from: nodeName,
    to: nodeName,
    incarnation: token,
    boot: token,
    nonce: token,
    challenge: token,
    held: fc.integer({ min: 1, max: 7 }),
    hint: token,
    lanes: fc.array(
      fc.record({
        lane: laneName,
        epoch: token,
        nonce: token,
        last: position,
        tag: token,
        exceptions: fc.array(
          fc.record({
            position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
            kind: fc.constantFrom('voided' as const, 'rejected' as const, 'forgotten' as const),
            reason: text,
          }),
          { maxLength: 3 },
        ),
        running: fc.array(fc.record({ id: messageId, at: wallTime }), { maxLength: 3 }),
      }),
      { maxLength: 4 },
    ),
    pieces: fc.array(fc.record({ id: messageId, have: position }), { maxLength: 3 }),
  },
  { requiredKeys: ['from', 'to', 'incarnation', 'boot', 'nonce', 'challenge', 'lanes', 'pieces'] },
);

export const ask: fc.Arbitrary<Ask> = fc.record({
  ...address,
  lanes: fc.array(fc.record({ lane: laneName, epoch: token, base: position }), { maxLength: 4 }),
});

export const hello: fc.Arbitrary<Hello> = fc.record(
  {
    from: nodeName,
    incarnation: token,
    boot: token,
    version: fc.string({ unit: 'binary', maxLength: 30 }),
    groups: fc.array(fc.constantFrom('north', 'ferries', 'a.b-c'), { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['from', 'incarnation', 'boot', 'version'] },
);

export const piece: fc.Arbitrary<Piece> = fc
  .tuple(fc.record({ ...address, id: messageId }), fc.nat({ max: 3 }), fc.integer({ min: 1, max: 300 }), fc.boolean())
  .map(([point, before, last, more]) => {
    const offset = before * pieceBytes;
    const length = more ? pieceBytes : last;
    return { ...point, offset, size: offset + length + (more ? last : 0), bytes: Buffer.alloc(length, 'piece') };
  });

/** Any frame that this node could send. */
export const anyFrame: fc.Arbitrary<FrameContent> = fc.oneof(
  batchCase.map(({ out }) => batchFrame(out)),
  ack.map(ackFrame),
  ask.map(askFrame),
  hello.map(helloFrame),
  piece.map(pieceFrame),
);

export type AnyContent = Batch | Ack | Ask | Hello | Piece;

/** Decodes a frame as its receiver does, whatever its type. */
export function readAny(bytes: Uint8Array, seals: SealCheck): AnyContent {
  return readContent(decodeFrame(bytes, seals));
}

function readContent(frame: DecodedFrame): AnyContent {
  switch (frame.type) {
    case 'batch':
      return readBatch(frame.head, frame.tail);
    case 'ack':
      return readAck(frame.head);
    case 'ask':
      return readAsk(frame.head);
    case 'hello':
      return readHello(frame.head);
    case 'piece':
      return readPiece(frame.head, frame.tail);
  }
}
