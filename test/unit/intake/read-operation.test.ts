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
