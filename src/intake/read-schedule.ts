// When a message runs again: `schedule` or `cron`, and what belongs to them; and the original's `httpGetScheduled`.
import { parseSpan, spanExamples } from '../base/span.ts';
import { inlineBodyBytes } from '../model/message.ts';
import { isOperation, methodEntry, type MethodName } from '../model/method-name.ts';
import type { Schedule } from '../model/schedule.ts';
import { timetableOf } from '../model/timetable.ts';
import { refuseWrongArgs } from './check-args.ts';
import { fields } from './fields/fields.ts';
import { describeValue, quote, refuse, valueOf, type Given } from './given-fields.ts';
import type { NamedMethod } from './read-method.ts';
import { readArgs, readBoolean, readChoice, readShortText, readSpan } from './read-value.ts';

/** What the original had a method of its own for, which it has in any case. */
export const scheduledGetNames = ['REQHttpGetScheduled', 'httpGetScheduled'] as const;

export interface ScheduledGet {
  readonly method: NamedMethod;
  readonly args: readonly string[];
  readonly when: Schedule['when'];
}

const getExample = 'such as ["http://127.0.0.1:9000/metrics", "60", "10"]: every 60 seconds, for 10 minutes';

/** `[URL, interval in seconds, total in minutes]`. Undefined where the message has another method. */
export function readScheduledGet(given: Given): ScheduledGet | undefined {
  const written = valueOf(given, 'method');
  if (typeof written !== 'string') return undefined;
  if (!scheduledGetNames.some((name) => name.toLowerCase() === written.toLowerCase())) return undefined;
  const field =
    valueOf(given, 'methodArgs') === undefined && Array.isArray(valueOf(given, 'data')) ? 'data' : 'methodArgs';
  const [url, ...spans] = readArgs(given, field) ?? [];
  if (url === undefined || spans.length !== 2)
    return refuse(given, field, { message: `${written} has three arguments`, hint: getExample });
  const other = (['schedule', 'cron'] as const).find((name) => isSaid(valueOf(given, name)));
  if (other !== undefined)
    return refuse(given, other, {
      message: `${written} says when in its arguments`,
      hint: 'take httpGet, or leave it out',
    });
  const [intervalMs = 0, totalMs = 0] = spans.map((text, index) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    const ms = count * (index === 0 ? 1_000 : 60_000);
    if (ms > 0 && ms <= fields.schedule.mostMs) return ms;
    const what = index === 0 ? 'an interval in seconds' : 'a total in minutes';
    return refuse(given, field, { element: index + 1, message: `${quote(text)} is not ${what}`, hint: getExample });
  });
  refuseWrongArgs(given, { method: 'httpGet', field, args: [url] });
  return {
    method: { name: 'httpGet', unordered: false, written },
    args: [url],
    when: { type: 'every', intervalMs, totalMs },
  };
}

/** Undefined where it runs once. `when`: said already. */
export function readSchedule(
  given: Given,
  of: {
    readonly method: MethodName;
    readonly ackTimeoutMs: number;
    readonly bytes: number;
    readonly when: Schedule['when'] | undefined;
  },
): Schedule | undefined {
  const every = readInterval(given);
  const timezone = readZone(given);
  const cron = readCron(given, timezone);
  const rest = {
    timezone,
    catchUp: readChoice(given, 'catchUp'),
    overlap: readBoolean(given, 'overlap'),
    jitter: readSpan(given, 'jitter'),
  };
  if (every !== undefined && cron !== undefined)
    refuse(given, 'cron', { message: 'schedule and cron exclude each other', hint: 'leave one of them out' });
  const when = of.when ?? every ?? cron;
  const said = (['timezone', 'catchUp', 'overlap', 'jitter'] as const).find((name) => Boolean(rest[name]));
  if (when === undefined && said !== undefined)
    return refuse(given, said, {
      message: `${said} belongs to schedule or cron`,
      hint: 'give one of them, or leave it out',
    });
  if (when === undefined) return undefined;
  refuseOthers(given, of);
  if (when.type === 'every' && timezone !== undefined)
    refuse(given, 'timezone', { message: 'timezone belongs to cron', hint: 'leave it out' });
  return { when, catchUp: rest.catchUp ?? 'once', overlap: rest.overlap ?? false, jitterMs: rest.jitter ?? 0 };
}

function refuseOthers(
  given: Given,
  {
    method,
    ackTimeoutMs,
    bytes,
  }: { readonly method: MethodName; readonly ackTimeoutMs: number; readonly bytes: number },
): void {
  const field = isSaid(valueOf(given, 'cron')) ? 'cron' : isSaid(valueOf(given, 'schedule')) ? 'schedule' : 'method';
  if (isOperation(method) || methodEntry(method).streams === true)
    refuse(given, field, { message: `${method} cannot be run on a schedule`, hint: 'leave it out' });
  if (ackTimeoutMs === 0)
    refuse(given, 'ACKTimeout', {
      message: 'a message with a schedule wants an ACK: it could not be cancelled otherwise',
      hint: 'leave out ACKTimeout, or give it seconds',
    });
  if (isSaid(valueOf(given, 'replyTo')))
    refuse(given, 'replyTo', {
      message: 'the answers of a schedule come back to the node that sends it',
      hint: 'leave replyTo out; a replyMethod cliCommand may send them on',
    });
  if (bytes > inlineBodyBytes)
    refuse(given, 'data', {
      message: `a message with a schedule has at most ${inlineBodyBytes} bytes of data`,
      hint: 'send a file first, with the method file, and let the command read it',
    });
}

function readInterval(given: Given): Schedule['when'] | undefined {
  const value = valueOf(given, 'schedule');
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined;
  const { leastMs, mostMs } = fields.schedule;
  const hint = 'such as [60, 3600]: every minute, for an hour; seconds, or text such as "10m"';
  if (!Array.isArray(value))
    return refuse(given, 'schedule', { message: `schedule is [interval, total], not ${describeValue(value)}`, hint });
  if (value.length !== 2)
    return refuse(given, 'schedule', {
      message: `schedule has two spans, [interval, total], not ${value.length === 1 ? 'one' : value.length}`,
      hint,
    });
  const [intervalMs = 0, totalMs = 0] = value.map((one: unknown, element) => {
    const ms = parseSpan(one);
    const what = element === 0 ? 'the interval' : 'the total';
    if (ms === undefined || ms > mostMs)
      return refuse(given, 'schedule', {
        element,
        message: `${what} of a schedule cannot be ${describeValue(one)}`,
        hint: `${spanExamples}, at most ten years`,
      });
    if (ms < leastMs)
      return refuse(given, 'schedule', { element, message: `${what} of a schedule is at least a second`, hint });
    return ms;
  });
  return { type: 'every', intervalMs, totalMs };
}

function readCron(given: Given, timezone: string | undefined): Schedule['when'] | undefined {
  const text = readShortText(given, 'cron');
  if (text === undefined) return undefined;
  const pattern = text.trim().split(/\s+/).join(' ');
  const when = { type: 'cron' as const, pattern, ...(timezone === undefined ? {} : { timezone }) };
  const hint =
    'minute, hour, day of the month, month, day of the week, such as "0 3 * * *"; with six fields the first is the second';
  if (!/^\S+( \S+){4,5}$/.test(pattern))
    return refuse(given, 'cron', { message: `cron has five fields, or six, and not ${quote(text)}`, hint });
  try {
    if (timetableOf({ when }).next(0) !== undefined) return when;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^\w+: /, '') : String(error);
    return refuse(given, 'cron', { message: `cron cannot be ${quote(text)}: ${reason}`, hint });
  }
  return refuse(given, 'cron', { message: `cron ${quote(text)} is never due`, hint });
}

function readZone(given: Given): string | undefined {
  // A variable that was not set, mostly: its node's own zone would be another time of day.
  if (valueOf(given, 'timezone') === '')
    return refuse(given, 'timezone', {
      message: 'timezone is empty',
      hint: 'a name such as Europe/Oslo, or leave it out',
    });
  const zone = readShortText(given, 'timezone');
  if (zone === undefined) return undefined;
  if (/^[A-Za-z0-9_+/-]+$/.test(zone) && isZone(zone)) return zone;
  return refuse(given, 'timezone', {
    message: `there is no time zone ${quote(zone)}`,
    hint: 'a name such as Europe/Oslo, or UTC',
  });
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    // That is how it says so.
    return false;
  }
}

function isSaid(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== '' &&
    value !== false &&
    value !== 0 &&
    !(Array.isArray(value) && value.length === 0)
  );
}
