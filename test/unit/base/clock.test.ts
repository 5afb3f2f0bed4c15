import { expect, test } from 'vitest';
import { longestTimerMs, timersOf } from '../../../src/base/clock.ts';
import { ManualTime } from '../../support/manual-time.ts';

const day = 86_400_000;

function scene(): { time: ManualTime; delays: number[]; timers: ReturnType<typeof timersOf> } {
  const time = new ManualTime();
  const delays: number[] = [];
  const timers = timersOf((delayMs, callback) => {
    delays.push(delayMs);
    return time.after(delayMs, callback);
  });
  return { time, delays, timers };
}

test('timers - one that is longer than a timer of Node may be ends when it is due, and not before', () => {
  const { time, delays, timers } = scene();
  let calls = 0;
  timers.after(60 * day, () => (calls += 1));
  time.advance(60 * day - 1);
  expect(calls).toBe(0);
  time.advance(1);
  expect(calls).toBe(1);
  time.advance(100 * day);
  expect(calls).toBe(1);
  expect(Math.max(...delays)).toBe(longestTimerMs);
});

test('timers - a short one, and one of the longest length, are one timer', () => {
  const { time, delays, timers } = scene();
  let calls = 0;
  for (const delayMs of [0, 5, longestTimerMs]) timers.after(delayMs, () => (calls += 1));
  expect(delays).toEqual([0, 5, longestTimerMs]);
  time.advance(longestTimerMs);
  expect(calls).toBe(3);
});

test('timers - a long one can be cancelled in each of its parts', () => {
  const { time, timers } = scene();
  let calls = 0;
  const first = timers.after(60 * day, () => (calls += 1));
  const second = timers.after(60 * day, () => (calls += 1));
  first();
  time.advance(50 * day);
  second();
  time.advance(60 * day);
  expect(calls).toBe(0);
});
