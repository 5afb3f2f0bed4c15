import * as fc from 'fast-check';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { SendBuffer } from '../../../src/broker/send-buffer.ts';

interface Bench {
  readonly buffer: SendBuffer;
  readonly written: Buffer[];
  readonly tooSlow: readonly string[];
  /** How many deadlines are running. */
  readonly deadlines: () => number;
  /** All deadlines that are running pass. */
  readonly wait: () => void;
  /** The stuck reader takes what was written last. */
  readonly read: () => void;
}

/** `stuck` is a reader that reads when the test says so. */
function setUp({ maxPending = 1_000_000, stuck = false } = {}): Bench {
  const written: Buffer[] = [];
  const tooSlow: string[] = [];
  const deadlines = new Set<() => void>();
  let read = (): void => undefined;
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written.push(Buffer.from(chunk));
      if (stuck) read = done;
      else done();
    },
  });
  const buffer = new SendBuffer({
    stream,
    timers: {
      after: (_, callback) => {
        deadlines.add(callback);
        return () => deadlines.delete(callback);
      },
    },
    maxPending,
    writeDeadlineMs: 1_000,
    tooSlow: (reason) => tooSlow.push(reason),
  });
  const wait = (): void => {
    for (const callback of deadlines) callback();
  };
  return { buffer, written, tooSlow, deadlines: () => deadlines.size, wait, read: () => read() };
}

/** Until the stream has called back. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('send buffer - writes what was gathered in one piece, after the work at hand', async () => {
  const { buffer, written } = setUp();
  buffer.text('a');
  buffer.bytes(Buffer.from('b'));
  expect(written).toHaveLength(0);
  await Promise.resolve();
  expect(written.map(String)).toEqual(['ab']);
});

test('send buffer - invariant 1: keeps order over small and large pieces and turns', async () => {
  const piece = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 8_000, max: 20_000 }),
    fc.constant('turn' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
      const { buffer, written } = setUp({ maxPending: 100_000_000 });
      const given: Buffer[] = [];
      for (const [index, each] of pieces.entries()) {
        if (each === 'turn') {
          await nextTurn();
          continue;
        }
        const bytes = Buffer.alloc(each, index);
        given.push(bytes);
        if (index % 2 === 0) buffer.bytes(bytes);
        else buffer.text(bytes.toString('latin1'));
      }
      buffer.finish();
      await nextTurn();
      expect(Buffer.concat(written).equals(Buffer.concat(given))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test.each([100, 10_000])(
  'send buffer - invariant 2: gives a reader up, once, that is stuck (%d bytes a piece)',
  async (size) => {
    const { buffer, written, tooSlow, deadlines } = setUp({ stuck: true, maxPending: 100_000 });
    let given = 0;
    for (; given < 300_000; given += size) {
      buffer.bytes(Buffer.alloc(size));
      if (given % (10 * size) === 0) await Promise.resolve();
    }
    expect(tooSlow).toEqual(['more than 100000 bytes wait for it']);
    expect(deadlines()).toBe(0);
    expect(Buffer.concat(written).length).toBeLessThan(100_000);
  },
);

test('send buffer - invariant 3: a small piece does not change with the chunk that it came from', () => {
  const { buffer, written } = setUp();
  const chunk = Buffer.from('first');
  buffer.bytes(chunk);
  chunk.fill('x');
  buffer.finish();
  expect(written.map(String)).toEqual(['first']);
});

test('send buffer - takes and writes nothing after close', async () => {
  const { buffer, written } = setUp();
  buffer.text('a');
  buffer.close();
  buffer.text('b');
  buffer.bytes(Buffer.alloc(100_000));
  await nextTurn();
  buffer.finish();
  expect(written).toHaveLength(0);
});

test('send buffer - invariant 2: gives a reader up that has not taken one piece in time', async () => {
  const { buffer, tooSlow, wait } = setUp({ stuck: true });
  buffer.text('a');
  await nextTurn();
  wait();
  buffer.text('b');
  await nextTurn();
  expect(tooSlow).toEqual(['did not take what was written within 1000 ms']);
  expect(buffer.closed).toBe(true);
});

test('send buffer - invariant 2: the time begins anew with every piece, and ends with the last', async () => {
  const { buffer, written, tooSlow, deadlines, read, wait } = setUp({ stuck: true });
  for (let piece = 0; piece < 3; piece += 1) {
    buffer.text(`${piece}`);
    await nextTurn();
    expect(deadlines()).toBe(1);
    read();
    await nextTurn();
    expect(deadlines()).toBe(0);
    wait();
  }
  expect(written.map(String)).toEqual(['0', '1', '2']);
  expect(tooSlow).toEqual([]);
});

test('send buffer - invariant 4: gathers for a reader that is busy, and writes it as one piece', async () => {
  const { buffer, written, read } = setUp({ stuck: true });
  buffer.text('first');
  await nextTurn();
  for (let index = 0; index < 1_000; index += 1) {
    buffer.text('.');
    await Promise.resolve();
  }
  await nextTurn();
  expect(written).toHaveLength(1);
  read();
  await nextTurn();
  expect(written.slice(1).map(String)).toEqual(['.'.repeat(1_000)]);
});

test('send buffer - finish hands over what waits, also to a reader that is busy', async () => {
  const { buffer, written, deadlines, read } = setUp({ stuck: true });
  buffer.text('a');
  await nextTurn();
  buffer.text('last words');
  buffer.finish();
  buffer.text('nothing more');
  read();
  await nextTurn();
  expect(written.map(String)).toEqual(['a', 'last words']);
  expect(deadlines()).toBe(0);
});
