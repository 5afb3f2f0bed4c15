import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationText, exitText, replyText, stateText } from '../../../src/cli/text/message-text.ts';
import { oneLine, printable, printableJson, printableOutput } from '../../../src/cli/text/printable.ts';
import { createProgress } from '../../../src/cli/text/progress.ts';
import { table } from '../../../src/cli/text/table.ts';
import { formatSpan, formatTime } from '../../../src/cli/text/time.ts';
import { id, succeeded, viewOf } from '../api/fake-service.ts';
import { createFakeTerminal } from './fake-terminal.ts';

const everyChar = fc.string({ unit: 'binary' });
const steersTerminal = (text: string): boolean =>
  Array.from(text).some(
    (char) => (char < ' ' && char !== '\t' && char !== '\n') || (char >= '\u007f' && char <= '\u009f'),
  );

describe('printable', () => {
  test('printable - nothing that it gives steers a terminal', () => {
    fc.assert(fc.property(everyChar, (text) => !steersTerminal(printable(text))));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => !steersTerminal(printableOutput(bytes))));
  });

  test('printable - escape sequences and marks of writing direction are shown, letters of all scripts stay', () => {
    expect(printable('a\u001b[31mb\u202ec\tä 漢 🚢\n')).toBe('a\\x1b[31mb\\u202ec\tä 漢 🚢\n');
    expect(printableOutput(Buffer.from('a\r\nb\rc'))).toBe('a\nb\\x0dc');
  });

  test('printable - JSON stays the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), everyChar, (json, text) => {
        const value = { json, text };
        const printed = printableJson(value);
        expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(steersTerminal(printed)).toBe(false);
      }),
    );
  });

  test('printable - an error is one line', () => {
    expect(oneLine('a\n  b\n')).toBe('a b');
  });
});

test('table - columns stand under each other, numbers on the right, nothing after the last', () => {
  expect(
    table([
      ['queued', 3],
      ['succeeded', 40],
      ['', 1],
    ]),
  ).toBe('queued      3\nsucceeded  40\n            1\n');
  expect(table([['a', 'b'], ['ccc']])).toBe('a    b\nccc\n');
});

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [999.7, '1.0 s'],
  [3449, '3.4 s'],
  [59_999, '1 min 0 s'],
  [125_000, '2 min 5 s'],
  [3_599_999, '1 h 0 min'],
  [90_000_000, '1 d 1 h'],
  [-5, '0 ms'],
])('time - a span of %d ms is %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});

test('time - a time is local, and read back as the same', () => {
  const at = 1_795_352_645_078;
  expect(formatTime(at)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.078$/);
  expect(new Date(formatTime(at)).getTime()).toBe(at);
});

test('message text - says what is waited for, how it ended and what became of the reply', () => {
  const waiting = viewOf({ id: id(1), waiting: 'node offline' });
  expect([stateText(waiting), exitText(waiting), durationText(waiting), replyText(waiting)]).toEqual([
    'queued, node offline',
    '-',
    '-',
    '-',
  ]);
  const done = succeeded({ id: id(1), reply: { method: 'file', state: 'failed', reason: 'disk full' } });
  expect([stateText(done), exitText(done), durationText(done), replyText(done)]).toEqual([
    'succeeded',
    '0',
    '12 ms',
    'file failed, disk full',
  ]);
});

test('progress - is shown on a terminal only, and cleared when it goes', async () => {
  const [file, screen] = [createFakeTerminal(), createFakeTerminal({ isTerminal: true })];
  for (const { err } of [file, screen]) {
    const progress = createProgress(err);
    await progress.show(() => `wait\u001b${'x'.repeat(200)}`);
    await progress.clear();
    await progress.clear();
  }
  expect(file.printed.err.toString()).toBe('');
  expect(screen.printed.err.toString()).toBe(`\r\u001b[Kwait\\x1b${'x'.repeat(71)}\r\u001b[K`);
});
