// Commands that outlive their node, started side by side (src/methods/command/outliving-command.ts): real shells, real files.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import type { Command } from '../../src/methods/command/command-runner.ts';
import { OutlivingCommands } from '../../src/methods/command/outliving-command.ts';
import { createIdentify } from '../../src/methods/orphans/process-table.ts';

interface Scene {
  readonly folder: string;
  readonly life: () => OutlivingCommands;
  readonly command: (key: Command['key'], args: readonly string[]) => Command;
}

function scene(): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'steward-outliving-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const proc = { path: '/proc' };
  const life = (): OutlivingCommands =>
    new OutlivingCommands({
      clock: systemClock,
      timers: systemTimers,
      env: { PATH: process.env['PATH'] ?? '' },
      sweep: () => Promise.resolve({ ended: [], left: [] }),
      look: () => Promise.resolve([]),
      identify: createIdentify(proc),
      folder: join(folder, 'outliving'),
      proc,
      self: process.pid,
    });
  const command = (key: Command['key'], args: readonly string[]): Command => ({
    key,
    args: [...args],
    cwd: folder,
    stdin: new Uint8Array(),
    timeoutMs: 10_000,
    outputLimit: 1_000,
    onSpawned: () => undefined,
    signal: new AbortController().signal,
  });
  return { folder, life, command };
}

const textOf = ({ stdout }: { readonly stdout: Uint8Array }): string => Buffer.from(stdout).toString();

test('outliving - two that are started at once both end with their own output', async () => {
  const { life, command } = scene();
  const commands = life();
  const run = (key: Command['key']) => commands.run(command(key, ['echo', key]));
  const results = await Promise.all([run('central/a'), run('central/b')]);
  expect(results.map(textOf)).toEqual(['central/a\n', 'central/b\n']);
});

test('outliving - where its process cannot be noted it runs, and the next life finds it by its mark', async () => {
  const { folder, life, command } = scene();
  // In the place of the file: writing it fails, as on a full disk.
  mkdirSync(join(folder, 'outliving', 'central@a', 'process'), { recursive: true });
  const waiting = command('central/a', ['sh', '-c', 'while [ ! -e go ]; do sleep 0.05; done; echo done']);
  const first = life();
  const started = new Promise<void>((resolve, reject) => {
    first.run({ ...waiting, onSpawned: () => resolve() }).catch(reject);
  });
  await started;
  first.close();
  const found = life().resume(waiting);
  writeFileSync(join(folder, 'go'), '');
  const result = await found;
  expect(result.outcome).toMatchObject({ state: 'succeeded', exitCode: 0 });
  expect(textOf(result)).toBe('done\n');
});
