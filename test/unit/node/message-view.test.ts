// What people are told of a message, where the output of it comes in parts.
import { expect, test } from 'vitest';
import { isSettled } from '../../../src/contract/message-view.ts';
import type { Message } from '../../../src/model/message.ts';
import type { OutboxRecord } from '../../../src/model/record.ts';
import { messageView } from '../../../src/node/message-view.ts';
import { packHead } from '../../../src/wire/message-head.ts';
import { idOf, outboxRow } from '../store/rows.ts';

const message: Message = {
  id: idOf(1),
  from: 'central',
  to: 'ship1',
  method: 'cliCommandCont',
  args: ['echo', 'kept'],
  unordered: false,
  rerun: 'never',
  ackTimeoutMs: 5_000,
  retries: -1,
  retryWaitMs: 0,
  expiresMs: 1e9,
  methodTimeoutMs: 1_000,
  directory: '',
  fileName: '',
  bodySize: 0,
};
const criteria = { ackTimeoutMs: 5_000, retries: -1, retryWaitMs: 0, methodTimeoutMs: 1_000 };
const ended = { state: 'succeeded', exitCode: 0, stdoutBytes: 5, stderrBytes: 0 };
const streamed = { parts: 1, stdoutBytes: 5, stderrBytes: 0 };

function viewOf(
  reply: Partial<NonNullable<Message['reply']>>,
  change: Partial<OutboxRecord>,
): ReturnType<typeof messageView> {
  const head = packHead({ ...message, reply: { method: 'none', args: [], ...criteria, ...reply } });
  const record = outboxRow(1, { lane: 'cliCommandCont', state: 'succeeded', open: false, head, ...change });
  return messageView(record, { node: 'central', linkUp: true, presenceOf: () => 'online' });
}

test('message view - output that is kept in parts is waited for until all of them are there', () => {
  const outcome = JSON.stringify({ ...ended, streamed });
  const pending = viewOf({}, { outcome, replyState: 'pending' });
  expect(pending.reply).toEqual({ method: 'output', state: 'pending' });
  expect(isSettled(pending)).toBe(false);
  const kept = viewOf({}, { outcome, replyState: 'handled', replyAt: 20 });
  expect(kept.reply).toEqual({ method: 'output', state: 'handled', at: 20 });
  expect(isSettled(kept)).toBe(true);
});

test('message view - of a run whose end is not known there may be output that is kept', () => {
  const outcome = JSON.stringify({ state: 'unknown', stdoutBytes: 0, stderrBytes: 0 });
  const view = viewOf({}, { state: 'unknown', outcome, replyState: 'handled', replyAt: 20 });
  expect(view.reply).toEqual({ method: 'output', state: 'handled', at: 20 });
});

test('message view - where nothing came in parts, or it goes elsewhere, a reply by none is nothing to wait for', () => {
  const nothing = JSON.stringify({ ...ended, streamed: { parts: 0, stdoutBytes: 0, stderrBytes: 0 } });
  for (const outcome of [JSON.stringify(ended), nothing]) {
    const view = viewOf({}, { outcome, replyState: 'pending' });
    expect(view.reply).toBeUndefined();
    expect(isSettled(view)).toBe(true);
  }
  const elsewhere = JSON.stringify({ ...ended, streamed });
  expect(viewOf({ partsTo: 'central' }, { outcome: elsewhere, replyState: 'pending' }).reply).toBeUndefined();
});
