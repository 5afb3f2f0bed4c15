// Schedules and a clock that is wrong, is set, or goes on without the node.
import { describe, expect, test } from 'vitest';
import { checkSchedule, cron, every, hour, june, minute, ScheduledShip, second } from '../../support/scheduled-ship.ts';
import { draft } from '../../support/simulated-world.ts';
import type { Schedule } from '../../../src/model/schedule.ts';

const day = 24 * hour;

function shipWith(schedule: Schedule, start?: number): ScheduledShip {
  const s = new ScheduledShip(1, start === undefined ? {} : { start });
  s.w.submit(s.central, [draft('ship1', 'cliCommand', { schedule })]);
  return s;
}

/** Goes on by so much, by the clock of the world. */
function pass(s: ScheduledShip, ms: number): void {
  s.w.runUntil(s.w.now + ms);
}

function minutesOf(s: ScheduledShip): readonly string[] {
  return s.dues().map((due) => due.slice(5, 16));
}

describe('a line of cron', () => {
  test('schedule - is run when it is due, and once for each time', () => {
    const s = shipWith(cron('0 3 * * *', { timezone: 'Europe/Oslo' }));
    pass(s, 3 * day);
    expect(minutesOf(s)).toEqual(['06-01T01:00', '06-02T01:00', '06-03T01:00']);
    checkSchedule(s, 'three nights', 3);
    expect(s.started()).toBe(3);
  });

  test('schedule - is not run without a node, and the last time is made up', () => {
    const s = shipWith(cron('0 * * * *'));
    pass(s, 90 * minute);
    s.kill(5 * hour);
    pass(s, 6 * hour);
    // 02:00 to 06:00 passed: of these the last is made up at half past six, and 07:00 is on time.
    expect(minutesOf(s)).toEqual(['06-01T01:00', '06-01T06:00', '06-01T07:00']);
    expect(checkSchedule(s, 'off', 7)).toMatchObject({
      missed: 4,
      lastMissed: { from: june + 2 * hour, to: june + 5 * hour },
    });
    expect(s.w.warnings.filter((text) => text.includes('were missed'))).toHaveLength(1);
  });

  test('schedule - all of them are made up in their order, or none', () => {
    const all = shipWith(cron('0 * * * *', { catchUp: 'all' }));
    pass(all, 90 * minute);
    all.kill(5 * hour);
    pass(all, 6 * hour);
    expect(minutesOf(all)).toEqual([1, 2, 3, 4, 5, 6, 7].map((at) => `06-01T0${at}:00`));
    checkSchedule(all, 'all', 7);
    const none = shipWith(cron('0 * * * *', { catchUp: 'none' }));
    pass(none, 90 * minute);
    none.kill(5 * hour);
    pass(none, 6 * hour);
    expect(minutesOf(none)).toEqual(['06-01T01:00', '06-01T07:00']);
    expect(checkSchedule(none, 'none', 7).missed).toBe(5);
  });

  test('schedule - a node that is half a minute late misses nothing', () => {
    const s = shipWith(cron('0 3 * * *', { catchUp: 'none' }));
    pass(s, 3 * hour - 30 * second);
    s.kill(minute);
    pass(s, hour);
    expect(minutesOf(s)).toEqual(['06-01T03:00']);
    checkSchedule(s, 'late', 1);
  });

  test('schedule - at most a thousand are made up, and of a year not each is counted', () => {
    const s = shipWith(cron('* * * * *', { catchUp: 'all' }));
    pass(s, 30 * second);
    s.kill(2 * day);
    pass(s, 2 * day + 2 * minute);
    const { missed, missedMore, runs, owed } = s.progress ?? { missed: 0, runs: 0, owed: 0 };
    expect(missedMore).toBe(true);
    expect(runs + owed).toBeLessThanOrEqual(1_002);
    expect(missed).toBeGreaterThan(0);
    pass(s, hour);
    expect(s.made.size).toBeGreaterThan(1_000);
    expect(s.made.size).toBeLessThan(1_100);
    expect(new Set(s.made.values()).size).toBe(s.made.size);
  });

  test.each(['once', 'all'] as const)(
    'schedule - a clock that jumps from 1970 to today fires one run at most (%s)',
    (catchUp) => {
      const s = shipWith(cron('* * * * *', { catchUp }), 0);
      pass(s, hour);
      // It does not know what time it is.
      expect(s.made.size).toBe(0);
      s.setClock(june);
      pass(s, 10 * minute);
      expect(s.made.size).toBeGreaterThanOrEqual(9);
      expect(s.made.size).toBeLessThanOrEqual(10);
      expect(s.progress).toMatchObject({ missed: 0, owed: 0 });
    },
  );

  test('schedule - a node that starts in 1970 makes up what was due while it was off, when its clock is set', () => {
    const s = shipWith(cron('0 3 * * *'));
    pass(s, hour);
    s.w.crash(s.ship);
    const ahead = s.ship.wallAhead;
    s.ship.wallAhead = 0;
    s.w.at(hour, () => s.w.start(s.ship));
    pass(s, 4 * hour);
    expect(s.made.size).toBe(0);
    s.ship.wallAhead = ahead;
    pass(s, minute);
    expect(minutesOf(s)).toEqual(['06-01T03:00']);
    pass(s, day);
    expect(minutesOf(s)).toEqual(['06-01T03:00', '06-02T03:00']);
    checkSchedule(s, '1970', 2);
  });

  test.each(['once', 'all', 'none'] as const)(
    'schedule - a clock that was behind by three days skips none of them silently (%s)',
    (catchUp) => {
      const s = shipWith(cron('0 3 * * *', { catchUp }));
      pass(s, hour);
      s.setClock(3 * day + 4 * hour);
      pass(s, 3 * hour);
      const made = catchUp === 'none' ? [] : ['06-04T03:00'];
      expect(minutesOf(s)).toEqual(made);
      expect(checkSchedule(s, 'behind', 4)).toMatchObject({ missed: 4 - made.length });
      pass(s, day);
      expect(minutesOf(s)).toEqual([...made, '06-05T03:00']);
    },
  );

  test('schedule - a clock that goes back by an hour runs no time twice', () => {
    const s = shipWith(cron('*/10 * * * *'));
    pass(s, 2 * hour + 5 * minute);
    expect(s.made.size).toBe(12);
    s.setClock(-hour);
    pass(s, hour - minute);
    expect(s.made.size).toBe(12);
    pass(s, hour);
    expect(minutesOf(s).slice(11)).toEqual(
      ['02:00', '02:10', '02:20', '02:30', '02:40', '02:50', '03:00'].map((at) => `06-01T${at}`),
    );
    checkSchedule(s, 'back', 18);
  });

  test('schedule - a clock that was a year ahead counts from where it is set', () => {
    const s = shipWith(cron('0 3 * * *'), june + 365 * day);
    pass(s, 4 * hour);
    expect(s.dues()).toEqual(['2027-06-01T03:00:00.000Z']);
    s.setClock(-365 * day);
    pass(s, day);
    expect(s.dues()).toEqual(['2027-06-01T03:00:00.000Z', '2026-06-02T03:00:00.000Z']);
    checkSchedule(s, 'ahead', 2);
  });

  test.each([30 * day, 300 * day])(
    'schedule - a node that starts with an old clock (by %i ms) runs no time twice when that is set',
    (behind) => {
      const s = shipWith(cron('0 3 * * *'));
      pass(s, 4 * hour);
      s.w.crash(s.ship);
      s.setClock(-behind);
      s.w.at(minute, () => s.w.start(s.ship));
      pass(s, 3 * minute);
      s.setClock(behind);
      pass(s, 10 * minute);
      expect(s.dues()).toEqual(['2026-06-01T03:00:00.000Z']);
      expect(checkSchedule(s, 'old clock', 1)).toMatchObject({ missed: 0 });
      pass(s, day);
      expect(minutesOf(s)).toEqual(['06-01T03:00', '06-02T03:00']);
    },
  );

  test('schedule - a clock that was a month ahead comes to where it was, and each time is run', () => {
    const s = shipWith(cron('0 3 * * *'), june + 30 * day);
    pass(s, 4 * hour);
    s.setClock(-30 * day);
    pass(s, 32 * day);
    expect(s.made.size).toBe(1 + 32);
    expect(s.progress).toMatchObject({ runs: 1 + 32, missed: 0 });
    expect(s.progress?.decidedTo).toBeUndefined();
  });

  test('schedule - jitter is the same each time, and another one on each node', () => {
    const w = new ScheduledShip().w;
    const central = w.nodes.get('central');
    const starts = new Map<string, number[]>();
    for (let ship = 2; ship < 12; ship += 1) {
      const node = w.add(`ship${ship}`);
      node.wallAhead = june;
      w.start(node);
    }
    w.runUntil(200);
    if (central === undefined) throw new Error('there is no central');
    const ships = [...w.nodes.keys()].filter((name) => name !== 'central');
    w.submit(
      central,
      ships.map((name) => draft(name, 'cliCommand', { schedule: cron('0 3 * * *', { jitterMs: hour }) })),
    );
    w.runUntil(3 * day);
    for (const { node, at, message } of w.runs)
      if (message.method === 'cliCommand') starts.set(node, [...(starts.get(node) ?? []), (at - 3 * hour) % day]);
    expect(starts.size).toBe(11);
    const firsts = new Set<number>();
    for (const [node, offsets] of starts) {
      expect(offsets, `${node}: schedule`).toHaveLength(3);
      expect(Math.max(...offsets) - Math.min(...offsets), `${node}: schedule`).toBeLessThan(second);
      expect(Math.min(...offsets), `${node}: schedule`).toBeGreaterThanOrEqual(0);
      expect(Math.max(...offsets), `${node}: schedule`).toBeLessThan(hour + second);
      firsts.add(Math.round((offsets[0] ?? 0) / second));
    }
    expect(firsts.size).toBeGreaterThan(8);
  });
});

describe('an interval', () => {
  test.each([
    ['an hour back', -hour],
    ['fifty years forward', 50 * 365 * day],
    ['to 1970', -june],
  ])('schedule - does not hear of a clock that is set %s', (_how, by) => {
    const s = shipWith(every(10, 600));
    pass(s, 5 * minute);
    s.setClock(by);
    pass(s, 6 * minute);
    expect(checkSchedule(s, 'set', 60)).toMatchObject({ runs: 60, missed: 0, skipped: 0 });
    expect(s.request().state).toBe('succeeded');
  });

  test('schedule - time that the node was off counts, if its clock was set', () => {
    const s = shipWith(every(10, 600));
    pass(s, 2 * minute);
    s.kill(3 * minute + 4 * second);
    pass(s, 9 * minute);
    // Of 120 s to 300 s the last one is made up.
    expect(checkSchedule(s, 'off', 60)).toMatchObject({ missed: 18, skipped: 0 });
    expect(s.request()).toMatchObject({ state: 'succeeded' });
  });

  test('schedule - time that the node was off does not count, where its clock was not set', () => {
    const s = shipWith(every(10, 600), 0);
    pass(s, 2 * minute);
    s.kill(3 * minute);
    pass(s, 12 * minute);
    expect(checkSchedule(s, '1970', 60)).toMatchObject({ runs: 60, missed: 0 });
    expect(s.request()).toMatchObject({ state: 'succeeded' });
  });

  test('schedule - a long interval goes on where it was when its node dies', () => {
    const s = shipWith(every(24 * 3600, 30 * 24 * 3600));
    pass(s, 12 * hour);
    s.kill(10 * minute);
    pass(s, 13 * hour);
    expect(s.made.size).toBe(2);
  });
});
