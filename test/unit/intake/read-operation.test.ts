import { expect, test } from 'vitest';
import { parseMessageFile } from '../../../src/intake/parse-message-file.ts';
import { StewardError } from '../../../src/model/error.ts';

const defaults = { ackTimeoutMs: 10_000, retries: -1, methodTimeoutMs: 10_000, expiresMs: 1_000_000 };

function take(message: object): { method: string; args: readonly string[] } {
  const [draft] = parseMessageFile(Buffer.from(JSON.stringify([{ toNode: 'ship1', ...message }])), { defaults });
  return { method: draft?.message.method ?? '', args: draft?.message.args ?? [] };
}

function refusal(message: object): string {
  try {
    take(message);
  } catch (error) {
    if (error instanceof StewardError) return `${error.message} (${error.hint ?? ''})`;
    throw error;
  }
  return 'taken';
}

test('operation - what the original wrote becomes the three methods', () => {
  const old = (operation: object): object => ({ method: 'REQOpCommand', operation });
  expect(take(old({ opCmd: 'ps' }))).toEqual({ method: 'opProcessList', args: [] });
  expect(take(old({ opCmd: 'startProc', opArg: { method: 'REQHello', allowedNodes: ['central', 'node2'] } }))).toEqual({
    method: 'opProcessStart',
    args: ['subscriber', 'hello', 'from', 'central,node2'],
  });
  expect(
    take(
      old({ opCmd: 'stopProc', opArg: { method: 'REQCliCommand', kind: 'subscriber', receivingNode: 'ship1', ID: 0 } }),
    ),
  ).toEqual({ method: 'opProcessStop', args: ['subscriber', 'cliCommand'] });
});

test('operation - before there was one, data had its words', () => {
  const old = (...data: readonly string[]): object => ({ method: 'REQOpCommand', data });
  expect(take(old('ps'))).toEqual({ method: 'opProcessList', args: [] });
  expect(take(old('startProc', 'REQHello', 'central', 'node2'))).toEqual({
    method: 'opProcessStart',
    args: ['subscriber', 'hello', 'from', 'central,node2'],
  });
  expect(take(old('stopProc', 'REQHello', 'subscriber', 'ship1'))).toEqual({
    method: 'opProcessStop',
    args: ['subscriber', 'hello'],
  });
  expect(refusal(old('stopProc', 'REQHello', 'publisher', 'central'))).toMatch(/only subscribers/);
});

test('operation - the arguments of the originals name the method first', () => {
  const start = { method: 'REQOpProcessStart', methodArgs: ['REQHttpGet'] };
  expect(take(start)).toEqual({ method: 'opProcessStart', args: ['subscriber', 'httpGet'] });
  for (const methodArgs of [
    ['httpGet', 'ship1', 'subscriber'],
    ['REQHttpGet', 'ship1', 'subscriber', '199'],
  ])
    expect(take({ method: 'opProcessStop', methodArgs }).args).toEqual(['subscriber', 'httpGet']);
  expect(refusal({ method: 'opProcessStop', methodArgs: ['REQHello', 'central', 'publisher'] })).toMatch(
    /only subscribers.*"publisher", NODE, LANE/,
  );
  expect(refusal({ method: 'opProcessStart', methodArgs: ['REQPortSrc'] })).toMatch(
    /at least 2 arguments.*"subscriber"/,
  );
  const ours = ['publisher', 'central', 'hello'];
  expect(take({ method: 'opProcessStop', methodArgs: ours }).args).toEqual(ours);
});

test('operation - an empty one of another method is nothing, as the original wrote it into every message', () => {
  expect(take({ method: 'ping', operation: { opCmd: '', opArg: null } }).method).toBe('ping');
  expect(take({ method: 'ping', operation: null }).method).toBe('ping');
});

test('operation - what is missing or wrong is said', () => {
  expect(refusal({ method: 'REQOpCommand' })).toMatch(/needs operation, an object, not nothing/);
  expect(refusal({ method: 'opCommand', operation: { opCmd: 'reboot' } })).toMatch(/one of ps, startProc, stopProc/);
  const inherited = { opCmd: 'constructor', opArg: { method: 'ping' } };
  expect(refusal({ method: 'opCommand', operation: inherited })).toMatch(/one of ps, startProc, stopProc/);
  expect(
    refusal({ method: 'REQOpCommand', operation: { opCmd: 'stopProc', opArg: { method: 'REQCliComand' } } }),
  ).toMatch(/names no method.*did you mean REQCliCommand/);
  expect(refusal({ method: 'ping', operation: { opCmd: 'ps' } })).toMatch(/belongs to the method REQOpCommand/);
  expect(refusal({ method: 'opProcessList', unordered: true })).toMatch(/in the order in which it was given/);
});
