// Takes an event stream apart: the `data` of each event, one after the other. Comments are left out.
import { readLines } from './read-lines.ts';

/** Characters of one event: a message with 16 MiB of arguments, each of them escaped. */
const maxEventLength = 64 * 1024 * 1024;

/** Throws what the body throws, and `too-large`. An event that the end of the stream cuts off is left out. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const line of readLines(body, { longest: maxEventLength, what: 'an event' }))
    if (line.startsWith('data:')) yield line.slice('data:'.length).trimStart();
}
