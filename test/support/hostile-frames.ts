// Frames as somebody makes them who knows the format and means harm: damaged, lying, oversized, with the right seal or without.
import { deflateRawSync } from 'node:zlib';
import type { Random } from '../../src/base/random.ts';
import { digestSeals } from '../../src/security/seal.ts';
import { dictionary } from '../../src/wire/dictionary.ts';
import { decodeFrame, frameTypes, wireVersion, type FrameType, type SealCheck } from '../../src/wire/frame.ts';

/** Takes every seal, so that damage reaches the decoders behind it. */
export const anySeal: SealCheck = { check: () => true };

export interface RawFrame {
  readonly version?: number;
  readonly type: FrameType | number;
  readonly codec?: number;
  /** JSON, or bytes that are none. */
  readonly head: string | Uint8Array;
  readonly tail?: Uint8Array;
  /** What the frame says of its head's length. */
  readonly headLength?: number;
  /** Instead of the right one. */
  readonly seal?: Uint8Array;
}

/** Seals whatever it is given. */
export function rawFrame(of: RawFrame): Uint8Array {
  const head = typeof of.head === 'string' ? Buffer.from(of.head) : of.head;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(of.headLength ?? head.length);
  const plain = Buffer.concat([length, head, of.tail ?? new Uint8Array()]);
  const codec = of.codec ?? 0;
  return sealedFrame({ ...of, codec, body: codec === 1 ? deflateRawSync(plain, { dictionary }) : plain });
}

export function sealedFrame(of: {
  readonly version?: number;
  readonly type: FrameType | number;
  readonly codec: number;
  readonly body: Uint8Array;
  readonly seal?: Uint8Array;
}): Uint8Array {
  const type = typeof of.type === 'number' ? of.type : frameTypes[of.type];
  const start = Uint8Array.of(of.version ?? wireVersion, type, of.codec);
  const seal = of.seal ?? digestSeals.seal(Buffer.concat([start, of.body]));
  return Buffer.concat([start, Uint8Array.of(seal.length), seal, of.body]);
}

/** A frame that unpacks to so many zeros. Made once a size: packing a gigabyte takes a while. */
export function bomb(type: FrameType, unpackedBytes: number): Uint8Array {
  return sealedFrame({ type, codec: 1, body: deflateRawSync(Buffer.alloc(unpackedBytes), { level: 9, dictionary }) });
}

export interface OpenFrame {
  readonly type: FrameType;
  readonly head: Record<string, unknown>;
  readonly tail: Uint8Array;
}

/** What a valid frame holds. */
export function openFrame(bytes: Uint8Array): OpenFrame {
  const { type, head, tail } = decodeFrame(bytes, digestSeals);
  return { type, head: head as Record<string, unknown>, tail };
}

/** The same frame with another head, and the right seal. */
export function resealed(frame: OpenFrame, head: Record<string, unknown>): Uint8Array {
  const text = JSON.stringify(head);
  return rawFrame({ type: frame.type, codec: text.length > 64 ? 1 : 0, head: text, tail: frame.tail });
}

export function below(random: Random, limit: number): number {
  return Math.floor(random.next() * limit);
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const found = from[below(random, from.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}

/** Flips bits, cuts, doubles, or puts in bytes. Never the bytes as they were. */
export function damagedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const damaged = Buffer.from(bytes);
  const at = below(random, bytes.length);
  switch (below(random, 5)) {
    case 0:
      damaged[at] = (damaged[at] ?? 0) ^ (1 << below(random, 8));
      return damaged;
    case 1:
      return damaged.subarray(0, at);
    case 2:
      return Buffer.concat([damaged, random.bytes(1 + below(random, 20))]);
    case 3:
      return Buffer.concat([damaged.subarray(0, at), random.bytes(1 + below(random, 8)), damaged.subarray(at)]);
    default:
      for (let flips = 2 + below(random, 6); flips > 0; flips -= 1) {
        const place = below(random, bytes.length);
        damaged[place] = (damaged[place] ?? 0) ^ (1 + below(random, 255));
      }
      return damaged.equals(bytes) ? damaged.subarray(1) : damaged;
  }
}

const nastyValues: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  2 ** 53,
  Number.MAX_SAFE_INTEGER,
  1e308,
  -0,
  '',
  '\0',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '*',
  '>',
  'x'.repeat(70),
  'x'.repeat(70_000),
  '\ud800',
  [],
  {},
  [[]],
  [null],
  [0, 0, 0, 0],
  { __proto__: null, toString: 1, valueOf: 2, length: 3 },
  JSON.parse('{"__proto__":{"f":"central","t":"central"},"length":1e9}'),
];

/** The value with something in it exchanged for what does not belong there, or left out. */
export function damagedJson(value: unknown, random: Random): unknown {
  const isList = Array.isArray(value);
  if (typeof value !== 'object' || value === null || random.next() < 0.1) return pick(random, nastyValues);
  const entries = Object.entries(value);
  if (entries.length === 0 || random.next() < 0.1) return pick(random, nastyValues);
  const at = below(random, entries.length);
  const dropped = random.next() < 0.15;
  const changed = entries.flatMap(([key, inner], index): (readonly [string, unknown])[] => {
    if (index !== at) return [[key, inner]];
    return dropped ? [] : [[key, damagedJson(inner, random)]];
  });
  return isList ? changed.map(([, inner]) => inner) : Object.fromEntries(changed);
}
