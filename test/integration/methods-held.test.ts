// A command whose receiver takes nothing any more, and a user who cannot be: real processes.
import { expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { personOf } from '../../src/methods/command/person.ts';
import { createSpawnRunner } from '../../src/methods/command/spawn-command.ts';
import type { OutputPart } from '../../src/methods/run.ts';

const runner = createSpawnRunner({
  clock: systemClock,
  timers: systemTimers,
  env: { PATH: process.env['PATH'] ?? '' },
  sweep: () => Promise.resolve({ ended: [], left: [] }),
  look: () => Promise.resolve([]),
  identify: (pid: number) => ({ pid, startTime: '' }),
});

test('held output - a command that nobody reads from ends within its time, and what it had written by then is handed over', async () => {
  const taken: OutputPart[] = [];
  const result = await runner.run({
    key: 'central/held',
    args: ['sh', '-c', 'seq 1 1000000'],
    cwd: '/',
    stdin: new Uint8Array(0),
    timeoutMs: 300,
    outputLimit: 1000,
    signal: new AbortController().signal,
    onSpawned: () => undefined,
    onOutput(parts) {
      taken.push(...parts);
      return Promise.resolve('full');
    },
  });
  expect(result.outcome).toMatchObject({
    state: 'timedOut',
    reason: expect.not.stringContaining('still there') as string,
  });
  const text = taken.map(({ stdout }) => Buffer.from(stdout).toString()).join('');
  expect(text.length).toBe(result.outcome.streamed?.stdoutBytes);
  expect(
    Array.from({ length: 200_000 }, (_none, index) => `${index + 1}\n`)
      .join('')
      .startsWith(text),
  ).toBe(true);
  expect(text.length).toBeGreaterThan(200_000);
}, 20_000);

test.each(['a\0b', '', '-1', '../x', 'x'.repeat(100_000)])(
  'person - %j is nobody, and no mistake of the node',
  async (user) => {
    expect(await personOf(user)).toHaveProperty('problem');
  },
);

test('standard input - bash does not take its input for that of a remote shell', async () => {
  const result = await runner.run({
    key: 'central/input',
    args: ['bash', '-c', 'echo "$SHLVL"; cat'],
    cwd: '/',
    stdin: Buffer.from('in'),
    timeoutMs: 10_000,
    outputLimit: 1000,
    signal: new AbortController().signal,
    onSpawned: () => undefined,
  });
  expect(Buffer.from(result.stdout).toString()).toBe('2\nin');
});
