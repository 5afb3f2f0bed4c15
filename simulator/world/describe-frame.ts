// A frame in a line of the history.
import { digestSeals } from '../../src/security/seal.ts';
import { decodeFrame } from '../../src/wire/frame.ts';

export function describeFrame(bytes: Uint8Array): string {
  const { type, head, tail } = decodeFrame(bytes, digestSeals);
  return `${type} ${JSON.stringify(head)}${tail.length === 0 ? '' : ` + ${tail.length} bytes`}`;
}
