import { expect, test } from 'vitest';
import type { Log } from '../../../src/base/log.ts';
import { limitMemory, underLimit } from '../../../src/methods/command/memory-limit.ts';
import { quietLog } from '../../support/quiet-log.ts';

function logOf(said: string[]): Log {
  return { ...quietLog, error: (text, data) => void said.push(`${text} ${JSON.stringify(data)}`) };
}

test('memory limit - is set by the shell where it can be', () => {
  const said: string[] = [];
  expect(limitMemory({ limitBytes: 64 * 1024 * 1024, log: logOf(said) })).toEqual({ memoryLimit: 64 * 1024 * 1024 });
  expect(underLimit(['ls', '-l'], 64 * 1024 * 1024).slice(3)).toEqual(['65536', 'ls', '-l']);
  expect(said).toEqual([]);
});

test('memory limit - where it cannot be set that is said, with the reason, and there is none', () => {
  for (const shell of ['/bin/false', '/nowhere/sh']) {
    const said: string[] = [];
    expect(limitMemory({ limitBytes: 64 * 1024 * 1024, log: logOf(said), shell })).toEqual({});
    expect(said[0]).toMatch(/^MaxMethodMemory cannot be set on this machine: .*"reason":".*(false|nowhere)/);
  }
});

test('memory limit - without one a command is started as it is', () => {
  const args = ['ls'];
  expect(underLimit(args, undefined)).toBe(args);
  expect(limitMemory({ limitBytes: undefined, log: quietLog })).toEqual({});
});
