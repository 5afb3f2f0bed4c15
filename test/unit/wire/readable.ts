// A frame's content as JSON: what a fixture of a version of the wire says that it holds.
import { createHash } from 'node:crypto';
import type { AnyContent } from './frames.ts';

/** Bytes as their length and digest. */
export function readable(content: AnyContent): unknown {
  return JSON.parse(JSON.stringify(content, withoutBytes)) as unknown;
}

function withoutBytes(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has already been made JSON of when it comes here.
  const given = (this as Record<string, unknown>)[key];
  if (!(given instanceof Uint8Array)) return value;
  return { length: given.length, sha256: createHash('sha256').update(given).digest('hex') };
}
