// Commands that outlive their node, started side by side (src/methods/command/outliving-command.ts): real shells, real files.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { OutlivingCommands } from '../../src/methods/command/outliving-command.ts';
import { createIdentify } from '../../src/methods/orphans/process-table.ts';

test('outliving - two that are started at once both end with their own output', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steward-outliving-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const proc = { path: '/proc' };
  const commands = new OutlivingCommands({
    clock: systemClock,
    timers: systemTimers,
    env: { PATH: process.env['PATH'] ?? '' },
    sweep: () => Promise.resolve({ ended: [], left: [] }),
    identify: createIdentify(proc),
    folder: join(folder, 'outliving'),
    proc,
    self: process.pid,
  });
  const run = (key: 'central/a' | 'central/b') =>
    commands.run({
      key,
      args: ['echo', key],
      cwd: folder,
      stdin: new Uint8Array(),
      timeoutMs: 10_000,
      outputLimit: 1_000,
      onSpawned: () => undefined,
      signal: new AbortController().signal,
    });
  const results = await Promise.all([run('central/a'), run('central/b')]);
  expect(results.map(({ stdout }) => Buffer.from(stdout).toString())).toEqual(['central/a\n', 'central/b\n']);
});
