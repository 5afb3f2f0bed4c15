// A frame: what one publish carries. Bytes on the outside, a JSON head and raw bytes (the tail) inside.
//
//   byte 0    version of the format
//   byte 1    type
//   byte 2    codec of the content: 0 raw, 1 raw deflate with the preset dictionary
//   byte 3    length of the seal, then the seal
//   the rest  content: 4 bytes length of the head (big endian), the head as JSON, the tail
//
// Boundary. From: anybody who can publish. To: the decoders of each type.
// 1. A frame that is not wholly understood throws `invalid-frame` and changes nothing.
// 2. Its content is never larger than `maxContentBytes`, whatever it unpacks to.
// 3. The seal covers version, type, codec and content as they travel.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { StewardError } from '../model/error.ts';
import { dictionary } from './dictionary.ts';

export const wireVersion = 1;

export const frameTypes = { batch: 1, ack: 2, hello: 3, ask: 4, piece: 5 } as const;
export type FrameType = keyof typeof frameTypes;

/** Bound of an unpacked frame. A batch aims at 64 KiB; the bound leaves room for one message with the largest small body. */
export const maxContentBytes = 512 * 1024;
const deflateFrom = 64;
const smallBytes = 1024;
/**
 * The results are made in pieces of so many bytes. V8 takes the handle of a state of zlib for alive until it collects the whole heap, and the last piece with it: with
 * the usual 16 KiB it was these pieces that made a collection due.
 */
const largePiece = 4096;
const smallPiece = 1024;
/** What fits a window of 4 KiB is packed in one: as small as in a larger one, with a tenth of the memory to prepare. */
const small = { level: 9, windowBits: 12, memLevel: 5, chunkSize: smallPiece, dictionary };
const large = { level: 3, chunkSize: largePiece, dictionary };

export interface Seal {
  seal(bytes: Uint8Array): Uint8Array;
}

export interface SealCheck {
  /** Whether the seal is right for these bytes. */
  check(bytes: Uint8Array, seal: Uint8Array): boolean;
}

export interface FrameContent {
  readonly type: FrameType;
  /** JSON. */
  readonly head: string;
  readonly tail?: readonly Uint8Array[];
}

/** `near`: to pack and unpack a small frame takes longer than its bytes take to get there. */
export function encodeFrame(
  content: FrameContent,
  seal: Seal,
  { near = false }: { readonly near?: boolean } = {},
): Uint8Array {
  const head = Buffer.from(content.head, 'utf8');
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(head.length);
  const plain = Buffer.concat([length, head, ...(content.tail ?? [])]);
  const isSmall = plain.length < smallBytes;
  const staysRaw = plain.length < deflateFrom || (near && isSmall);
  const packed = staysRaw ? plain : deflateRawSync(plain, isSmall ? small : large);
  const useful = packed.length < plain.length;
  const body = useful ? packed : plain;
  const start = Uint8Array.of(wireVersion, frameTypes[content.type], useful ? 1 : 0);
  const sealed = seal.seal(Buffer.concat([start, body]));
  return Buffer.concat([start, Uint8Array.of(sealed.length), sealed, body]);
}

export interface DecodedFrame {
  readonly type: FrameType;
  readonly head: unknown;
  readonly tail: Uint8Array;
}

export function decodeFrame(bytes: Uint8Array, seals: SealCheck): DecodedFrame {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [version, typeNumber, codec, sealLength] = frame;
  if (version === undefined || typeNumber === undefined || codec === undefined || sealLength === undefined) {
    throw invalid('shorter than a frame can be');
  }
  if (version !== wireVersion) throw invalid(`version ${version} of the format, this node speaks ${wireVersion}`);
  const type = (Object.keys(frameTypes) as FrameType[]).find((name) => frameTypes[name] === typeNumber);
  if (type === undefined) throw invalid(`unknown type ${typeNumber}`);
  if (codec > 1) throw invalid(`unknown codec ${codec}`);
  const seal = frame.subarray(4, 4 + sealLength);
  const body = frame.subarray(4 + sealLength);
  if (seal.length !== sealLength) throw invalid('cut in the seal');
  if (!seals.check(Buffer.concat([frame.subarray(0, 3), body]), seal)) throw invalid('the seal is wrong');
  const plain = codec === 1 ? unpack(body) : body;
  if (plain.length < 4 || plain.length > maxContentBytes) throw invalid('content of a wrong length');
  const headLength = plain.readUInt32BE(0);
  if (headLength > plain.length - 4) throw invalid('cut in the head');
  return { type, head: parseHead(plain.subarray(4, 4 + headLength)), tail: plain.subarray(4 + headLength) };
}

function unpack(body: Buffer): Buffer {
  try {
    const chunkSize = body.length < smallBytes / 2 ? smallPiece : largePiece;
    return inflateRawSync(body, { chunkSize, dictionary, maxOutputLength: maxContentBytes });
  } catch (error) {
    throw invalid('content cannot be unpacked', error);
  }
}

function parseHead(head: Buffer): unknown {
  try {
    return JSON.parse(head.toString('utf8'));
  } catch (error) {
    throw invalid('the head is not JSON', error);
  }
}

export function invalid(text: string, cause?: unknown): StewardError {
  return new StewardError('invalid-frame', text, { cause });
}
