// Commands that outlived their node: found by their mark, their session and their start, and ended whole.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemTimers } from '../../src/base/clock.ts';
import { endOrphans } from '../../src/methods/orphans/end-orphans.ts';
import { createIdentify, readProcessTable } from '../../src/methods/orphans/process-table.ts';
import { waitFor } from '../support/wait-for.ts';

const proc = { path: '/proc' };
const options = { proc, timers: systemTimers, self: process.pid };
let folder = '';
let started: ChildProcess[] = [];
let count = 0;
let key = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-orphans-'));
  count += 1;
  key = `central/orphan-${process.pid}-${count}`;
});

afterEach(() => {
  for (const { pid, exitCode, signalCode } of started) {
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(pid, 'SIGKILL');
  }
  started = [];
  rmSync(folder, { recursive: true, force: true });
});

/** A command as a dead node would have left it. */
function leave(script: string, env: Record<string, string> = { STEWARD_RUN: key }): ChildProcess {
  const child = spawn('bash', ['-c', script], {
    detached: true,
    stdio: 'ignore',
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
  });
  started.push(child);
  return child;
}

const written = (name: string): Promise<number> =>
  waitFor(`the pid in ${name}`, () => {
    const pid = Number(readFileSync(join(folder, name), 'utf8'));
    return pid > 0 ? pid : undefined;
  });

test('orphans - a command is found by its mark alone and ended with its group', async () => {
  const child = leave('sleep 300 & echo $! >pid; sleep 300');
  const pid = await written('pid');
  const report = await endOrphans([{ key }], options);
  expect(report.left).toEqual([]);
  expect(report.ended.map((process) => process.pid)).toEqual(expect.arrayContaining([child.pid, pid]));
  expect(report.ended.every((process) => process.key === key)).toBe(true);
  expect(alive(pid)).toBe(false);
});

test('orphans - a command that dropped its mark is found by its pid and its start', async () => {
  const child = leave('exec env -i sleep 300', {});
  const process = createIdentify(proc)(child.pid ?? 0);
  const report = await endOrphans([{ key, process }], options);
  expect(report.ended.map(({ pid }) => pid)).toEqual([child.pid]);
});

test('orphans - a process that has the pid of a command, and another start, is left alone', async () => {
  const child = leave('exec sleep 300', {});
  const report = await endOrphans([{ key, process: { pid: child.pid ?? 0, startTime: '1@another-boot' } }], options);
  expect(report).toEqual({ ended: [], left: [] });
  expect(alive(child.pid ?? 0)).toBe(true);
});

test('orphans - what carries the mark of another run is left alone', async () => {
  const child = leave('exec sleep 300', { STEWARD_RUN: `${key}-other` });
  expect((await endOrphans([{ key }], options)).ended).toEqual([]);
  expect(alive(child.pid ?? 0)).toBe(true);
});

test('orphans - children are found though their leader is dead', async () => {
  const leader = leave('sleep 300 & echo $! >marked; env -i sleep 300 & echo $! >unmarked; read _ <gone');
  const exited = once(leader, 'exit');
  const [marked, unmarked] = [await written('marked'), await written('unmarked')];
  await exited;
  const report = await endOrphans([{ key }], options);
  expect(new Set(report.ended.map(({ pid }) => pid))).toEqual(new Set([marked, unmarked]));
  expect([alive(marked), alive(unmarked)]).toEqual([false, false]);
});

test('orphans - children that left the session are found by their mark', async () => {
  leave('setsid sleep 300 & set -m; sleep 300 & echo $! >grouped; wait');
  const grouped = await written('grouped');
  const rows = await waitFor('both', async () => {
    const found = (await readProcessTable(proc)).filter(({ run }) => run === key);
    return new Set(found.map(({ sessionId }) => sessionId)).size === 2 ? found : undefined;
  });
  const report = await endOrphans([{ key }], options);
  expect(report.ended.map(({ pid }) => pid)).toEqual(expect.arrayContaining(rows.map(({ pid }) => pid)));
  expect(alive(grouped)).toBe(false);
});

test('orphans - one that forks as fast as it can is ended', async () => {
  leave('(for _ in {1..2000}; do sleep 300 & done) & echo $! >pid; wait');
  await written('pid');
  const report = await endOrphans([{ key }], options);
  expect(report.left).toEqual([]);
  expect((await readProcessTable(proc)).filter(({ run, ended }) => run === key && !ended)).toEqual([]);
});

test('orphans - the node itself is never ended, though a run started it', async () => {
  const child = leave('exec sleep 300');
  const report = await endOrphans([{ key }], { ...options, self: child.pid ?? 0 });
  expect(report).toEqual({ ended: [], left: [] });
  expect(alive(child.pid ?? 0)).toBe(true);
});

test('orphans - many runs are looked for in one pass', async () => {
  const keys = Array.from({ length: 20 }, (_, index) => `${key}-${index}`);
  for (const each of keys) leave('exec sleep 300', { STEWARD_RUN: each });
  const report = await endOrphans(
    keys.map((each) => ({ key: each })),
    options,
  );
  expect(new Set(report.ended.map((process) => process.key))).toEqual(new Set(keys));
});

function alive(pid: number): boolean {
  expect(pid).toBeGreaterThan(1);
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
