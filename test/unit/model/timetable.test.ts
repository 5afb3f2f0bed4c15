// When schedules are due: intervals, lines of cron, and the days on which clocks change.
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { timetableOf, type Timetable } from '../../../src/model/timetable.ts';

function cron(pattern: string, timezone?: string, offsetMs = 0): Timetable {
  return timetableOf({ when: { type: 'cron', pattern, ...(timezone === undefined ? {} : { timezone }) } }, offsetMs);
}

/** From there on, as UTC. */
function dues(table: Timetable, from: string, count: number): readonly string[] {
  const found: string[] = [];
  for (let point = table.next(Date.parse(from)); point !== undefined && found.length < count; point = table.next(point))
    found.push(new Date(point).toISOString().replace(':00.000Z', 'Z'));
  return found;
}

describe('intervals', () => {
  const every = (intervalMs: number, totalMs: number, offset = 0): Timetable =>
    timetableOf({ when: { type: 'every', intervalMs, totalMs } }, offset);

  test('timetable - an interval is due at once, and as long as its total is not over', () => {
    const table = every(1_000, 3_000);
    expect([table.next(-1), table.next(0), table.next(1_500), table.next(2_000)]).toEqual([0, 1_000, 2_000, undefined]);
    expect(table.count({ after: -1, until: 1e12, most: 1 })).toMatchObject({ count: 3, more: false });
    expect(table.last({ after: 0, until: 1e12, most: 5 })).toEqual([1_000, 2_000]);
    expect(every(10_000, 3_000).next(0)).toBeUndefined();
    expect(every(1_000, 2_500).count({ after: -1, until: 1e12, most: 9 }).count).toBe(3);
  });

  test('timetable - with jitter every point is later by the same', () => {
    const table = every(1_000, 3_000, 2_700);
    expect([table.next(-1), table.next(2_700), table.next(4_700)]).toEqual([2_700, 3_700, undefined]);
    expect(table.count({ after: -1, until: 2_699, most: 9 }).count).toBe(0);
  });
});

describe('daylight saving', () => {
  test('timetable - a fixed time that is left out is due when the gap ends, in three zones', () => {
    // 02:00 to 03:00 is left out, and on Lord Howe 02:00 to 02:30.
    expect(dues(cron('30 2 * * *', 'Europe/Oslo'), '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
    expect(dues(cron('30 2 * * *', 'America/New_York'), '2026-03-07T00:00Z', 3)).toEqual([
      '2026-03-07T07:30Z',
      '2026-03-08T07:00Z',
      '2026-03-09T06:30Z',
    ]);
    expect(dues(cron('15 2 * * *', 'Australia/Lord_Howe'), '2026-10-02T00:00Z', 3)).toEqual([
      '2026-10-02T15:45Z',
      '2026-10-03T15:30Z',
      '2026-10-04T15:15Z',
    ]);
    // Also one of several: no day is left out.
    expect(dues(cron('30 2,14 * * *', 'Europe/Oslo'), '2026-03-28T20:00Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-29T12:30Z',
    ]);
  });

  test('timetable - a fixed time that comes twice is due once, the first time', () => {
    expect(dues(cron('30 2 * * *', 'Europe/Oslo'), '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
    expect(dues(cron('30 1 * * *', 'America/New_York'), '2026-10-31T12:00Z', 2)).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ]);
    expect(dues(cron('45 1 * * *', 'Australia/Lord_Howe'), '2026-04-04T00:00Z', 2)).toEqual([
      '2026-04-04T14:45Z',
      '2026-04-05T15:15Z',
    ]);
  });

  test('timetable - what goes by the hour or the minute goes on by real time', () => {
    for (const [zone, from] of [
      ['Europe/Oslo', '2026-03-28T22:00Z'],
      ['Europe/Oslo', '2026-10-24T22:00Z'],
      ['America/New_York', '2026-03-08T04:00Z'],
      ['America/New_York', '2026-11-01T03:00Z'],
      ['Australia/Lord_Howe', '2026-10-03T13:00Z'],
      ['Australia/Lord_Howe', '2026-04-04T12:00Z'],
    ] as const) {
      const points = dues(cron('*/10 * * * *', zone), from, 60).map((text) => Date.parse(text));
      const gaps = new Set(points.slice(1).map((point, at) => (point - (points[at] ?? 0)) / 60_000));
      expect([...gaps], `${zone} ${from}`).toEqual([10]);
    }
    expect(dues(cron('15 * * * *', 'Europe/Oslo'), '2026-10-24T23:30Z', 4)).toEqual([
      '2026-10-25T00:15Z',
      '2026-10-25T01:15Z',
      '2026-10-25T02:15Z',
      '2026-10-25T03:15Z',
    ]);
  });
});

describe('lines of cron', () => {
  test('timetable - the last points before a time are those that come after each other', () => {
    const random = seededRandom(7);
    const patterns = ['*/20 * * * *', '30 2 * * *', '30 2,14 * * *', '*/7 * * * * *', '0 3 * * 1-5', '0 0 1 * *'];
    const days = ['2026-03-28', '2026-10-24', '2026-04-04', '2026-10-31'].map((day) => Date.parse(day));
    for (const zone of ['Europe/Oslo', 'America/New_York', 'Australia/Lord_Howe', undefined])
      for (const pattern of patterns)
        for (const [at, day] of days.entries()) {
          const table = cron(pattern, zone, at * 1_234);
          const after = day + Math.floor(random.next() * 2 * 86_400_000);
          const points: number[] = [];
          for (let next = table.next(after); next !== undefined && points.length < 8; next = table.next(next))
            points.push(next);
          const until = (points.at(-1) ?? 0) + Math.floor(random.next() * 2) * 300;
          expect(table.last({ after, until, most: 5 }), `${zone} ${pattern} ${after}`).toEqual(points.slice(-5));
          expect(table.last({ after, until: (points.at(-1) ?? 0) - 1, most: 1 })).toEqual(points.slice(-2, -1));
          expect(table.count({ after, until, most: 99 })).toMatchObject({ count: 8, more: false });
          expect(table.count({ after, until, most: 5 })).toMatchObject({ count: 5, more: true });
        }
  });

  test.each(['@daily', '0 3 * *', '* * * * * * *', '61 * * * *', '2026-12-01T00:00:00'])(
    'timetable - %j is no line',
    (line) => {
      expect(() => cron(line)).toThrow(/fields|CronPattern/);
    },
  );

  test('timetable - a zone that there is not is told when it is made', () => {
    expect(() => cron('* * * * *', 'No/Where')).toThrow(/No\/Where/);
  });
});
