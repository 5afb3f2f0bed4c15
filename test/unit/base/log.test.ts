import { describe, expect, test } from 'vitest';
import { createLog, type LogOptions } from '../../../src/base/log.ts';

function logTo(lines: string[], options: Partial<LogOptions> = {}): ReturnType<typeof createLog> {
  return createLog({
    write: (line) => lines.push(line),
    now: () => 1_700_000_000_123,
    format: 'json',
    level: 'info',
    ...options,
  });
}

describe('log', () => {
  test('log - as JSON, one line holds time, level, text and data', () => {
    const lines: string[] = [];
    logTo(lines).warn('a line\nthat is broken', { node: 'ship1' });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '2023-11-14T22:13:20.123Z',
      level: 'warn',
      msg: 'a line\nthat is broken',
      node: 'ship1',
    });
  });

  test('log - for people, the time of day comes first and data last', () => {
    const lines: string[] = [];
    logTo(lines, { format: 'text' }).info('ready', { node: 'ship1', pid: 7 });
    expect(lines).toEqual(['22:13:20.123 info  ready node=ship1 pid=7\n']);
  });

  test('log - what is below its level is not written', () => {
    const lines: string[] = [];
    const log = logTo(lines, { level: 'warn' });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['warn', 'error']);
  });
});
