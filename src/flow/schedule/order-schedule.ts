// Lists the schedules of this node, pauses, resumes and cancels them: for its operators, here or at another node (opSchedule).
//
// From: operate.ts, for a message, and flow.ts, for the API. To: schedules.ts.
// 1. An order that names what is not here changes nothing.
// 2. What it lists is bounded: the next ones first.
import { StewardError } from '../../model/error.ts';
import type { ListedSchedules } from '../../model/schedule-row.ts';
import type { Context } from '../context.ts';
import type { Active } from './active.ts';
import { listSchedules } from './list-schedules.ts';
import type { Schedules } from './schedules.ts';

const maxListed = 200;
const verbs = ['list', 'pause', 'resume', 'cancel'] as const;
const example = 'list, or pause, resume or cancel with ids of schedules';

/** `[VERB, ID…]`; without any, `list`. Answers those that are meant as they are then. Throws `invalid-usage`. */
export function orderSchedule(
  context: Context,
  schedules: Schedules,
  order: { readonly words: readonly string[]; readonly by: string },
): ListedSchedules {
  const { words, by } = order;
  const [first = 'list', ...ids] = words;
  const verb = verbs.find((known) => known === first);
  if (verb === undefined || (verb !== 'list' && ids.length === 0))
    throw new StewardError('invalid-usage', `schedules know no "${words.join(' ').slice(0, 80)}"`, { hint: example });
  const all = schedules.list();
  const meant = ids.length === 0 ? all : ids.map((id) => find(context, all, id));
  for (const active of meant) {
    if (verb === 'pause') schedules.pause(active, by);
    if (verb === 'resume') schedules.resume(active);
    if (verb === 'cancel') schedules.cancel(active, `cancelled by ${by}`);
  }
  const rows = listSchedules(context, meant);
  return { schedules: rows.slice(0, maxListed), more: rows.length > maxListed };
}

function find(context: Context, all: readonly Active[], id: string): Active {
  const found = all.find(({ accepted }) => accepted.message.id === id);
  if (found !== undefined) return found;
  throw new StewardError('invalid-usage', `there is no schedule ${id.slice(0, 40)} on ${context.node}`, {
    hint: 'steward schedule list names those that go; one that has ended is shown by steward status',
  });
}
