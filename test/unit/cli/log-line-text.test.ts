// A line of the log for people: where, what, and nothing that steers their terminal.
import { expect, test } from 'vitest';
import { logLineText } from '../../../src/cli/text/log-line-text.ts';
import type { MessageLine } from '../../../src/contract/log-line.ts';
import { id } from '../api/fake-service.ts';

const outcome = { state: 'failed', exitCode: 3, durationMs: 12, stdoutBytes: 0, stderrBytes: 0, attempts: 4 } as const;

test.each<[Partial<MessageLine>, string]>([
  [{ what: 'queued', message: { method: 'cliCommand', methodArgs: ['a', 'b'] } }, 'queued     cliCommand ["a","b"]'],
  [
    { what: 'queued', message: { method: 'file' }, left: { bytes: 9 } },
    'queued     file  (9 bytes of data, not in the log)',
  ],
  [{ what: 'delivered' }, 'delivered'],
  [{ what: 'expired', reason: 'late' }, 'expired    late'],
  [{ what: 'failed', outcome }, 'failed     exit 3, 12 ms, 4 attempts'],
  [{ what: 'reply', state: 'failed', reason: 'no room' }, 'reply      failed, no room'],
  [{ what: 'accepted', method: 'ping', args: [] }, 'accepted   ping'],
  [{ what: 'started', attempt: 2 }, 'started    attempt 2'],
  [{ what: 'ended', outcome, madeUp: true }, 'ended      failed exit 3, 12 ms, 4 attempts  (made up)'],
  [{ what: 'unknown', reason: 'a\u001b[2J\nb' }, 'unknown    a\\x1b[2J b'],
])('log line - %j', (line, text) => {
  const whole = logLineText({ at: 0, what: 'queued', id: id(1), from: 'central', to: 'ship1', ...line });
  expect(whole.slice(whole.indexOf(id(1)))).toBe(`${id(1)}  central > ship1  ${text}`);
});

test('log line - what is missing is said', () => {
  expect(logLineText({ at: 0, what: 'dropped', lines: 7 })).toMatch(/ {2}7 lines are missing: the log could not/);
});
