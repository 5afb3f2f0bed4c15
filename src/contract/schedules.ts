// The schedules of a node, as its API and `opSchedule` give them, and what is wished of them.
import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const outcome = v.picklist(['succeeded', 'failed', 'timedOut', 'cancelled', 'rejected', 'unknown']);

const scheduleSchema = v.object({
  id: v.string(),
  from: v.string(),
  method: v.string(),
  args: v.array(v.string()),
  description: v.exactOptional(v.string()),
  /** `every 60 s for 3600 s`, or the line of cron. */
  when: v.string(),
  timezone: v.exactOptional(v.string()),
  catchUp: v.string(),
  overlap: v.boolean(),
  jitterMs: count,
  state: v.picklist(['waiting', 'running', 'catching up', 'paused', 'clock not set', 'being cancelled']),
  pausedBy: v.exactOptional(v.string()),
  /** Runs that go now. */
  going: count,
  /** By the clock of that node, milliseconds since 1970, as all times here; absent: none is known. */
  next: v.exactOptional(v.number()),
  lastRun: v.exactOptional(
    v.object({
      due: v.number(),
      startedAt: v.number(),
      state: v.union([outcome, v.literal('running')]),
      exitCode: v.exactOptional(v.number()),
      reason: v.exactOptional(v.string()),
    }),
  ),
  runs: count,
  /** How they ended. */
  ended: v.record(v.string(), count),
  /** Still to be made up. */
  owed: count,
  skipped: count,
  /** Times that passed while it was paused. */
  paused: count,
  missed: count,
  /** There were more than were counted. */
  missedMore: v.exactOptional(v.literal(true)),
  lastMissed: v.exactOptional(v.object({ from: v.number(), to: v.number(), reason: v.string() })),
});

export const schedulesSchema = v.object({ schedules: v.array(scheduleSchema), more: v.boolean() });

/** `[VERB, ID…]`, as the method `opSchedule` is given it. */
export const scheduleWishSchema = v.strictObject({
  words: v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(1001)),
  by: v.exactOptional(v.pipe(v.string(), v.maxLength(100))),
});

export type ScheduleView = v.InferOutput<typeof scheduleSchema>;
export type SchedulesView = v.InferOutput<typeof schedulesSchema>;
export type ScheduleWish = v.InferOutput<typeof scheduleWishSchema>;
