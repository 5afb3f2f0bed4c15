// What a body is named by whose bytes are not kept.
import { hash } from 'node:crypto';

const sums = new WeakMap<Uint8Array, string>();

/** SHA-256 in hex. Of a body that many messages share it is reckoned once. */
export function sumOf(body: Uint8Array): string {
  const known = sums.get(body);
  if (known !== undefined) return known;
  const sum = hash('sha256', body, 'hex');
  sums.set(body, sum);
  return sum;
}
