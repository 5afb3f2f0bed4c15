import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamedOutput } from '../../../src/methods/command/streamed-output.ts';
import { partBytes, type Pace } from '../../../src/methods/run.ts';
import { ManualTime } from '../../support/manual-time.ts';

interface Part {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

function taker(): {
  parts: Part[];
  answer: (pace?: Pace) => Promise<void>;
  onOutput: (some: readonly Part[]) => Promise<Pace>;
} {
  const parts: Part[] = [];
  const waiting: ((pace: Pace) => void)[] = [];
  return {
    parts,
    onOutput: (some) => {
      parts.push(...some);
      return new Promise((resolve) => waiting.push(resolve));
    },
    async answer(pace = 'go on') {
      waiting.shift()?.(pace);
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

const textOf = (parts: readonly Part[], stream: keyof Part): string =>
  parts.map((part) => Buffer.from(part[stream]).toString()).join('');

test('streamed output - what comes after a silence leaves soon, and what comes meanwhile leaves together', async () => {
  const time = new ManualTime();
  const { parts, answer, onOutput } = taker();
  const output = new StreamedOutput(onOutput, time);
  output.add('stdout', Buffer.from('a'));
  expect(parts).toHaveLength(0);
  time.advance(20);
  expect(parts).toHaveLength(1);
  output.add('stderr', Buffer.from('b'));
  output.add('stdout', Buffer.from('c'));
  time.advance(1_000);
  expect(parts).toHaveLength(1);
  await answer();
  time.advance(20);
  expect(parts).toHaveLength(2);
  expect([textOf(parts, 'stdout'), textOf(parts, 'stderr')]).toEqual(['ac', 'b']);
  await answer('behind');
  output.add('stdout', Buffer.from('d'));
  time.advance(400);
  expect(parts).toHaveLength(2);
  time.advance(100);
  expect(parts).toHaveLength(3);
});

test('streamed output - while as much waits as may nothing is handed over, but what a command ends with', async () => {
  const time = new ManualTime();
  const { parts, answer, onOutput } = taker();
  const output = new StreamedOutput(onOutput, time);
  output.add('stdout', Buffer.from('a'));
  time.advance(20);
  await answer('full');
  let hasRoom = output.add('stdout', Buffer.alloc(8 * partBytes));
  expect(hasRoom).toBe(false);
  output.whenRoom(() => (hasRoom = true));
  for (let turn = 0; turn < 10; turn += 1) {
    time.advance(10_000);
    await answer('full');
  }
  expect([parts.length, hasRoom]).toEqual([1, false]);
  // It is killed: what is in its pipes still comes.
  output.release();
  expect(hasRoom).toBe(true);
  output.add('stdout', Buffer.from('z'));
  const ended = output.end();
  for (let turn = 0; turn < 10; turn += 1) await answer('full');
  expect((await ended).stdoutBytes).toBe(8 * partBytes + 2);
});

test('streamed output - goes on when there is room again', async () => {
  const time = new ManualTime();
  const { parts, answer, onOutput } = taker();
  const output = new StreamedOutput(onOutput, time);
  output.add('stdout', Buffer.from('a'));
  time.advance(20);
  await answer('full');
  output.add('stdout', Buffer.from('b'));
  time.advance(500);
  await answer('go on');
  time.advance(20);
  expect(textOf(parts, 'stdout')).toBe('ab');
});

test('streamed output - whatever comes is handed over whole, in order, in parts that fit, and never more is held than may be', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 3 })), {
        maxLength: 12,
      }),
      async (pieces) => {
        const time = new ManualTime();
        const { parts, answer, onOutput } = taker();
        const output = new StreamedOutput(onOutput, time);
        const sent = { stdout: '', stderr: '' };
        let isOver = false;
        for (const [index, [isError, length, turns]] of pieces.entries()) {
          const bytes = Buffer.alloc(length, `${index},`);
          const stream = isError ? 'stderr' : 'stdout';
          sent[stream] += bytes.toString();
          let hasRoom = output.add(stream, bytes);
          bytes.fill('x');
          // As a pipe that is not read from meanwhile.
          if (!hasRoom) output.whenRoom(() => (hasRoom = true));
          for (let turn = 0; turn < turns || !hasRoom; turn += 1) {
            time.advance(1_000);
            await answer(turn % 2 === 0 ? 'behind' : 'go on');
          }
        }
        const ended = output.end().then((total) => {
          isOver = true;
          return total;
        });
        for (let turn = 0; turn < 100 && !isOver; turn += 1) {
          await answer();
          time.advance(1);
        }
        const total = await ended;
        expect(textOf(parts, 'stdout') === sent.stdout && textOf(parts, 'stderr') === sent.stderr).toBe(true);
        expect(parts.every(({ stdout, stderr }) => stdout.length + stderr.length <= partBytes)).toBe(true);
        expect(parts.every(({ stdout, stderr }) => stdout.length + stderr.length > 0)).toBe(true);
        expect(total).toEqual({
          parts: parts.length,
          stdoutBytes: sent.stdout.length,
          stderrBytes: sent.stderr.length,
        });
      },
    ),
    { numRuns: 200 },
  );
});
