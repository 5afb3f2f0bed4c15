// When a node has V8 give memory back.
import { expect, test } from 'vitest';
import { BufferTidier, HeapTidier } from '../../../src/node/tidy-heap.ts';
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

function bufferTidier() {
  const time = new ManualTime();
  let [bytes, inUse, collections] = [0, 0, 0];
  let toFree = false;
  const made = new BufferTidier({
    clock: time,
    bufferBytes: () => bytes,
    // They are freed when some more frames have come.
    collect: () => {
      collections += 1;
      toFree = true;
    },
  });
  const pass = (frames: number, bytesOfEach: number): void => {
    for (let frame = 0; frame < frames; frame += 1) {
      if (toFree && frame % 50 === 49) [bytes, toFree] = [inUse, false];
      bytes += bytesOfEach;
      made.frameCame();
    }
  };
  return { time, pass, use: (more: number) => (inUse = more), bytes: () => bytes, collections: () => collections };
}

test('heap - buffers that nobody uses are collected while frames come, once in a second at most', () => {
  const { time, pass, bytes, collections } = bufferTidier();
  let most = 0;
  for (let second = 0; second < 100; second += 1) {
    pass(100, 50_000);
    most = Math.max(most, bytes());
    time.advance(1_000);
  }
  expect(most).toBeLessThan(20_000_000);
  expect(collections()).toBeLessThanOrEqual(50);
  const before = collections();
  pass(10_000, 50_000);
  expect(collections()).toBe(before + 1);
});

test('heap - a node with few buffers is not stopped, nor one that uses those that it has', () => {
  const { time, pass, use, collections } = bufferTidier();
  for (let second = 0; second < 1_000; second += 1) {
    pass(100, 100);
    time.advance(1_000);
  }
  expect(collections()).toBe(0);
  use(30_000_000);
  for (let second = 0; second < 10; second += 1) {
    pass(100, 100_000);
    time.advance(1_000);
  }
  expect(collections()).toBeLessThan(8);
});
