import { beforeEach, describe, expect, test } from 'vitest';
import { maxKinds } from '../../../src/errors/counted.ts';
import { maxErrorBatchBytes } from '../../../src/model/error-batch.ts';
import { errorTable, type ErrorCode } from '../../../src/model/error-table.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { ManualTime } from '../../support/manual-time.ts';
import { CountingNode, countsOf, mostInAMinute } from './counting-node.ts';

const codes = Object.keys(errorTable) as readonly ErrorCode[];
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let time: ManualTime;
let central: MemoryStore;
let ship: CountingNode;

beforeEach(() => {
  time = new ManualTime();
  central = new MemoryStore();
  ship = new CountingNode('ship1', { time, central });
});

function restarted(reason: string): void {
  ship.report('lane-restarted', 'a lane starts again', { node: 'central', lane: 'cliCommand', reason });
}

describe('what is told', () => {
  test('error kernel - an error is at central within two seconds, and in the store of its node within one', () => {
    time.advance(10_000);
    restarted('because');
    time.advance(1_010);
    expect(ship.store.errors()).toMatchObject([{ node: 'ship1', code: 'lane-restarted', count: 1 }]);
    time.advance(1_000);
    expect(central.errors()).toMatchObject([
      {
        node: 'ship1',
        code: 'lane-restarted',
        lane: 'cliCommand',
        text: 'a lane starts again (node central, reason because)',
        count: 1,
        untold: 0,
        firstAt: time.wall() - 2_010,
      },
    ]);
    expect(ship.store.errors()).toMatchObject([{ untold: 0 }]);
  });

  test('error kernel - errors of one kind are one, with how many, the first and the last time', () => {
    time.advance(10_000);
    for (let number = 0; number < 5; number += 1) {
      restarted(`position ${number} does not fit`);
      time.advance(100);
    }
    time.advance(2_000);
    expect(central.errors()).toMatchObject([{ count: 5, lastAt: central.errors()[0]!.firstAt + 400 }]);
  });

  test('error kernel - repetitions are told later and later, and soon again after a rest', () => {
    time.advance(hourMs);
    for (let second = 0; second < 4 * 3600; second += 1) {
      restarted('again');
      time.advance(1_000);
    }
    const pauses = ship.sent.slice(1).map(({ at }, index) => Math.round((at - ship.sent[index]!.at) / 60_000));
    expect(pauses.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
    expect(ship.sent.length).toBeLessThan(12);
    time.advance(3 * hourMs);
    const before = ship.sent.length;
    restarted('again');
    time.advance(2_000);
    expect(ship.sent.length).toBe(before + 1);
    expect(countsOf(central.errors())).toEqual({ 'lane-restarted': 4 * 3600 + 1 });
  });

  test('error kernel - an hour is one row, so that one can see when it was', () => {
    time.advance(10_000);
    for (let minute = 0; minute < 300; minute += 1) {
      restarted('again');
      time.advance(60_000);
    }
    time.advance(3 * hourMs);
    expect(ship.store.errors().length).toBeGreaterThan(1);
    expect(ship.store.errors().length).toBeLessThanOrEqual(5);
    expect(countsOf(central.errors())).toEqual({ 'lane-restarted': 300 });
    expect(central.errors().map(({ firstAt, count }) => [firstAt, count])).toEqual(
      ship.store.errors().map(({ firstAt, count }) => [firstAt, count]),
    );
  });

  test('error kernel - errors about the reporting are kept, and never told', () => {
    time.advance(10_000);
    ship.report('method-retried', 'a method cannot go on', { node: 'ship2', lane: 'errorLog', reason: 'disk full' });
    ship.report('method-retried', 'a method cannot go on', {
      node: 'ship2',
      lane: 'none<errorLog',
      reason: 'disk full',
    });
    ship.report('process-crashed', 'a process failed', { method: 'errorLog' });
    time.advance(dayMs);
    expect(ship.store.errors()).toHaveLength(3);
    expect(ship.store.errors().every(({ untold }) => untold === 0)).toBe(true);
    expect(ship.sent).toEqual([]);
  });

  test('error kernel - a batch that is refused is told later, once', () => {
    time.advance(10_000);
    ship.isRefusing = true;
    for (let number = 0; number < 7; number += 1) restarted('refused');
    time.advance(60_000);
    expect(central.errors()).toEqual([]);
    ship.isRefusing = false;
    time.advance(hourMs);
    expect(countsOf(central.errors())).toEqual({ 'lane-restarted': 7 });
    expect(countsOf(ship.store.errors())).toEqual({ 'lane-restarted': 7 });
  });
});

describe('storms', () => {
  test('error kernel - ten thousand in a second are few small messages, with right counts of every kind', () => {
    time.advance(10_000);
    const counted: Record<string, number> = {};
    for (let number = 0; number < 10_000; number += 1) {
      const code = codes[number % 7] ?? 'internal';
      counted[code] = (counted[code] ?? 0) + 1;
      // Kinds that differ by a word, and texts that differ by a number.
      ship.report(code, `attempt ${number} failed at ${['sea', 'port', 'dock'][number % 3]}`, {
        node: `ship${number % 5}`,
      });
      time.advance(0.1);
    }
    time.advance(2 * hourMs);
    expect(countsOf(ship.store.errors())).toEqual(counted);
    expect(countsOf(central.errors())).toEqual(counted);
    expect(mostInAMinute(ship.sent)).toBeLessThanOrEqual(10);
    expect(ship.sent.length).toBeLessThan(20);
    for (const { bytes } of ship.sent) expect(bytes).toBeLessThanOrEqual(maxErrorBatchBytes);
    expect(ship.commits).toBeLessThan(10);
  });

  test('error kernel - a flood of ever new kinds that never ends stays within its bounds, and is counted by code', () => {
    time.advance(10_000);
    const words = ['red', 'blue', 'green', 'black', 'white', 'grey', 'brown', 'pink', 'gold', 'mint'];
    let counted = 0;
    for (let second = 0; second < 2 * 3600; second += 1) {
      for (let number = 0; number < 5; number += 1) {
        const colour = [7, 31, 101].map((step) => words[Math.floor(counted / step) % words.length]).join(' ');
        ship.report(codes[counted % 3] ?? 'internal', `${colour} ${words[counted % 10]} light`);
        counted += 1;
      }
      time.advance(1_000);
    }
    expect(mostInAMinute(ship.sent)).toBeLessThanOrEqual(10);
    expect(ship.sent.length).toBeLessThan(40);
    const texts = central.errors().map(({ text }) => text);
    expect(texts).toContain(`and more of ${codes[0]}, of other kinds`);
    const kept = Object.values(countsOf(ship.store.errors())).reduce((sum, count) => sum + count, 0);
    expect(kept).toBeGreaterThan(counted - 20);
    expect(ship.store.query({ query: 'untold-errors', limit: 1000 }).length).toBeLessThanOrEqual(maxKinds + 3);
    time.advance(dayMs);
    const told = Object.values(countsOf(central.errors())).reduce((sum, count) => sum + count, 0);
    expect(told).toBe(counted);
    expect(ship.commits).toBeLessThanOrEqual(2 * 3600 + 10);
  });

  test('error kernel - a thousand nodes in a storm leave central a bounded number of messages, and exact counts', () => {
    const fleet = Array.from({ length: 1000 }, (_none, index) => new CountingNode(`ship${index}`, { time, central }));
    time.advance(10_000);
    const began = time.monotonic();
    for (let round = 0; round < 20; round += 1) {
      for (const node of fleet)
        for (let number = 0; number < 10; number += 1)
          node.report(number % 2 === 0 ? 'link-down' : 'method-retried', `it went down ${number}`, { broker: 'b' });
      time.advance(50);
    }
    time.advance(60_000);
    const inTheMinute = fleet.flatMap(({ sent }) => sent).filter(({ at }) => at - began <= 60_000);
    expect(inTheMinute.length).toBeLessThanOrEqual(2 * fleet.length);
    expect(inTheMinute.reduce((sum, { bytes }) => sum + bytes, 0) / inTheMinute.length).toBeLessThan(400);
    time.advance(hourMs);
    expect(countsOf(central.errors())).toEqual({ 'link-down': 100_000, 'method-retried': 100_000 });
    expect(central.errors()).toHaveLength(2000);
  });
});

describe('weeks and restarts', () => {
  test('error kernel - a node that is away for weeks says all of it in a few messages when it comes', () => {
    time.advance(10_000);
    ship.link(false);
    for (let hour = 0; hour < 21 * 24; hour += 1) {
      for (let number = 0; number < 10; number += 1) restarted(`in hour ${hour}`);
      ship.report('link-unreachable', 'no connection yet', { reason: hour % 2 === 0 ? 'refused' : 'timeout' });
      time.advance(hourMs);
    }
    expect(ship.sent).toHaveLength(1);
    ship.link(true);
    time.advance(hourMs);
    expect(ship.sent.length).toBeLessThanOrEqual(3);
    expect(countsOf(central.errors())).toEqual({ 'lane-restarted': 21 * 24 * 10, 'link-unreachable': 21 * 24 });
  });

  test('error kernel - a kill -9 loses nothing that was counted a second before, and tells nothing twice', () => {
    time.advance(10_000);
    ship.link(false);
    let counted = 0;
    for (let life = 0; life < 30; life += 1) {
      for (let number = 0; number < 11; number += 1) restarted(`in life ${life}`);
      counted += 11;
      time.advance(1_001 + life * 700);
      ship.restart();
    }
    expect(countsOf(ship.store.errors())).toEqual({ 'lane-restarted': counted });
    expect(ship.sent.length).toBeLessThanOrEqual(1);
    ship.link(true);
    time.advance(dayMs);
    expect(countsOf(central.errors())).toEqual({ 'lane-restarted': counted });
  });

  test('error kernel - what was counted in the last second is lost by a kill, and kept by an orderly end', () => {
    time.advance(10_000);
    restarted('first');
    time.advance(5_000);
    restarted('first');
    ship.close();
    ship.restart();
    restarted('first');
    time.advance(500);
    ship.restart();
    time.advance(dayMs);
    expect(countsOf(ship.store.errors())).toEqual({ 'lane-restarted': 2 });
    expect(countsOf(central.errors())).toEqual({ 'lane-restarted': 2 });
  });

  test('error kernel - a node that dies again and again says no more than ten messages a minute', () => {
    for (let life = 0; life < 200; life += 1) {
      ship.report('orphan-ended', 'a command that outlived the node was ended', {
        run: `central/${'a'.repeat(20)}`,
        pid: life,
      });
      time.advance(2_000 + (life % 7) * 1_000);
      ship.restart();
    }
    expect(mostInAMinute(ship.sent)).toBeLessThanOrEqual(10);
    time.advance(dayMs);
    expect(countsOf(central.errors())).toEqual({ 'orphan-ended': 200 });
  });
});
