import { expect, test } from 'vitest';
import { type CommandEnd, type StopCause, commandResult } from '../../../src/methods/command/command-result.ts';
import type { Command } from '../../../src/methods/command/command-runner.ts';
import type { RunResult } from '../../../src/methods/run.ts';

const command: Command = {
  key: 'central/1',
  args: ['backup', '--all'],
  cwd: '/gone',
  stdin: new Uint8Array(0),
  timeoutMs: 2_000,
  outputLimit: 500,
  onSpawned: () => undefined,
  signal: new AbortController().signal,
};

function resultOf(end: CommandEnd, cause?: StopCause): RunResult {
  const output = { stdout: Buffer.from('out'), stderr: Buffer.from('e') };
  return commandResult({ command, end, cause, span: { startedAt: 7, durationMs: 9 }, output });
}

test('command result - says when, how long and how much, and brings the output', () => {
  const result = resultOf({ kind: 'exited', exitCode: 0 });
  expect(result.outcome).toEqual({
    state: 'succeeded',
    exitCode: 0,
    startedAt: 7,
    durationMs: 9,
    stdoutBytes: 3,
    stderrBytes: 1,
  });
  expect(Buffer.from(result.stdout).toString()).toBe('out');
});

test('command result - what we ended says why, though its exit says less', () => {
  const killed: CommandEnd = { kind: 'signalled', signal: 'SIGKILL' };
  expect(resultOf(killed, { kind: 'timedOut' }).outcome).toMatchObject({ state: 'timedOut', signal: 'SIGKILL' });
  expect(resultOf(killed, { kind: 'tooLarge' }).outcome).toMatchObject({ state: 'failed', signal: 'SIGKILL' });
  expect(resultOf(killed, { kind: 'stopped', reason: 'node stopped' }).outcome.reason).toBe('node stopped');
  expect(resultOf({ kind: 'exited', exitCode: 0 }, { kind: 'tooLarge' }).outcome.state).toBe('failed');
});

test('command result - what is still there after SIGKILL is not called gone', () => {
  expect(resultOf({ kind: 'stuck' }, { kind: 'timedOut' }).outcome).toMatchObject({
    state: 'timedOut',
    reason: 'no end within the method timeout of 2000 ms, and still there after SIGKILL',
  });
});

test('command result - the end that nobody saw is unknown', () => {
  expect(resultOf({ kind: 'lost' }).outcome.state).toBe('unknown');
});

test('command result - what could not start for want of something may be tried again, and nothing else', () => {
  for (const code of ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']) {
    expect(resultOf({ kind: 'notStarted', code }).retry).toBe(`could not start "backup": ${code}`);
  }
  for (const code of ['ENOENT', 'EACCES', 'E2BIG', 'ENOEXEC']) {
    expect(resultOf({ kind: 'notStarted', code }).retry).toBeUndefined();
  }
  const stopped: StopCause = { kind: 'stopped', reason: 'node stopped' };
  expect(resultOf({ kind: 'notStarted', code: 'EAGAIN' }, stopped).retry).toBeUndefined();
});
