// A schedule, and what says that a message is one run of it, as a head has them.
import {
  catchUps,
  leastIntervalMs,
  longestCron,
  longestTimeZone,
  type RunOf,
  type Schedule,
} from '../model/schedule.ts';
import { integer, list, messageId, span, spanOr, text, time, type Fields } from './field.ts';
import { invalid } from './frame.ts';

export function packSchedule({ when, catchUp, overlap, jitterMs }: Schedule): Record<string, unknown> {
  return {
    ...(when.type === 'every' ? { e: [when.intervalMs, when.totalMs] } : { c: when.pattern }),
    ...(when.type === 'cron' && when.timezone !== undefined ? { z: when.timezone } : {}),
    ...(catchUp === 'once' ? {} : { u: catchUp }),
    ...(overlap ? { o: 1 } : {}),
    ...(jitterMs === 0 ? {} : { j: jitterMs }),
  };
}

const keys: ReadonlySet<string> = new Set('eczuoj');

/** Throws `invalid-frame`. Whether the line and the zone are known, the schedule finds when it is made. */
export function unpackSchedule(head: Fields): Schedule {
  const unknown = Object.keys(head).find((key) => !keys.has(key));
  if (unknown !== undefined) throw invalid(`"${unknown.slice(0, 20)}" is nothing of a schedule`);
  const catchUp = head['u'] === undefined ? 'once' : catchUps.find((known) => known === head['u']);
  if (catchUp === undefined) throw invalid('"u" says nothing of what is missed');
  return { when: unpackWhen(head), catchUp, overlap: head['o'] === 1, jitterMs: spanOr(head, 'j', 0) };
}

function unpackWhen(head: Fields): Schedule['when'] {
  if (head['c'] !== undefined) {
    const zone = head['z'] === undefined ? {} : { timezone: text(head, 'z', longestTimeZone) };
    return { type: 'cron', pattern: text(head, 'c', longestCron), ...zone };
  }
  const [interval, total] = list(head, 'e', 2).map((value) => span({ e: value }, 'e', leastIntervalMs));
  if (interval === undefined || total === undefined) throw invalid('"e" is no two spans');
  return { type: 'every', intervalMs: interval, totalMs: total };
}

export function packRunOf({ id, number, due }: RunOf): Record<string, unknown> {
  return { i: id, n: number, ...(due === undefined ? {} : { d: due }) };
}

/** Throws `invalid-frame`. */
export function unpackRunOf(head: Fields): RunOf {
  const due = head['d'] === undefined ? {} : { due: time(head, 'd') };
  return { id: messageId(head, 'i'), number: integer(head, 'n', 1), ...due };
}
