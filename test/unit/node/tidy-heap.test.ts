// When a node has V8 give memory back.
import { expect, test } from 'vitest';
import { HeapTidier } from '../../../src/node/tidy-heap.ts';
import { ManualTime } from '../../support/manual-time.ts';

function tidier() {
  const time = new ManualTime();
  let collections = 0;
  const made = new HeapTidier({ timers: time, collect: () => (collections += 1) });
  return { time, made, collections: () => collections };
}

test('heap - many messages are tidied up after once, when nothing has come for a second', () => {
  const { time, made, collections } = tidier();
  for (let file = 0; file < 10; file += 1) {
    made.took(500);
    time.advance(900);
  }
  expect(collections()).toBe(0);
  time.advance(100);
  expect(collections()).toBe(1);
  time.advance(600_000);
  expect(collections()).toBe(1);
});

test('heap - a node that takes in little is not stopped', () => {
  const { time, made, collections } = tidier();
  made.took(999);
  time.advance(10_000);
  for (let minute = 0; minute < 2_000; minute += 1) {
    made.took(1);
    time.advance(60_000);
  }
  expect(collections()).toBe(0);
});

test('heap - a node that has stopped does nothing any more', () => {
  const { time, made, collections } = tidier();
  made.took(1_000);
  made.close();
  time.advance(10_000);
  expect(collections()).toBe(0);
});
