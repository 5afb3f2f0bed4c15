// For whom a run that sends its output in parts has to wait.
import { expect, test } from 'vitest';
import type { Context } from '../../../src/flow/context.ts';
import type { Job } from '../../../src/flow/job.ts';
import { mostWaitingBytes, Parts } from '../../../src/flow/send-part.ts';
import type { Pace } from '../../../src/methods/run.ts';
import type { Message, ReplySpec } from '../../../src/model/message.ts';

/** What a run at ship1 is told when it asks whether it may go on, while too much waits for `full`. */
function paceOf(request: { from: string; reply?: Partial<ReplySpec> }, full: string): Pace | undefined {
  const of = (to: string): object => ({ bytes: to === full ? mostWaitingBytes + 1 : 0, messages: 0 });
  const parts = new Parts({ node: 'ship1', ledger: { outbox: { of } } } as unknown as Context, undefined as never);
  parts.open('key', {} as Job, request as Message);
  let pace: Pace | undefined;
  parts.take({ type: 'parts', key: 'key', parts: [], next: (told) => (pace = told) });
  return pace;
}

test('parts - a run waits for the node that asked for it', () => {
  expect(paceOf({ from: 'central' }, 'central')).toBe('full');
  expect(paceOf({ from: 'central' }, 'ship2')).toBe('go on');
});

test('parts - one that the node gave itself waits for the node that its parts go to', () => {
  expect(paceOf({ from: 'ship1', reply: { partsTo: 'central' } }, 'central')).toBe('full');
  expect(paceOf({ from: 'ship1', reply: { partsTo: 'central' } }, 'ship1')).toBe('go on');
});

test('parts - another node cannot say where they go', () => {
  expect(paceOf({ from: 'central', reply: { partsTo: 'ship2' } }, 'central')).toBe('full');
});
