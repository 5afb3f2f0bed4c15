// Unpacks the body of an answer while it comes, in the opposite order of its `Content-Encoding`.
//
// 1. It is read no faster than its reader takes it: how large it becomes is bounded by whoever reads.
// 2. What nobody here can unpack comes as it is.
import { Readable, pipeline } from 'node:stream';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

export const offeredCodings = 'gzip, deflate, br';
/** Nobody packs more often to make it smaller. */
const mostCodings = 4;

type Bytes = AsyncIterable<Uint8Array>;

/** A body that is not packed as its header says. */
export class UnpackError extends Error {}

/** `codings`: the value of `Content-Encoding`. Throws an UnpackError, at once or while it is read. */
export function unpackBody(body: Bytes, codings: string): Bytes {
  const names = codings.split(',').map((name) => name.trim().toLowerCase());
  const packed = names.filter((name) => name !== '' && name !== 'identity').reverse();
  if (packed.length > mostCodings) throw new UnpackError(`the body is packed more than ${mostCodings} times`);
  if (!packed.every(isKnown)) return body;
  return packed.reduce<Bytes>((bytes, coding) => unpacked(bytes, coding), body);
}

async function* unpacked(body: Bytes, coding: string): AsyncGenerator<Uint8Array> {
  let broken: { readonly error: unknown } | undefined;
  const bytes = body[Symbol.asyncIterator]();
  const first = await bytes.next();
  // Of an empty body nothing is packed, whatever its header says.
  if (first.done === true) return;
  const all = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield first.value;
      yield* { [Symbol.asyncIterator]: () => bytes };
    } catch (error) {
      broken = { error };
      throw error;
    }
  };
  try {
    // Its errors come out of what is read.
    yield* pipeline(Readable.from(all()), unpackerOf(coding, first.value), () => undefined);
  } catch (error) {
    if (broken !== undefined) throw broken.error;
    throw new UnpackError(`the body cannot be unpacked (${coding}): ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
}

function isKnown(coding: string): boolean {
  return /^((x-)?gzip|deflate|br)$/.test(coding);
}

function unpackerOf(coding: string, first: Uint8Array): Transform {
  if (coding === 'br') return createBrotliDecompress();
  if (coding !== 'deflate') return createGunzip();
  // Servers send it with the head that the standard wants, or without.
  return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
}
