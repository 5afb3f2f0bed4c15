// What messages of a submission wait for, by the places of its list.
import { expect, test } from 'vitest';
import { newMessage } from '../../../src/flow/new-message.ts';
import type { Draft } from '../../../src/model/message.ts';
import { withAfter } from '../../../src/node/awaited-messages.ts';
import { newRequest } from '../methods/new-request.ts';

const { id: _id, from: _from, ...message } = newRequest().message;

function submission(count: number, afterOf: (index: number) => Draft['after']): ReturnType<typeof withAfter> {
  const drafts = Array.from({ length: count }, (_none, index): Draft => {
    const after = afterOf(index);
    return { message, body: new Uint8Array(), ...(after === undefined ? {} : { after }) };
  });
  const made = newMessage({ node: 'central', newId: () => 'm' }, { message, body: new Uint8Array() });
  const messages = drafts.map((_draft, index) => ({ ...made, message: { ...made.message, id: `m${index}` } }));
  return withAfter(messages, { drafts, counts: count === 4 ? [1, 2, 1] : drafts.map(() => 1) });
}

test('awaited messages - a place stands for the messages to each of its nodes', () => {
  const after = submission(4, (index) => (index === 3 ? [1, 2, 'another'] : undefined)).map((one) => one.after);
  expect(after).toEqual([undefined, undefined, undefined, ['m0', 'm1', 'm2', 'another']]);
});

// It took a minute, in which the node did nothing else.
test('awaited messages - the longest list in which each waits for the one before it', () => {
  const messages = submission(100_000, (index) => (index === 0 ? undefined : [index]));
  expect(messages.at(-1)?.after).toEqual(['m99998']);
}, 10_000);
