import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { StewardError } from '../../../src/model/error.ts';
import { digestSeals } from '../../../src/security/seal.ts';
import { dictionary } from '../../../src/wire/dictionary.ts';
import { decodeFrame, encodeFrame, maxContentBytes, type FrameType } from '../../../src/wire/frame.ts';
import {
  anySeal,
  bomb,
  damagedBytes,
  damagedJson,
  openFrame,
  rawFrame,
  sealedFrame,
} from '../../support/hostile-frames.ts';
import { anyFrame, readAny, type AnyContent } from './frames.ts';

const types: readonly FrameType[] = ['batch', 'ack', 'hello', 'ask', 'piece'];
const id = '0123456789abcdefghjk';
const address = { f: 'central', t: 'ship1', ri: 'i', rb: 'b', n: 'n' };
const batch = { ...address, l: 'ping', e: 'e', b: 0, s: 1, g: 'g' };
const ack = { f: 'ship1', t: 'central', i: 'i', b: 'b', n: 'n' };
const standing = { l: 'ping', e: 'e', s: 1, g: 'g' };

/** Undefined for `invalid-frame`; any other error fails the test. */
function tryRead(bytes: Uint8Array, seals = digestSeals as Parameters<typeof readAny>[1]): AnyContent | undefined {
  try {
    return readAny(bytes, seals);
  } catch (error) {
    if (error instanceof StewardError && error.code === 'invalid-frame') return undefined;
    throw error;
  }
}

function read(type: FrameType, head: unknown, tail?: Uint8Array): AnyContent | undefined {
  return tryRead(rawFrame({ type, head: JSON.stringify(head), ...(tail === undefined ? {} : { tail }) }));
}

/** Every number that came through is one that the rest of the program can reckon with. */
function expectSound(value: unknown): void {
  if (typeof value === 'number') expect(Number.isSafeInteger(value)).toBe(true);
  else if (Array.isArray(value)) value.forEach(expectSound);
  else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    Object.values(value).forEach(expectSound);
  }
}

describe('frames from anybody', { timeout: 60_000 }, () => {
  test('frames - random bytes are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(tryRead(bytes)).toBeUndefined();
        expectSound(tryRead(bytes, anySeal));
      }),
      { numRuns: 600 },
    );
  });

  test('frames - random content behind a right start and seal is refused', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.constantFrom(0, 1),
        fc.uint8Array({ maxLength: 100 }),
        (type, codec, body) => {
          expect(tryRead(sealedFrame({ type, codec, body }))).toBeUndefined();
        },
      ),
      { numRuns: 600 },
    );
  });

  test('frames - any JSON as a head is refused, or sound', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.jsonValue(), (type, head) => expectSound(read(type, head))),
      { numRuns: 400 },
    );
  });

  test('frames - a damaged frame is refused by its seal', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), (content, seed) => {
        expect(tryRead(damagedBytes(encodeFrame(content, digestSeals), seededRandom(seed)))).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  test('frames - a damaged frame whose seal nobody looks at is refused, or sound', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), (content, seed) => {
        expectSound(tryRead(damagedBytes(encodeFrame(content, digestSeals), seededRandom(seed)), anySeal));
      }),
      { numRuns: 600 },
    );
  });

  test('frames - a head with one thing exchanged is refused, or sound', () => {
    let refused = 0;
    fc.assert(
      fc.property(anyFrame, fc.nat(), (content, seed) => {
        const frame = openFrame(encodeFrame(content, digestSeals));
        const result = read(frame.type, damagedJson(frame.head, seededRandom(seed)), frame.tail);
        if (result === undefined) refused += 1;
        expectSound(result);
      }),
      { numRuns: 1200 },
    );
    expect(refused).toBeGreaterThan(400);
  });

  test('frames - every cut of a valid frame is refused', () => {
    const whole = encodeFrame({ type: 'batch', head: JSON.stringify({ ...batch, m: [[id]] }) }, digestSeals);
    expect(tryRead(whole)).toBeDefined();
    for (let length = 0; length < whole.length; length += 1) {
      expect(tryRead(whole.subarray(0, length)), `${length} bytes`).toBeUndefined();
      expect(tryRead(whole.subarray(0, length), anySeal), `${length} bytes`).toBeUndefined();
    }
  });
});

describe('the start of a frame', () => {
  const head = JSON.stringify({ ...ack, a: [] });

  test.each([0, 2, 127, 255])('frames - version %i is not ours', (version) => {
    expect(() => readAny(rawFrame({ version, type: 'ack', head }), digestSeals)).toThrow(`version ${version}`);
  });

  test.each([0, 6, 255])('frames - type %i does not exist', (type) => {
    expect(() => readAny(rawFrame({ type, head }), digestSeals)).toThrow('unknown type');
  });

  test.each([2, 255])('frames - codec %i does not exist', (codec) => {
    const body = Buffer.from(head);
    expect(() => readAny(sealedFrame({ type: 'ack', codec, body }), digestSeals)).toThrow('unknown codec');
  });

  test('frames - one that is sealed as another type, version or codec is refused', () => {
    const frame = Buffer.from(rawFrame({ type: 'ack', head }));
    expect(tryRead(frame)).toBeDefined();
    const asked = Buffer.from(frame);
    asked[1] = 4;
    expect(() => readAny(asked, digestSeals)).toThrow('the seal is wrong');
  });

  test.each([0, 1, 7, 9, 255])('frames - a seal of %i bytes is refused', (length) => {
    expect(tryRead(rawFrame({ type: 'ack', head, seal: Buffer.alloc(length) }))).toBeUndefined();
  });

  test('frames - a seal longer than the frame is refused', () => {
    expect(tryRead(Uint8Array.of(1, 2, 0, 200, 1, 2, 3), anySeal)).toBeUndefined();
  });

  test.each([0, 1, 10_000, 0x7fffffff, 0x80000000, 0xffffffff])(
    'frames - a head said to be %i bytes long is refused',
    (headLength) => {
      expect(tryRead(rawFrame({ type: 'ack', head, headLength }))).toBeUndefined();
      expect(tryRead(rawFrame({ type: 'ack', head, headLength, codec: 1 }))).toBeUndefined();
    },
  );

  test('frames - a head that is cut inside a character is refused', () => {
    const text = Buffer.from('{"f":"ship1é');
    expect(tryRead(rawFrame({ type: 'ack', head: text.subarray(0, text.length - 1) }))).toBeUndefined();
  });
});

describe('size', { timeout: 60_000 }, () => {
  test('frames - content of the largest size is read, one byte more is refused', () => {
    const text = (size: number): Uint8Array => Buffer.from(JSON.stringify({ ...ack, a: [] }).padEnd(size - 4));
    for (const codec of [0, 1]) {
      expect(tryRead(rawFrame({ type: 'ack', head: text(maxContentBytes), codec }))).toBeDefined();
      expect(tryRead(rawFrame({ type: 'ack', head: text(maxContentBytes + 1), codec }))).toBeUndefined();
    }
  });

  test('frames - a decompression bomb is given up at the bound', () => {
    const bytes = bomb('batch', 64 * 1024 * 1024);
    expect(bytes.length).toBeLessThan(100_000);
    const before = process.memoryUsage().arrayBuffers;
    const began = performance.now();
    for (let count = 0; count < 50; count += 1) expect(tryRead(bytes)).toBeUndefined();
    // Unpacking one whole takes longer than this many that are given up, and 50 kept ones would be 3 GB.
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(500 * 1024 * 1024);
  });

  test('frames - bytes behind the end of packed content change nothing of what is read', () => {
    const head = Buffer.from(JSON.stringify({ ...ack, a: [] }));
    const length = Buffer.of(0, 0, 0, head.length);
    const packed = deflateRawSync(Buffer.concat([length, head]), { dictionary });
    const plain = tryRead(sealedFrame({ type: 'ack', codec: 1, body: packed }));
    expect(plain).toBeDefined();
    const longer = Buffer.concat([packed, Buffer.from('more')]);
    expect(tryRead(sealedFrame({ type: 'ack', codec: 1, body: longer }))).toEqual(plain);
  });

  test('frames - packed content without the dictionary is refused or sound', () => {
    const plain = Buffer.from(JSON.stringify({ ...ack, a: [] }).repeat(3));
    expectSound(tryRead(sealedFrame({ type: 'ack', codec: 1, body: deflateRawSync(plain) })));
  });

  test.each([
    ['4097 voids', 'batch', { ...batch, m: Array.from({ length: 4097 }, () => [id]) }],
    ['257 lanes in an ACK', 'ack', { ...ack, a: Array.from({ length: 257 }, () => standing) }],
    ['1025 exceptions', 'ack', { ...ack, a: [{ ...standing, x: Array.from({ length: 1025 }, () => [1, 0, '']) }] }],
    ['65 that run', 'ack', { ...ack, a: [{ ...standing, r: Array.from({ length: 65 }, () => [id, 1]) }] }],
    ['257 pieces', 'ack', { ...ack, a: [], w: Array.from({ length: 257 }, () => [id, 1]) }],
    ['65 lanes in an ask', 'ask', { ...address, a: Array.from({ length: 65 }, () => ({ l: 'ping', e: 'e', b: 0 })) }],
    ['a version of 65 characters', 'hello', { f: 'ship1', i: 'i', b: 'b', w: 'v'.repeat(65) }],
    ['a token of 65 characters', 'hello', { f: 'ship1', i: 'i'.repeat(65), b: 'b', w: 'v' }],
  ] as const)('frames - %s are too many', (_what, type, head) => {
    expect(read(type, head)).toBeUndefined();
  });
});

describe('heads that lie', () => {
  test.each([
    ['no object', 'null'],
    ['a list', '[]'],
    ['a number', '1'],
    ['text', '"f"'],
    ['nothing', ''],
    ['two values', '{}{}'],
    ['a comment', '/**/{}'],
    ['a BOM', '\ufeff{}'],
    ['NaN', 'NaN'],
    ['deep lists', '['.repeat(200_000)],
    ['deep lists that end', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['deep objects that end', '{"f":'.repeat(50_000) + '1' + '}'.repeat(50_000)],
  ])('frames - %s is no head of any type', (_what, head) => {
    for (const type of types) expect(tryRead(rawFrame({ type, head, codec: 1 })), `type ${type}`).toBeUndefined();
  });

  test('frames - names of Object.prototype are no fields', () => {
    for (const type of types) {
      expect(
        tryRead(rawFrame({ type, head: '{"__proto__":{"f":"a","t":"b","n":"c","l":"ping","s":1}}' })),
      ).toBeUndefined();
    }
    expect(read('batch', { ...batch, l: 'constructor', m: [] })).toMatchObject({ lane: 'constructor' });
    expect(read('batch', { ...batch, l: '__proto__', m: [] })).toBeUndefined();
    expect(read('batch', { ...batch, f: '__proto__', m: [] })).toMatchObject({ from: '__proto__' });
    expect(Object.hasOwn(Object.prototype, 'f')).toBe(false);
  });

  test.each([
    '',
    '*',
    '>',
    'a.*',
    '.',
    'a..b',
    '-a',
    'a-',
    'a--b',
    'a b',
    'é',
    'a\n',
    '\0',
    'a'.repeat(101),
    7,
    null,
    ['central'],
  ])('frames - %j is no node', (name) => {
    expect(read('hello', { f: name, i: 'i', b: 'b', w: '' })).toBeUndefined();
    expect(read('ask', { ...address, f: name, a: [] })).toBeUndefined();
    expect(read('ask', { ...address, t: name, a: [] })).toBeUndefined();
  });

  test.each(['', 'ping.*', 'ping<', '<ping', 'ping<ping<ping', 'ping**', '-ping', 'ping\n', 'p'.repeat(41), 7, null])(
    'frames - %j is no lane',
    (lane) => {
      expect(read('batch', { ...batch, l: lane, m: [] })).toBeUndefined();
      expect(read('ack', { ...ack, a: [{ ...standing, l: lane }] })).toBeUndefined();
      expect(read('ask', { ...address, a: [{ l: lane, e: 'e', b: 0 }] })).toBeUndefined();
    },
  );

  test.each(['i.', 'i ', 'i\n', 'é', 7, {}, [], true])('frames - %j is no token', (token) => {
    for (const key of ['ri', 'rb', 'n', 'k', 'c'])
      expect(read('ask', { ...address, [key]: token, a: [] }), `field ${key}`).toBeUndefined();
    for (const key of ['e', 'g'])
      expect(read('batch', { ...batch, [key]: token, m: [] }), `field ${key}`).toBeUndefined();
  });

  test.each([-1, 0.5, 2 ** 53, 1e300, '1', null, [1], undefined])('frames - %j is no position', (position) => {
    for (const key of ['b', 's'])
      expect(read('batch', { ...batch, [key]: position, m: [] }), `field ${key}`).toBeUndefined();
    expect(read('ack', { ...ack, a: [{ ...standing, s: position }] })).toBeUndefined();
    expect(read('ack', { ...ack, a: [{ ...standing, x: [[position, 0, '']] }] })).toBeUndefined();
    expect(read('ask', { ...address, a: [{ l: 'ping', e: 'e', b: position }] })).toBeUndefined();
    expect(read('ack', { ...ack, a: [], w: [[id, position]] })).toBeUndefined();
  });

  test.each(
    [[], [1], [1, 0], [1, 3, ''], [0, 0, ''], [1, 0, 7], [1, 0, 'x'.repeat(1025)], [1, 0, '', 1], 'x', null].map(
      (one) => [one],
    ),
  )('frames - %j is no exception', (exception) => {
    expect(read('ack', { ...ack, a: [{ ...standing, x: [exception] }] })).toBeUndefined();
  });

  test.each([[], [id], [id, -1], [id, 9e15], ['x', 1], [id.toUpperCase(), 1], [id, 1, 1]].map((one) => [one]))(
    'frames - %j runs nowhere',
    (running) => {
      expect(read('ack', { ...ack, a: [{ ...standing, r: [running] }] })).toBeUndefined();
    },
  );

  test.each([
    { what: 'no pieces of it', head: { z: 0, o: 0 }, bytes: 0 },
    { what: 'one between two', head: { z: 100_000, o: 1 }, bytes: 48 * 1024 },
    { what: 'one behind the end', head: { z: 100, o: 48 * 1024 }, bytes: 10 },
    { what: 'a short one in the middle', head: { z: 100_000, o: 0 }, bytes: 100 },
    { what: 'a long one at the end', head: { z: 100, o: 0 }, bytes: 101 },
    { what: 'a negative place', head: { z: 100, o: -48 * 1024 }, bytes: 100 },
    { what: 'no size', head: { o: 0 }, bytes: 10 },
  ])('frames - of a body there is $what', ({ head, bytes }) => {
    expect(read('piece', { ...address, i: id, ...head }, Buffer.alloc(bytes))).toBeUndefined();
  });
});

describe('items of a batch', () => {
  const items = (m: unknown, tail?: Uint8Array): unknown => {
    const found = read('batch', { ...batch, m }, tail);
    return found !== undefined && 'items' in found ? found.items : undefined;
  };

  test.each(
    [[7], [null], [[]], [['short']], [[7]], [[{}]], [[0]], [[0, null]], [[0, {}]], [[0, { i: 'x' }]], ['m']].map(
      (one) => [one],
    ),
  )('batch - %j is no list of items', (m) => {
    expect(items(m)).toBeUndefined();
  });

  test('batch - a message that asks for what is not known here is taken, and says so', () => {
    expect(items([[0, { i: id, J: 1, j: 2, constructor: 3 }]])).toMatchObject([
      { type: 'message', message: { beyond: ['J'] } },
    ]);
    const F = [{ fact: 'system', is: ['linux'] }];
    expect(items([[0, { i: id, F }]])).toMatchObject([{ type: 'message', message: { beyond: ['F'] } }]);
    expect(items([[0, { i: id }]])).toMatchObject([
      { type: 'message', message: expect.not.objectContaining({ beyond: expect.anything() as unknown }) as object },
    ]);
  });

  test.each([
    ['is no object', 7],
    ['has a setting that is not known', { x: 1 }],
    ['sets what the node sets', { e: { STEWARD_RUN: 'central/1' } }],
    ['sets what no environment has', { e: { 'A=B': '' } }],
    ['sets a NUL', { e: { A: 'a\0b' } }],
    ['sets a number', { e: { A: 1 } }],
    ['asks with a text', { i: 'true' }],
  ])('batch - a command whose way to run %s is rejected, and keeps its place', (_what, o) => {
    expect(items([[0, { i: id, O: o }]])).toMatchObject([{ type: 'invalid', id }]);
  });

  test('batch - bodies have to fill the tail exactly', () => {
    const one = [3, { i: id, z: 3 }];
    expect(items([one], Buffer.from('abc'))).toMatchObject([{ type: 'message' }]);
    expect(items([one], Buffer.from('ab'))).toBeUndefined();
    expect(items([one], Buffer.from('abcd'))).toBeUndefined();
    expect(items([one, one], Buffer.from('abcde'))).toBeUndefined();
    expect(items([[2 ** 40, { i: id, z: 2 ** 40 }]], Buffer.from('abc'))).toBeUndefined();
    expect(items([[-1, { i: id }]], Buffer.from('abc'))).toBeUndefined();
  });

  test.each([
    ['a body of another length', { z: 4 }],
    ['arguments that are no list', { a: 'bash' }],
    ['arguments that are no text', { a: [7] }],
    ['a rerun that is neither', { k: 'x' }],
    ['a span of a thousand years', { x: 1000 * 365 * 86_400_000 }],
    ['a span below nothing', { t: -1 }],
    ['a span of half a millisecond', { y: 0.5 }],
    ['fewer retries than none', { r: -2 }],
    ['a reply that is no object', { p: 'none' }],
    ['a reply by a method that is none', { p: { m: 'ping' } }],
    ['a reply by an unknown method', { p: { m: 'constructor' } }],
    ['a request in the lane of requests', { q: { i: id, m: 'ping', o: {} } }],
    ['a folder that is a number', { d: 7 }],
    ['a folder of 70,000 characters', { d: 'x'.repeat(70_000) }],
  ])('batch - %s is rejected, and keeps its place', (_what, change) => {
    const [item] = items([[3, { i: id, z: 3, ...change }]], Buffer.from('abc')) as { type: string; id: string }[];
    expect(item).toMatchObject({ type: 'invalid', id, reason: expect.any(String) as string });
  });

  test.each([
    ['an outcome that is none', { s: 'queued' }],
    ['an end before 1970', { a: -1 }],
    ['an end after all dates', { a: 8_640_000_000_000_001 }],
    ['a run of a thousand years', { d: 1000 * 365 * 86_400_000 }],
    ['a reason of 5,000 characters', { x: 'x'.repeat(5000) }],
    ['a signal of 40 characters', { g: 'S'.repeat(40) }],
    ['an exit code of text', { e: '0' }],
    ['bytes below nothing', { p: -1 }],
  ])('batch - a reply with %s is rejected, and keeps its place', (_what, outcome) => {
    const found = read('batch', { ...batch, l: 'none<ping', m: [[0, { i: id, q: { i: id, m: 'ping', o: outcome } }]] });
    expect(found).toMatchObject({ items: [{ type: 'invalid', id }] });
  });

  test('batch - a method that is not known here is rejected, and keeps its place', () => {
    for (const lane of ['constructor', 'toString', 'opReboot', 'CLICOMMAND']) {
      expect(read('batch', { ...batch, l: lane, m: [[0, { i: id }]] })).toMatchObject({
        items: [{ type: 'invalid', id }],
      });
    }
  });

  test('batch - a message too deep to be written again is rejected, and keeps its place', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const head = JSON.stringify({ ...batch, m: [[0, { i: id, zz: 'deep' }]] }).replace('"deep"', deep);
    expect(tryRead(rawFrame({ type: 'batch', head, codec: 1 }))).toMatchObject({ items: [{ type: 'invalid', id }] });
  });
});

describe('the preset dictionary', () => {
  test('dictionary - is frozen: other bytes would be another version of the format', () => {
    expect(createHash('sha256').update(dictionary).digest('hex')).toBe(
      '393db62b8bbbf87124941f7fb58ddaa5488f9dca525bd8be261d2dc112210f0a',
    );
  });

  test('dictionary - packs a small command into less than 160 bytes', () => {
    const head = JSON.stringify({
      ...batch,
      l: 'cliCommand',
      m: [[0, { i: id, a: ['bash', '-c', 'uptime'], d: '/var/log', n: 'up.log' }]],
    });
    const bytes = encodeFrame({ type: 'batch', head }, digestSeals);
    expect(bytes.length).toBeLessThan(160);
    expect(decodeFrame(bytes, digestSeals).head).toEqual(JSON.parse(head));
  });
});
