// Central's file of errors does not grow without end, and each message still writes once.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../../src/base/clock.ts';
import { createMethods, type Methods } from '../../../src/methods/create-methods.ts';
import type { RunRequest } from '../../../src/methods/run.ts';
import { packErrors } from '../../../src/model/error-batch.ts';
import { newRequest } from './new-request.ts';

const errorLogBytes = 1_000;
let folder: string;
let methods: Methods;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-set-aside-'));
  methods = life();
});
afterEach(async () => {
  await methods.close();
  rmSync(folder, { recursive: true });
});

function life(): Methods {
  return createMethods({
    nodeName: 'central',
    configFolder: '/nowhere',
    groups: [],
    version: '0.0.0',
    dataFolder: join(folder, 'data'),
    storeFolder: folder,
    workFolder: folder,
    env: {},
    clock: systemClock,
    timers: systemTimers,
    stdout: () => Promise.resolve(),
    stderr: () => Promise.resolve(),
    pid: process.pid,
    askNode: () => Promise.reject(new Error('nobody asks')),
    askOther: () => Promise.reject(new Error('nobody asks')),
    errorLogBytes,
  });
}

function errorOf(number: number): RunRequest {
  const text = `it is number ${String(number).padStart(4, '0')}`;
  const at = { firstAt: 5, lastAt: 5 };
  const error = { kind: 'a', code: 'link-down', lane: null, id: null, text, hint: null, count: 1, ...at };
  return newRequest({ id: `m${number}`, method: 'errorLog' }, packErrors([error]));
}

async function prepared(request: RunRequest): Promise<RunRequest> {
  const [answer] = await methods.prepare([request]);
  if (answer === undefined || !('mark' in answer)) throw new Error('there is no mark');
  return { ...request, mark: answer.mark };
}

async function tell(number: number): Promise<void> {
  const [result] = await methods.runBatch([await prepared(errorOf(number))]);
  expect(result?.outcome.state).toBe('succeeded');
}

const path = (name: string): string => join(folder, 'data', 'errorLog', 'errorCentral', name);
const numbers = (name: string): number[] =>
  [...readFileSync(path(name), 'utf8').matchAll(/it is number (\d+)/g)].map(([, number]) => Number(number));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_none, i) => from + i);

test('errors of all nodes - two files hold the newest of them, in order, and each is as long as it may be', async () => {
  for (let number = 0; number < 100; number += 1) await tell(number);
  const [old, now] = [numbers('error.log.1'), numbers('error.log')];
  expect([...old, ...now]).toEqual(range(old[0] ?? 0, 100));
  expect(old.length).toBeGreaterThan(5);
  expect(existsSync(path('error.log.2'))).toBe(false);
  for (const name of ['error.log.1', 'error.log']) expect(statSync(path(name)).size).toBeLessThan(errorLogBytes + 200);
});

test('errors of all nodes - one that was given its place writes there, and the file is set aside when it has', async () => {
  await tell(0);
  const lineBytes = statSync(path('error.log')).size;
  let number = 1;
  for (; statSync(path('error.log')).size + lineBytes < errorLogBytes; number += 1) await tell(number);
  const last = await prepared(errorOf(number));
  await methods.runBatch([last]);
  expect(statSync(path('error.log')).size).toBeGreaterThanOrEqual(errorLogBytes);
  // The node dies before that is durable, and does it again.
  await methods.close();
  methods = life();
  await methods.adopt([last]);
  const next = prepared(errorOf(number + 1));
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(existsSync(path('error.log.1'))).toBe(false);
  await methods.runBatch([last]);
  await methods.runBatch([await next]);
  expect([numbers('error.log.1'), numbers('error.log')]).toEqual([range(0, number + 1), [number + 1]]);
});
