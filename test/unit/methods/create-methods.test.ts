import { expect, test } from 'vitest';
import type { Timers } from '../../../src/base/clock.ts';
import { type Methods, createMethods } from '../../../src/methods/create-methods.ts';
import type { ConsoleWriter } from '../../../src/methods/run-console.ts';
import { methodNames } from '../../../src/model/method-name.ts';
import { newRequest } from './new-request.ts';

interface Printed {
  readonly methods: Methods;
  readonly lines: readonly string[];
  readonly fire: () => void;
}

function newMethods(stdout?: ConsoleWriter): Printed {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const print =
    (name: string): ConsoleWriter =>
    (bytes) => {
      lines.push(`${name}: ${Buffer.from(bytes).toString()}`);
      return Promise.resolve();
    };
  const timers: Timers = {
    after(_delayMs, callback) {
      waiting.push(callback);
      return () => undefined;
    },
  };
  const methods = createMethods({
    nodeName: 'central',
    configFolder: '/nowhere',
    groups: [],
    version: '0.0.0',
    dataFolder: '/nowhere',
    storeFolder: '/nowhere',
    workFolder: '/',
    env: {},
    clock: { wall: () => 1_000, monotonic: () => 5 },
    timers,
    stdout: stdout ?? print('stdout'),
    stderr: print('stderr'),
    pid: 1,
    askNode: () => Promise.reject(new Error('nobody asks')),
    askOther: () => Promise.reject(new Error('nobody asks')),
  });
  return { methods, lines, fire: () => waiting.forEach((callback) => callback()) };
}

const signal = new AbortController().signal;
const outcome = { state: 'succeeded', stdoutBytes: 4, stderrBytes: 4 } as const;
const replyTo = { id: 'r1', method: 'cliCommand', outcome } as const;

test('methods - every method has its kind', () => {
  const { methods } = newMethods();
  expect(Object.fromEntries(methodNames.map((name) => [name, methods.kindOf(name)]))).toEqual({
    cliCommand: 'process',
    cliCommandCont: 'process',
    tailFile: 'process',
    syslog: 'process',
    copySrc: 'process',
    copyDst: 'turn',
    httpGet: 'process',
    opCancel: 'order',
    opQueue: 'node',
    opMethods: 'node',
    opStartup: 'node',
    httpPost: 'process',
    own: 'process',
    opSchedule: 'inline',
    ping: 'inline',
    opProcessList: 'inline',
    opProcessStart: 'inline',
    opProcessStop: 'inline',
    pong: 'file',
    hello: 'file',
    console: 'turn',
    file: 'file',
    fileAppend: 'file',
    output: 'file',
    errorLog: 'file',
    none: 'inline',
  });
});

test('methods - every one can be armed and disarmed, which changes no result', async () => {
  const { methods } = newMethods();
  for (const method of methodNames) methods.arm(newRequest({ method, id: method, args: ['true'] }));
  const ping = newRequest({ method: 'ping', id: 'ping' });
  expect((await methods.run(ping, { signal })).outcome.state).toBe('succeeded');
  for (const method of [...methodNames, 'never armed']) methods.disarm(`ship1/${method}`);
  expect((await methods.run(ping, { signal })).outcome.state).toBe('succeeded');
});

test('ping - answers pong', async () => {
  const { methods } = newMethods();
  const result = methods.runInline(newRequest({ method: 'ping' }));
  expect(Buffer.from(result.stdout).toString()).toBe('pong\n');
  expect(result.outcome).toEqual({
    state: 'succeeded',
    startedAt: 1_000,
    durationMs: 0,
    stdoutBytes: 5,
    stderrBytes: 0,
  });
  expect(await methods.run(newRequest({ method: 'ping' }), { signal })).toEqual(result);
});

test('none - does nothing, and succeeds', () => {
  const { outcome: done } = newMethods().methods.runInline(newRequest({ method: 'none' }, Buffer.from('text')));
  expect(done).toMatchObject({ state: 'succeeded', stdoutBytes: 0, stderrBytes: 0 });
});

test('console - prints output and errors of a reply each where they belong', async () => {
  const { methods, lines } = newMethods();
  await methods.run(newRequest({ method: 'console', replyTo }, Buffer.from('out\nerr\n')), { signal });
  expect(lines).toEqual(['stdout: out\n', 'stderr: err\n']);
});

test('console - with the argument stderr it prints all to standard error', async () => {
  const { methods, lines } = newMethods();
  await methods.run(newRequest({ method: 'console', args: ['stderr'], replyTo }, Buffer.from('out\nerr\n')), {
    signal,
  });
  expect(lines).toEqual(['stderr: out\n', 'stderr: err\n']);
});

test('console - a terminal that takes nothing holds the method no longer than its timeout', async () => {
  const { methods, fire } = newMethods(() => new Promise(() => undefined));
  const running = methods.run(newRequest({ method: 'console' }, Buffer.from('text')), { signal });
  fire();
  expect((await running).outcome).toMatchObject({
    state: 'timedOut',
    reason: 'the console took nothing within the method timeout of 10000 ms',
  });
});

test('console - a terminal that is gone fails the method, and nothing else', async () => {
  const { methods } = newMethods(() => Promise.reject(new Error('EPIPE: broken pipe, write')));
  const { outcome: done } = await methods.run(newRequest({ method: 'console' }, Buffer.from('text')), { signal });
  expect(done).toMatchObject({ state: 'failed', reason: 'EPIPE: broken pipe, write' });
});
