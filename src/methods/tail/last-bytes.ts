// What stands in a file before the byte that comes next: by it a file is known that was cut and filled anew.
import type { FileHandle } from 'node:fs/promises';

export const lastBytes = 64;

/** The bytes before this one, as many as there are; of a file that is shorter, what it has of them. */
export async function lastOf(handle: FileHandle, at: number, count = Math.min(lastBytes, at)): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(count), 0, count, at - count);
  return buffer.subarray(0, bytesRead);
}
