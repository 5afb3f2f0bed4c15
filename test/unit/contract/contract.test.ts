import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromErrorBody, toErrorBody } from '../../../src/contract/api-error.ts';
import { checkSocketPath } from '../../../src/contract/api-socket.ts';
import { decode } from '../../../src/base/decode.ts';
import { isSettled, messageViewSchema, wentWell } from '../../../src/contract/message-view.ts';
import { countsSchema } from '../../../src/contract/node-views.ts';
import { errorTable, type ErrorCode } from '../../../src/model/error-table.ts';
import { StewardError } from '../../../src/model/error.ts';
import { messageStates } from '../../../src/model/state.ts';
import { id, succeeded, viewOf } from '../api/fake-service.ts';

describe('errors over the API', () => {
  test('api error - every code, with hint and place, comes back as it was thrown', () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) {
      const error = new StewardError(code, 'no', { hint: 'yes', place: { line: 1, column: 2, field: 'method' } });
      const back = fromErrorBody(toErrorBody(error));
      expect([back.code, back.message, back.hint, back.place]).toEqual([code, 'no', 'yes', error.place]);
    }
  });

  test('api error - a code of a newer node is internal here', () => {
    expect(fromErrorBody({ code: 'toString', message: 'new' }).code).toBe('internal');
  });
});

describe('decode', () => {
  test('decode - takes no text but JSON of the right form', () => {
    fc.assert(fc.property(fc.string(), (text) => decode(messageViewSchema, text) === undefined));
    expect(decode(messageViewSchema, '{}')).toBeUndefined();
  });

  test('decode - a view is the same after its journey, and what a newer node adds is left out', () => {
    const view = succeeded({ id: id(1), reply: { method: 'fileAppend', state: 'pending' } });
    expect(decode(messageViewSchema, JSON.stringify({ ...view, newer: 1 }))).toEqual(view);
  });

  test('decode - counts name every state', () => {
    const counts = Object.fromEntries(messageStates.map((state) => [state, 0]));
    expect(decode(countsSchema, JSON.stringify({ counts, waitingReplies: 0 }))).toBeDefined();
    delete counts['unknown'];
    expect(decode(countsSchema, JSON.stringify({ counts, waitingReplies: 0 }))).toBeUndefined();
  });
});

describe('a message that is settled', () => {
  const reply = (state: 'pending' | 'handled' | 'failed') => ({ method: 'fileAppend', state }) as const;

  test.each(['queued', 'delivered', 'running'] as const)('settled - not while it is %s', (state) => {
    expect(isSettled(viewOf({ id: id(1), state }))).toBe(false);
  });

  test('settled - not before the reply was handled', () => {
    expect(isSettled(succeeded({ id: id(1), reply: reply('pending') }))).toBe(false);
    expect(isSettled(succeeded({ id: id(1), reply: reply('handled') }))).toBe(true);
    expect(isSettled(succeeded({ id: id(1) }))).toBe(true);
  });

  test.each(['sent', 'expired', 'cancelled', 'rejected', 'unknown'] as const)(
    'settled - a message that is %s without an outcome has no reply to wait for',
    (state) => {
      expect(isSettled(viewOf({ id: id(1), state, reply: reply('pending') }))).toBe(true);
    },
  );

  test('settled - a reply that failed did not go well', () => {
    expect(wentWell(succeeded({ id: id(1), reply: reply('failed') }))).toBe(false);
    expect(wentWell(succeeded({ id: id(1), reply: reply('handled') }))).toBe(true);
    expect(wentWell(viewOf({ id: id(1), state: 'expired' }))).toBe(false);
  });
});

test('socket path - 107 bytes are allowed, 108 are refused with the number', () => {
  expect(() => checkSocketPath('x'.repeat(107))).not.toThrow();
  expect(() => checkSocketPath(`ü${'x'.repeat(106)}`)).toThrow(/108 bytes.*107/);
});
