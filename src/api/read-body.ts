// Reads a request's body whole, up to a bound.
import { StewardError } from '../model/error.ts';

/** A body beyond the bound is still taken in, and thrown away, up to so many times the bound: most clients read no answer before they have sent all. */
const discardFactor = 4;

/** Throws `too-large`. What was not read then is left to the server, which closes the connection after its answer. */
export async function readBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else chunks = [];
    if (size > maxBytes * discardFactor) break;
  }
  if (size <= maxBytes) return Buffer.concat(chunks, size);
  throw new StewardError('too-large', `the body has more than ${maxBytes} bytes`, { hint: 'send it in several parts' });
}
