// Messages that are sent again when the store has them no more: from the log.
import { expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../../src/base/clock.ts';
import { MessageHistory } from '../../../src/node/message-history.ts';
import { resend, retry, type SendAgainParts } from '../../../src/node/send-again.ts';
import type { Draft, Message } from '../../../src/model/message.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { draft } from '../../support/simulated-methods.ts';
import { MemoryDisk } from '../message-log/memory-disk.ts';

const id = '01m81tb0atrcpvewgrw0';

/** A node whose store is empty, and in whose log one message was queued. */
async function noted(body: Uint8Array): Promise<{ parts: SendAgainParts; taken: Draft[]; message: Message }> {
  const store = {
    view: ({ view }: { readonly view: string }) =>
      Promise.resolve(view === 'last-ords' ? { outbox: 0, inbox: 0 } : view === 'submission' ? [] : undefined),
  } as unknown as Store;
  const history = new MessageHistory({
    node: 'central',
    folder: '/',
    keepMs: 1e9,
    quotaBytes: 1e8,
    store,
    clock: systemClock,
    timers: systemTimers,
    log: quietLog,
    disk: new MemoryDisk(),
  });
  await history.begin();
  const made = draft('ship1', 'cliCommand', { bodySize: body.length, methodRetries: 2 });
  const message = { ...made.message, id, from: 'central' };
  const intake = { ord: 1, submission: id, message, body };
  history.note({ type: 'state', id, to: 'ship1', state: 'queued', at: 1, reason: null, intake });
  const taken: Draft[] = [];
  const take: SendAgainParts['take'] = (drafts) => {
    taken.push(...drafts);
    return Promise.resolve({ ids: ['new'], submission: 'new' });
  };
  return { parts: { node: 'central', store, history, take }, taken, message };
}

test('send again - a message that only the log has is the same one, with its data', async () => {
  const { parts, taken, message } = await noted(Buffer.from('some data'));
  expect(await resend(parts, id, { to: 'ship2' })).toEqual({ ids: ['new'], submission: 'new' });
  const { id: _id, from: _from, ...rest } = message;
  expect(taken[0]?.message).toEqual({ ...rest, to: 'ship2' });
  expect(Buffer.from(taken[0]?.body ?? []).toString()).toBe('some data');
  await parts.history.close();
});

test('send again - of one whose data were too large for the log it says so, and what to do', async () => {
  const { parts, taken } = await noted(Buffer.alloc(300_000));
  await expect(resend(parts, id, {})).rejects.toMatchObject({
    code: 'not-kept',
    message: expect.stringContaining('300000 bytes') as string,
    hint: 'send its message file again',
  });
  expect(taken).toEqual([]);
  await parts.history.close();
});

test('send again - of one whose answer was for another node the log has not all', async () => {
  const { parts, taken } = await noted(new Uint8Array());
  const passing = draft('ship2', 'fileAppend', { bodySize: 0 });
  const message = { ...passing.message, id: '00000000000000000002', from: 'central' };
  const intake = { ord: 2, submission: id, message, body: new Uint8Array(), answerOf: id };
  parts.history.note({ type: 'state', id: message.id, to: 'ship2', state: 'queued', at: 1, reason: null, intake });
  await expect(resend(parts, id, {})).rejects.toMatchObject({ code: 'not-kept', hint: 'send its message file again' });
  expect(taken).toEqual([]);
  await parts.history.close();
});

test('send again - how a submission ended that the store has no more, nobody can say', async () => {
  const { parts } = await noted(new Uint8Array());
  await expect(retry(parts, id, {})).rejects.toMatchObject({ code: 'not-kept' });
  await expect(retry(parts, '00000000000000000000', {})).rejects.toMatchObject({ code: 'not-found' });
  await expect(resend(parts, id, { to: 'no node!' })).rejects.toMatchObject({ code: 'invalid-node-name' });
  await parts.history.close();
});
