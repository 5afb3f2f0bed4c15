// What of a lane may run together as one job, of what comes in parts or from a newer version.
import { expect, test } from 'vitest';
import { takeJob } from '../../../src/flow/next-job.ts';
import type { Context } from '../../../src/flow/context.ts';
import type { InLane } from '../../../src/flow/in-lane.ts';
import type { Message } from '../../../src/model/message.ts';
import { newRequest } from '../methods/new-request.ts';

const answer = (of: object): Pick<Message, 'replyTo'> => ({
  replyTo: {
    id: 'r1',
    method: 'cliCommandCont',
    outcome: { state: 'succeeded', stdoutBytes: 0, stderrBytes: 0 },
    ...of,
  },
});

function jobsOf(...messages: readonly Partial<Message>[]): readonly number[] {
  const queue = messages.map((more, index) => ({
    record: { ord: index + 1, mark: null, cancel: null },
    body: new Uint8Array(),
    message: { ...newRequest({ id: `m${index}`, method: 'file' }).message, ...more },
  }));
  const lane = { queue, queuedBytes: 0 } as unknown as InLane;
  const methods = { kindOf: () => 'file' };
  const context = {
    options: { methods },
    undo: () => undefined,
    touch: () => undefined,
    whyRunCancelled: () => null,
    doubtfulInboxOrd: 0,
  };
  const sizes: number[] = [];
  while (lane.queue.length > 0) sizes.push(takeJob(context as unknown as Context, lane).length);
  return sizes;
}

test('job - what replaces a file stands alone, so that what is added to it finds its place behind', () => {
  expect(jobsOf(answer({ part: 1 }), answer({ part: 2 }), answer({ part: 3 }))[0]).toBe(1);
  expect(jobsOf({}, {})).toEqual([2]);
});

test('job - a message that asks for more than is known here fails alone', () => {
  expect(jobsOf({ beyond: ['Q'] }, {}, {}, { beyond: ['Q'] })).toEqual([1, 2, 1]);
});
