// What is written of a message is read as the same message again.
import { expect, test } from 'vitest';
import { parseMessageFile } from '../../../src/intake/parse-message-file.ts';
import { writeData, writeMessage } from '../../../src/intake/write-message.ts';
import type { Draft } from '../../../src/model/message.ts';

const defaults = { ackTimeoutMs: 7_000, retries: 3, methodTimeoutMs: 20_000, expiresMs: 86_400_000 };
const others = { ackTimeoutMs: 1, retries: 9, methodTimeoutMs: -1, expiresMs: 2 };

function read(file: object, by = defaults): readonly Draft[] {
  return parseMessageFile(Buffer.from(JSON.stringify(file)), { defaults: by });
}

test.each([
  ['one that says nothing', { toNode: 'ship1', method: 'ping' }],
  ['a command', { toNode: 'ship1', method: 'cliCommand', methodArgs: ['bash', '-c', 'cat "$0" äö', ''], data: 'a\nb' }],
  ['one without order', { toNode: 'ship1', method: 'REQnCliCommand', methodArgs: ['true'], rerun: 'always' }],
  ['bytes', { toNode: 'ship1', method: 'file', fileName: 'x', data: { base64: 'AP/+gA==' } }],
  ['much that has to be escaped', { toNode: 'ship1', method: 'file', fileName: 'x', data: '\u0001'.repeat(100) }],
  [
    'everything that can be said',
    {
      toNode: 'ship1',
      method: 'cliCommand',
      methodArgs: ['true'],
      ACKTimeout: '1500ms',
      retries: -1,
      retryWait: 1.25,
      methodTimeout: -1,
      methodRetries: 3,
      methodRetryWait: '90m',
      expires: '2w',
      rerun: 'always',
      unordered: true,
      directory: 'some/where',
      fileExtension: '.log',
      description: 'for "people"',
      key: 'newest',
      priority: 9,
      via: ['gateway'],
      replyMethod: 'file',
      replyMethodArgs: ['a'],
      replyACKTimeout: 3,
      replyRetries: 4,
      replyRetryWait: 5,
      replyMethodTimeout: 6,
    },
  ],
  [
    'one that runs every so often',
    { toNode: 'ship1', method: 'ping', schedule: [1.5, '2h'], catchUp: 'all', overlap: true, jitter: '90s' },
  ],
  ['one with a line of cron', { toNode: 'ship1', method: 'ping', cron: '0 3 * * MON', timezone: 'Europe/Oslo' }],
  [
    'one that ends its node',
    { toNode: 'ship1', method: 'cliCommand', methodArgs: ['reboot'], endsNode: true, rerun: 'never' },
  ],
  [
    'how a command is run',
    {
      toNode: 'ship1',
      method: 'cliCommand',
      methodArgs: ['echo "$0"', 'zero'],
      useDetectedShell: true,
      cwd: '/tmp',
      env: { A: 'a b', EMPTY: '' },
      user: 'app',
      onlyIf: ['test', '-e', 'x'],
      stdin: 'in',
      replyMethod: 'cliCommand',
      replyMethodArgs: ['bash', '-c', "echo '{{STEWARD_DATA}}' >> all"],
    },
  ],
  [
    'a command that reads a file of its node',
    { toNode: 'ship1', method: 'cliCommand', methodArgs: ['sort'], stdinFile: 'words.txt', largeOutput: true },
  ],
  [
    'what has to hold of its node',
    {
      toNode: 'ship1',
      method: 'httpGet',
      methodArgs: ['http://127.0.0.1/'],
      onlyIf: [
        { fact: 'system', is: 'linux' },
        { fact: 'memory.free', atLeast: 1_000_000, atMost: '9e9' },
        { fact: 'own.role', isNot: ['spare', 'test'], exists: true },
      ],
    },
  ],
  ['one that wants no ACK', { toNode: 'ship1', method: 'ping', ACKTimeout: 0 }],
])('write message - %s', (_what, file) => {
  const [draft] = read(file);
  if (draft === undefined) throw new Error('nothing was read');
  const { message, body } = draft;
  const written = { ...writeMessage(message), ...(body.length === 0 ? {} : { data: writeData(body) }) };
  const [again] = read(written, others);
  expect(again?.message).toEqual(message);
  expect(Buffer.compare(again?.body ?? Buffer.alloc(0), body)).toBe(0);
});

test('a time that nobody named is not named either where it is written: that of the own method counts', () => {
  const [draft] = read({ toNode: 'ship1', method: 'own.disk', methodArgs: ['/'] });
  if (draft === undefined) throw new Error('nothing was read');
  expect(draft.message).toMatchObject({ isTimeOpen: true, methodTimeoutMs: 20_000 });
  const [again] = read(writeMessage(draft.message), others);
  expect(again?.message).toEqual({ ...draft.message, methodTimeoutMs: others.methodTimeoutMs });
  const [named] = read({ toNode: 'ship1', method: 'own.disk', methodTimeout: 3 });
  expect(named?.message.isTimeOpen).toBeUndefined();
});
