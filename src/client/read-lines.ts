// Takes a stream of text apart into its lines.
import { StewardError } from '../model/error.ts';

/**
 * Without their ends; what follows the last one is left out: the stream was cut off in it. `longest`: characters of a line; `what`: names one
 * in the error. Throws what the body throws, and `too-large`.
 */
export async function* readLines(
  body: AsyncIterable<Uint8Array>,
  { longest, what }: { readonly longest: number; readonly what: string },
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const bytes of body) {
    // A line that has not ended yet stays in parts, so that a long one is not searched again with every chunk.
    const lines = decoder.decode(bytes, { stream: true }).split('\n');
    const open = lines.pop() ?? '';
    for (const end of lines) {
      const line = [...parts, end].join('');
      parts = [];
      length = 0;
      yield line;
    }
    parts.push(open);
    length += open.length;
    if (length > longest) throw new StewardError('too-large', `${what} has more than ${longest} characters`);
  }
}
