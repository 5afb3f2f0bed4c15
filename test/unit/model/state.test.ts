import { describe, expect, test } from 'vitest';
import { isFinal, mayFollow, messageStates, predecessors, type MessageState } from '../../../src/model/state.ts';

const finals: readonly MessageState[] = [
  'succeeded',
  'failed',
  'timedOut',
  'sent',
  'expired',
  'cancelled',
  'rejected',
  'unknown',
];

describe('states', () => {
  test('states - the final ones are those of the design, and no other', () => {
    expect(messageStates.filter(isFinal)).toEqual(expect.arrayContaining([...finals]));
    expect(messageStates.filter((state) => !isFinal(state))).toEqual(['queued', 'carried', 'delivered', 'running']);
  });

  test.each(finals.filter((state) => state !== 'sent' && state !== 'unknown'))(
    'states - nothing follows %s',
    (state) => {
      expect(messageStates.filter((to) => mayFollow(state, to))).toEqual([]);
    },
  );

  test('states - after unknown only what an answer says may follow', () => {
    expect(messageStates.filter((to) => mayFollow('unknown', to))).toEqual([
      'succeeded',
      'failed',
      'timedOut',
      'cancelled',
      'rejected',
    ]);
  });

  test('states - after sent only an outcome may follow', () => {
    expect(messageStates.filter((to) => mayFollow('sent', to))).toEqual([
      'succeeded',
      'failed',
      'timedOut',
      'cancelled',
      'rejected',
      'unknown',
    ]);
  });

  test('states - no state follows itself, and every one can be reached but the first', () => {
    for (const state of messageStates) {
      expect(mayFollow(state, state)).toBe(false);
      if (state !== 'queued') expect(mayFollow('queued', state)).toBe(true);
    }
  });

  test('states - what was delivered can no longer expire or be sent', () => {
    for (const from of ['delivered', 'running'] as const) {
      for (const to of ['expired', 'sent'] as const) expect(mayFollow(from, to), `${from} to ${to}`).toBe(false);
    }
    expect(mayFollow('running', 'delivered')).toBe(false);
  });

  test('states - predecessors is the same table read backwards', () => {
    for (const to of messageStates) {
      expect(predecessors(to)).toEqual(messageStates.filter((from) => mayFollow(from, to)));
    }
  });
});
