import { expect, test } from 'vitest';
import { checkAskedFor } from '../../../src/flow/asked-for.ts';
import type { Context } from '../../../src/flow/context.ts';
import type { Accepted } from '../../../src/flow/in-lane.ts';
import type { Message } from '../../../src/model/message.ts';
import type { OutboxRecord } from '../../../src/model/record.ts';
import { packHead } from '../../../src/wire/message-head.ts';

const criteria = { ackTimeoutMs: 10_000, retries: -1, retryWaitMs: 0, methodTimeoutMs: 10_000 };
const request: Message = {
  id: '00000000000000000001',
  from: 'central',
  to: 'ship1',
  method: 'cliCommand',
  args: ['tree'],
  unordered: false,
  rerun: 'never',
  ...criteria,
  expiresMs: 86_400_000,
  directory: '',
  fileName: '',
  bodySize: 0,
  reply: { method: 'cliCommand', args: ['cat'], ...criteria },
};
const answered = {
  id: request.id,
  method: 'cliCommand',
  outcome: { state: 'succeeded', stdoutBytes: 0, stderrBytes: 0 },
} as const;
const reply: Message = {
  ...request,
  id: '00000000000000000002',
  from: 'ship1',
  to: 'central',
  args: ['cat'],
  reply: undefined as never,
  replyTo: answered,
};
const row = { to: 'ship1', lane: 'cliCommand', head: packHead(request), answerOrd: 7 } as OutboxRecord;

function refusalOf(message: Message, found: OutboxRecord | undefined, ord = 7): string | undefined {
  let refusal: string | undefined = 'was not answered';
  const query = (_query: unknown, then: (record: OutboxRecord | undefined) => void): void => then(found);
  checkAskedFor(
    { node: 'central', query } as unknown as Context,
    { message, record: { ord } } as Accepted,
    (answer) => (refusal = answer),
  );
  return refusal;
}

test('asked for - a command that comes back as it was asked for may run', () => {
  expect(refusalOf(reply, row)).toBeUndefined();
});

test.each([
  ['other arguments', { args: ['rm', '-rf', '/'] }, row],
  ['more arguments', { args: ['cat', 'more'] }, row],
  ['another time', { methodTimeoutMs: -1 }, row],
  ['a condition', { settings: { onlyIf: ['touch', 'owned'] } }, row],
  ['a condition on a fact', { onlyIfFact: [{ fact: 'system', exists: true }] }, row],
  ['an environment', { settings: { env: { LD_PRELOAD: 'x' } } }, row],
  ['more runs', { methodRetries: 1 }, row],
  ['a life longer than its node', { endsNode: true as const }, row],
  ['no end that is waited for', { detach: true as const }, row],
  ['another rerun', { rerun: 'always' as const }, row],
  ['a part that its method has not', { replyTo: { ...answered, part: 1 } }, row],
  ['another method that it answers', { replyTo: { ...answered, method: 'ping' as const } }, row],
  ['a request that is not known', {}, undefined],
  [
    'a request that asked for a file',
    {},
    { ...row, head: packHead({ ...request, reply: { method: 'fileAppend', args: [], ...criteria } }) },
  ],
])('asked for - a command with %s does not run', (_what, change, found) => {
  expect(refusalOf({ ...reply, ...change }, found)).toMatch(/request/);
});

test('asked for - a second answer runs nothing', () => {
  expect(refusalOf(reply, row, 8)).toMatch(/another answer/);
});
