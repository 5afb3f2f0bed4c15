import { expect, test } from 'vitest';
import { isScheduled } from '../../../src/cli/actions/schedule-of.ts';

test('steward run - what belongs to a schedule is refused where none is given, and not run once', () => {
  for (const wanted of [{ for: 5 }, { jitter: 5 }, { timezone: 'UTC' }, { catchUp: 'all' }, { overlap: true }] as const)
    expect(() => isScheduled(wanted)).toThrow(/^--[a-z-]+ is for what runs again and again$/);
  expect(isScheduled({})).toBe(false);
  expect(isScheduled({ every: 5, for: 10, jitter: 1 })).toBe(true);
});
