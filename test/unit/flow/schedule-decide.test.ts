// How much a look at a schedule reckons: it runs on the thread of the node.
import { Cron } from 'croner';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { advance, bounds, newProgress, passBy } from '../../../src/flow/schedule/decide.ts';
import { draft } from '../../support/simulated-world.ts';
import { timetableOf } from '../../../src/model/timetable.ts';
import type { CatchUp, ScheduleProgress } from '../../../src/model/schedule.ts';
import { every, hour, june, minute, ScheduledShip, second } from '../../support/scheduled-ship.ts';

const timetable = timetableOf({ when: { type: 'cron', pattern: '* * * * * *' } });
const wallAt = (point: number): number => point;

/** Looks until all that has come is taken in; answers how many points the largest look has reckoned. */
function lookAll(from: ScheduleProgress, now: number, catchUp: CatchUp): { progress: ScheduleProgress; most: number } {
  const next = vi.spyOn(Cron.prototype, 'nextRun');
  const previous = vi.spyOn(Cron.prototype, 'previousRuns');
  let progress = from;
  let most = 0;
  for (let isPart: true | undefined = true; isPart === true;) {
    next.mockClear();
    previous.mockClear();
    ({ progress, isPart } = advance(progress, { timetable, now, wallAt, keep: bounds[catchUp] }));
    const back = previous.mock.calls.reduce((sum, [count]) => sum + count, 0);
    most = Math.max(most, next.mock.calls.length + back);
  }
  return { progress, most };
}

afterEach(() => vi.restoreAllMocks());

describe('a look', () => {
  test.each(['once', 'none', 'all'] as const)(
    'schedule - reckons some hundred points at most for a quarter of an hour of seconds (%s)',
    (catchUp) => {
      const from = newProgress({ through: june, wall: june });
      const { progress, most } = lookAll(from, june + 15 * minute, catchUp);
      const owed = catchUp === 'all' ? 900 : 1;
      expect(progress).toMatchObject({ through: june + 15 * minute, owed, missed: 900 - owed });
      expect(progress.done).toBe(june + (900 - owed) * second);
      expect(most).toBeLessThan(250);
    },
  );

  test.each(['once', 'none'] as const)('schedule - and for a year of them (%s)', (catchUp) => {
    const from = newProgress({ through: june, wall: june });
    const { progress, most } = lookAll(from, june + 365 * 24 * hour, catchUp);
    expect(progress).toMatchObject({ owed: 1, missedMore: true, through: june + 365 * 24 * hour });
    expect(progress.missed).toBeGreaterThan(900);
    expect(most).toBeLessThan(250);
  });

  test.each([
    [15 * minute, 900],
    [365 * 24 * hour, 1_000],
  ])('schedule - and of a pause of %i ms', (pausedMs, counted) => {
    const next = vi.spyOn(Cron.prototype, 'nextRun');
    const now = june + pausedMs;
    let progress = newProgress({ through: june, wall: june });
    do {
      next.mockClear();
      progress = passBy(progress, { timetable, now, wallAt });
      expect(next.mock.calls.length).toBeLessThan(250);
    } while (progress.passing !== undefined);
    expect(progress).toMatchObject({ through: now, done: now, paused: counted });
  });

  test('schedule - and where a thousand wait already, for each that comes', () => {
    const full = { ...newProgress({ through: june, wall: june }), through: june + 1_000 * second, owed: 1_000 };
    const { progress, most } = lookAll(full, june + 1_001 * second, 'all');
    expect(progress).toMatchObject({ owed: 1_000, missed: 1, done: june + second, through: june + 1_001 * second });
    expect(most).toBeLessThan(10);
  });
});

describe('why times were missed', () => {
  const timetable = timetableOf(every(1, 60));
  const wallAt = (point: number): number => point;
  const before = newProgress({ through: -1, wall: june });
  const why = (progress: ScheduleProgress, now: number, lateBy?: string): string | undefined =>
    advance(progress, { timetable, now, wallAt, keep: 0, lateBy }).progress.lastMissed?.reason;

  test('schedule - it is what made them late, also where pauses are short', () => {
    expect(why(before, 4 * second, 'the node did not run')).toBe('the node did not run');
    expect(why({ ...before, done: 0, through: 0 }, 4 * second)).toBe('the node was busy with other things');
    const owing = { ...before, done: 0, through: 2 * second, owed: 2 };
    expect(why(owing, 3 * second)).toBe('those before were still to be made up');
    expect(why(owing, 5 * second)).toBe('those before were still to be made up');
  });

  test('schedule - a node that was off for some seconds says so, and one that goes on says nothing of that', () => {
    const s = new ScheduledShip();
    s.w.submit(s.central, [draft('ship1', 'cliCommand', { schedule: every(1, 30, { catchUp: 'none' }) })]);
    s.w.runUntil(4_500);
    s.kill(4_000);
    s.w.runUntil(20_000);
    expect(s.progress?.lastMissed?.reason).toBe('the node did not run');
    const { missed = 0 } = s.progress ?? {};
    expect(missed).toBeGreaterThanOrEqual(3);
    s.w.runUntil(28_000);
    expect(s.progress?.missed).toBe(missed);
  });
});
