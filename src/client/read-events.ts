// Takes an event stream apart: the `data` of each event, one after the other. Comments are left out.
import { StewardError } from '../model/error.ts';

/** Characters of one event: a message with 16 MiB of arguments, each of them escaped. */
const maxEventLength = 64 * 1024 * 1024;

/** Throws what the body throws, and `too-large`. An event that the end of the stream cuts off is left out. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
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
      if (line.startsWith('data:')) yield line.slice('data:'.length).trimStart();
    }
    parts.push(open);
    length += open.length;
    if (length > maxEventLength)
      throw new StewardError('too-large', `an event has more than ${maxEventLength} characters`);
  }
}
