// The fields that have a message run again and again on its node.
import { catchUps, leastIntervalMs, longestCron, longestTimeZone } from '../../model/schedule.ts';
import { longestSpanMs } from '../../base/span.ts';
import type { FieldDefinition } from './field-definition.ts';

const nightly = { toNode: 'ship1', method: 'cliCommand', methodArgs: ['./backup'], cron: '0 3 * * *' } as const;

export const scheduleFields = {
  schedule: {
    kind: 'interval',
    leastMs: leastIntervalMs,
    mostMs: longestSpanMs,
    doc: 'The message runs on its node at once and then after every interval, until the total is over: `[interval, total]`. It is kept there, and goes on without a link and after a restart; each run has an answer of its own. See schedules.md.',
    default: 'it runs once',
    example: [60, 3600],
  },
  cron: {
    kind: 'cron',
    longest: longestCron,
    doc: 'The message runs on its node whenever this line is due: minute, hour, day of the month, month, day of the week; with six fields the first is the second. Until it is cancelled.',
    default: 'it runs once',
    example: '0 3 * * *',
  },
  timezone: {
    kind: 'zone',
    longest: longestTimeZone,
    doc: 'The time zone in which `cron` is meant.',
    default: 'that of the node where it runs',
    example: 'Europe/Oslo',
    beside: nightly,
  },
  catchUp: {
    kind: 'choice',
    allowed: catchUps,
    doc: 'What becomes of runs that were missed, because the node was off or its clock was wrong: `once` makes up the last of them, `all` each one in its order, up to 1,000, `none` none. The others are counted as missed.',
    default: '`once`',
    example: 'none',
    beside: nightly,
  },
  overlap: {
    kind: 'boolean',
    doc: 'A run may begin while the one before it still goes. Otherwise it is skipped, and counted.',
    default: '`false`',
    example: true,
    beside: nightly,
  },
  jitter: {
    kind: 'span',
    leastMs: 0,
    mostMs: longestSpanMs,
    doc: 'Runs begin later by a part of this span, which is the same each time and another one on each node, so that a fleet does not begin at once.',
    default: '0',
    example: '10m',
    beside: nightly,
  },
} as const satisfies Readonly<Record<string, FieldDefinition>>;
