// The SHA-256 of a file's content, a little at a time: what else the node does has its turn between.
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

const atOnceBytes = 256 * 1024;

/** As hex digits; undefined where the signal came first. Of `size` bytes, or what there is of them. */
export async function hashFile(
  handle: FileHandle,
  of: { readonly size: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(Math.min(atOnceBytes, Math.max(1, of.size)));
  for (let at = 0; at < of.size;) {
    if (of.signal.aborted) return undefined;
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, of.size - at), at);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest('hex');
}
