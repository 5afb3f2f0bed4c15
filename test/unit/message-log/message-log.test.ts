// The log of all messages over a disk that a test fills, hangs and tears.
import { describe, expect, test } from 'vitest';
import type { Timers } from '../../../src/base/clock.ts';
import type { LogLine, MessageLine } from '../../../src/contract/log-line.ts';
import { findEnd } from '../../../src/message-log/find-end.ts';
import { keepFor, type Keep } from '../../../src/message-log/keep-files.ts';
import { MessageLog } from '../../../src/message-log/message-log.ts';
import { readLog, type LogQuestion } from '../../../src/message-log/read-log.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { MemoryDisk } from './memory-disk.ts';

const mib = 1024 * 1024;
const dayMs = 86_400_000;

/** Timers that pass when the test says so. */
class HandTimers implements Timers {
  private due: { at: number; act: () => void }[] = [];
  now = 0;

  after(delayMs: number, act: () => void): () => void {
    const one = { at: this.now + delayMs, act };
    this.due.push(one);
    return () => {
      this.due = this.due.filter((other) => other !== one);
    };
  }

  /** Everything that is asked for meanwhile is done, too. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await rest();
      const next = this.due.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
      if (next === undefined) break;
      this.now = next.at;
      this.due = this.due.filter((other) => other !== next);
      next.act();
    }
    this.now = until;
    await rest();
  }
}

/** What has been begun in promises alone has come to its end. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

interface Made {
  readonly log: MessageLog;
  readonly disk: MemoryDisk;
  readonly timers: HandTimers;
}

async function make(options: { disk?: MemoryDisk; keep?: Keep } = {}): Promise<Made> {
  const { disk = new MemoryDisk(), keep = keepFor({ ageMs: 90 * dayMs, quotaBytes: 8 * mib }) } = options;
  const timers = new HandTimers();
  const log = new MessageLog({ disk, node: 'central', wall: () => disk.now, keep, timers, log: quietLog });
  const end = await findEnd(disk);
  log.writer.take(end.present, end.closed);
  log.writer.ords = { outbox: 0, inbox: 0, ...end.ords };
  await log.begin();
  return { log, disk, timers };
}

function idOf(number: number): string {
  return String(number).padStart(20, '0');
}

function line(number: number, more: Partial<MessageLine> = {}): MessageLine {
  return { at: number, what: 'queued', id: idOf(number), ord: number, from: 'central', to: 'ship1', ...more };
}

function note(log: MessageLog, ...lines: readonly LogLine[]): void {
  for (const one of lines) log.note({ make: () => one, bytes: 0 });
}

async function read({ log, disk, timers }: Made, question: Partial<LogQuestion> = {}): Promise<readonly LogLine[]> {
  const found: LogLine[] = [];
  const { signal } = new AbortController();
  for await (const some of readLog({ log, disk, timers, signal }, { follow: false, ...question }))
    for (const text of some) found.push(JSON.parse(text) as LogLine);
  return found;
}

function numbers(lines: readonly LogLine[]): readonly number[] {
  return lines.map((one) => (one.what === 'dropped' ? -one.lines : Number(one.id)));
}

describe('message log', () => {
  test('message log - lines are written together, in their order, behind a line that says where they begin', async () => {
    const made = await make();
    note(made.log, line(1), line(2), line(2, { what: 'delivered' }));
    expect(made.disk.text().split('\n')).toHaveLength(2);
    await made.timers.pass(100);
    const [begun = '', ...rest] = made.disk.text().trim().split('\n');
    expect(JSON.parse(begun)).toMatchObject({ what: 'begun', node: 'central', file: 1, outbox: 0, inbox: 0 });
    expect(rest.map((text) => (JSON.parse(text) as MessageLine).what)).toEqual(['queued', 'queued', 'delivered']);
    expect(made.disk.syncs).toBe(0);
  });

  test('message log - a file that is long enough gets its number, and all together stay below the quota', async () => {
    const made = await make();
    const reason = 'x'.repeat(10_000);
    const texts: number[] = [];
    for (let number = 1; number <= 3_000; number += 1) {
      note(made.log, line(number, { reason }));
      if (number % 100 !== 0) continue;
      await made.timers.pass(100);
      texts.push(made.disk.size);
    }
    expect(Math.max(...texts)).toBeLessThanOrEqual(8 * mib);
    expect(Math.max(...texts)).toBeGreaterThan(5 * mib);
    for (const { bytes } of made.disk.files.values()) expect(bytes.length).toBeLessThanOrEqual(1.5 * mib);
    const kept = numbers(await read(made));
    expect(kept.at(-1)).toBe(3_000);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_none, index) => 3_000 - kept.length + 1 + index));
    expect(made.disk.syncs).toBeGreaterThan(10);
  });

  test('message log - by age goes what was too old at two looks, so that a clock that was wrong for a moment takes nothing', async () => {
    const disk = new MemoryDisk();
    disk.put('messages-000001.jsonl', `${JSON.stringify(line(1))}\n`);
    disk.put('messages.jsonl', `${JSON.stringify(line(2))}\n`);
    const made = await make({ disk });
    disk.now = 4_000 * dayMs;
    await made.timers.pass(3_600_000);
    disk.now = dayMs;
    await made.timers.pass(2 * 3_600_000);
    expect(disk.files.has('messages-000001.jsonl')).toBe(true);
    disk.now = 4_000 * dayMs;
    await made.timers.pass(2 * 3_600_000 + 1);
    expect(disk.files.has('messages-000001.jsonl')).toBe(false);
  });

  test('message log - on a full disk lines wait whole, and go on where they stopped when there is room', async () => {
    const made = await make();
    note(made.log, line(1));
    await made.timers.pass(100);
    made.disk.room = made.disk.size + 150;
    note(made.log, line(2), line(3), line(4));
    await made.timers.pass(10_000);
    expect(numbers(await read(made))).toEqual([1, 2]);
    made.disk.room = Infinity;
    await made.timers.pass(60_000);
    expect(numbers(await read(made))).toEqual([1, 2, 3, 4]);
    expect(
      made.disk
        .text()
        .split('\n')
        .filter((text) => text.includes('queued')),
    ).toHaveLength(4);
  });

  test('message log - what a disk that hangs does not take is held up to a bound, dropped beyond it, and counted', async () => {
    const made = await make({ keep: keepFor({ ageMs: dayMs, quotaBytes: 100 * mib }) });
    made.disk.hangs = true;
    const total = 400_000;
    for (let number = 1; number <= total; number += 1) note(made.log, line(number));
    await made.timers.pass(60_000);
    made.disk.release();
    await made.timers.pass(60_000);
    note(made.log, line(total + 1));
    await made.timers.pass(1_000);
    const told = numbers(await read(made));
    const dropped = -(told.find((number) => number < 0) ?? 0);
    const written = total - dropped;
    expect(dropped).toBeGreaterThan(0);
    expect(written).toBeGreaterThan(200_000);
    expect(told.slice(0, written).findIndex((number, index) => number !== index + 1)).toBe(-1);
    expect(told.slice(written)).toEqual([-dropped, total + 1]);
  });

  test('message log - a life that ended in order says so, and one that was killed does not', async () => {
    const made = await make();
    note(made.log, line(7), line(4, { what: 'accepted' }), line(8, { what: 'delivered' }));
    await made.timers.pass(100);
    expect(await findEnd(made.disk)).toMatchObject({ closed: false, ords: { outbox: 7, inbox: 4 } });
    await made.log.close();
    expect(await findEnd(made.disk)).toMatchObject({ closed: true, ords: { outbox: 7, inbox: 4 } });
    made.disk.syncs = 0;
    const next = await make({ disk: made.disk });
    expect(numbers(await read(next))).toEqual([7, 4, 8]);
    // It is under way, whatever comes of it.
    expect(made.disk.syncs).toBe(1);
    expect(await findEnd(made.disk)).toMatchObject({ closed: false });
  });

  test('message log - a disk that takes nothing at the start is written when it does', async () => {
    const disk = new MemoryDisk();
    disk.room = 10;
    const made = await make({ disk });
    note(made.log, line(1));
    await made.timers.pass(10_000);
    disk.room = Infinity;
    await made.timers.pass(60_000);
    expect(numbers(await read(made))).toEqual([1]);
    expect(disk.text().startsWith('{"what":"begun"')).toBe(true);
  });

  test('message log - where what is there cannot be read at the start, no file of it is written over', async () => {
    const disk = new MemoryDisk();
    for (const number of [1, 2]) disk.put(`messages-00000${number}.jsonl`, `${JSON.stringify(line(number))}\n`);
    disk.put('messages.jsonl', `${JSON.stringify(line(3))}\n{"at":4,"wh`);
    const timers = new HandTimers();
    const keep = keepFor({ ageMs: 90 * dayMs, quotaBytes: 8 * mib });
    const log = new MessageLog({ disk, node: 'n', wall: () => disk.now, keep, timers, log: quietLog });
    await log.begin();
    const reason = 'x'.repeat(600_000);
    for (const number of [4, 5, 6]) {
      note(log, line(number, { reason }));
      await timers.pass(100);
    }
    expect(numbers(await read({ log, disk, timers }))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('message log - a node that did not come so far as to begin leaves the file alone', async () => {
    const disk = new MemoryDisk();
    const keep = keepFor({ ageMs: dayMs, quotaBytes: 8 * mib });
    const log = new MessageLog({ disk, node: 'x', wall: () => 0, keep, timers: new HandTimers(), log: quietLog });
    note(log, line(1));
    await log.close();
    expect(disk.files.size).toBe(0);
  });

  test.each([
    ['half a line', '{"at":99,"what":"que'],
    ['what a power cut leaves', '\0\0\0\0\0\0\0\0'],
  ])('message log - the end of the file is torn: %s', async (_what, torn) => {
    const made = await make();
    note(made.log, line(1), line(2));
    await made.timers.pass(100);
    made.disk.put('messages.jsonl', made.disk.text() + torn);
    const next = await make({ disk: made.disk });
    const end = await findEnd(made.disk);
    expect([...end.told]).toEqual([`queued ${idOf(1)}`, `queued ${idOf(2)}`]);
    note(next.log, line(3));
    await next.timers.pass(100);
    expect(numbers(await read(next))).toEqual([1, 2, 3]);
    expect(next.disk.text()).not.toContain(torn);
  });

  test('message log - a file that was just begun is read with the one before it', async () => {
    const disk = new MemoryDisk();
    disk.put('messages-000004.jsonl', `${JSON.stringify(line(1))}\n${JSON.stringify(line(9))}\n`);
    disk.put(
      'messages.jsonl',
      `${JSON.stringify({ what: 'begun', at: 5, node: 'n', file: 5, outbox: 9, inbox: 3 })}\n`,
    );
    expect(await findEnd(disk)).toMatchObject({
      present: { number: 5 },
      ords: { outbox: 9, inbox: 3 },
      told: new Set([`queued ${idOf(1)}`, `queued ${idOf(9)}`]),
      since: 9 - 60_000,
    });
  });
});

describe('the end of the log', () => {
  const made = (first: number, more: readonly object[]): string =>
    [{ what: 'begun', at: first, node: 'n', file: 1, outbox: 0, inbox: 0 }, ...more]
      .map((one) => `${JSON.stringify(one)}\n`)
      .join('');

  test('end of the log - all that it tells of the last minute, from as many files as that takes', async () => {
    const disk = new MemoryDisk();
    disk.put('messages-000001.jsonl', made(100_000, [line(1, { at: 350_000 })]));
    disk.put('messages-000002.jsonl', made(300_000, [line(2, { at: 310_000 }), line(3, { at: 399_999 })]));
    disk.put('messages-000003.jsonl', made(410_000, [line(4, { at: 411_000 })]));
    const present = [line(5, { at: 460_000 }), line(6, { at: 20_000, madeUp: true })];
    // By the clock of its receiver.
    const running = [line(7, { at: 1, what: 'running' }), line(8, { at: 900_000, what: 'running' })];
    disk.put('messages.jsonl', made(420_000, [...present, ...running]));
    const { since, told } = await findEnd(disk);
    expect(since).toBe(400_000);
    expect([...told].sort()).toEqual([
      `queued ${idOf(4)}`,
      `queued ${idOf(5)}`,
      `running ${idOf(7)}`,
      `running ${idOf(8)}`,
    ]);
    // The clock was put back: what happened later by it is told of, too.
    disk.put('messages.jsonl', made(420_000, [line(5, { at: 450_000 })]));
    expect([...(await findEnd(disk)).told].sort()).toEqual([3, 4, 5].map((one) => `queued ${idOf(one)}`));
  });

  test('end of the log - where it would have to read too much, what happened before that is left', async () => {
    const disk = new MemoryDisk();
    const reason = 'x'.repeat(6 * mib);
    for (let file = 1; file <= 5; file += 1)
      disk.put(
        `messages-00000${file}.jsonl`,
        made(
          file * 1_000,
          [file, file + 10].map((one) => line(one, { at: file * 1_000, reason })),
        ),
      );
    disk.put('messages.jsonl', made(6_000, [line(6, { at: 6_000 })]));
    const { since, told } = await findEnd(disk);
    expect(since).toBe(3_000);
    expect([...told].sort()).toEqual([3, 4, 5, 6, 13, 14, 15].map((one) => `queued ${idOf(one)}`));
  });

  test('end of the log - where the head of a file is torn, the one before it says how far accepted messages go', async () => {
    const disk = new MemoryDisk();
    disk.put('messages-000001.jsonl', made(1_000, [line(3, { at: 2_000, what: 'accepted' })]));
    disk.put('messages.jsonl', `\0\0\n${JSON.stringify(line(9, { at: 900_000 }))}\n`);
    expect((await findEnd(disk)).ords).toEqual({ outbox: 9, inbox: 3 });
  });
});

describe('reading the log', () => {
  test('reading - by time, by node on either side, and by id of a message or of its submission', async () => {
    const made = await make();
    note(
      made.log,
      line(1, { submission: idOf(1) }),
      line(2, { submission: idOf(1), to: 'ship2' }),
      line(3, { what: 'accepted', from: 'ship2', to: 'central' }),
      { at: 4, what: 'dropped', lines: 5 },
      line(1, { at: 9, what: 'delivered' }),
    );
    await made.timers.pass(100);
    expect(numbers(await read(made))).toEqual([1, 2, 3, -5, 1]);
    expect(numbers(await read(made, { since: 4 }))).toEqual([-5, 1]);
    expect(numbers(await read(made, { node: 'ship2' }))).toEqual([2, 3]);
    expect(numbers(await read(made, { id: idOf(1) }))).toEqual([1, 2, 1]);
    expect(numbers(await read(made, { id: idOf(2) }))).toEqual([2]);
  });

  test('reading - what was noted just now is there, and a line that is longer than a piece of the file is whole', async () => {
    const made = await make();
    const reason = 'ä'.repeat(400_000);
    note(made.log, line(1, { reason }), line(2));
    const reading = read(made);
    await made.timers.pass(100);
    expect(await reading).toMatchObject([{ reason }, { id: idOf(2) }]);
  });

  test('reading - whoever follows gets every line once, also across files that get their numbers or are removed meanwhile', async () => {
    const made = await make();
    const ending = new AbortController();
    const seen: number[] = [];
    const following = (async () => {
      for await (const some of readLog({ ...made, signal: ending.signal }, { follow: true }))
        seen.push(...numbers(some.map((text) => JSON.parse(text) as LogLine)));
    })();
    const reason = 'x'.repeat(50_000);
    for (let number = 1; number <= 400; number += 1) {
      note(made.log, line(number, { reason }));
      if (number % 7 === 0) await made.timers.pass(100);
    }
    await made.timers.pass(100);
    ending.abort();
    await following;
    expect(seen).toEqual(Array.from({ length: 400 }, (_none, index) => index + 1));
    expect(made.disk.files.size).toBeLessThan(10);
  });

  test('reading - whoever follows a silent log hears of that', async () => {
    const made = await make();
    const ending = new AbortController();
    let silent = 0;
    const following = (async () => {
      for await (const some of readLog({ ...made, signal: ending.signal }, { follow: true }))
        if (some.length === 0) silent += 1;
    })();
    await made.timers.pass(50_000);
    ending.abort();
    await following;
    expect(silent).toBe(3);
  });
});
