import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEvents } from '../../../src/client/read-events.ts';
import { encodeEvent } from '../../../src/api/follow-messages.ts';
import { id, viewOf } from '../api/fake-service.ts';

async function* chunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  let start = 0;
  for (let index = 0; start < bytes.length; index += 1) {
    const end = start + (sizes[index % sizes.length] ?? 1);
    yield bytes.subarray(start, end);
    start = end;
  }
}

async function collect(bytes: Uint8Array, sizes: readonly number[]): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const event of readEvents(chunks(bytes, sizes))) found.push(event);
  return found;
}

test('events - come back as they were encoded, however the stream is cut', async () => {
  const text = fc.string({ unit: 'binary' });
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.array(text), sizes, async (args, cuts) => {
      const events = args.map((arg) => ({ type: 'message', message: viewOf({ id: id(1), args: [arg] }) }) as const);
      const bytes = Buffer.from(events.map((event) => `:\n\n${encodeEvent(event)}`).join(''));
      const found = await collect(bytes, cuts);
      expect(found).toEqual(events.map((event) => JSON.stringify(event)));
    }),
    { numRuns: 50 },
  );
});

test('events - one that is cut off by the end is left out', async () => {
  expect(await collect(Buffer.from('data: {"a":1}\n\ndata: {"b"'), [3])).toEqual(['{"a":1}']);
});
