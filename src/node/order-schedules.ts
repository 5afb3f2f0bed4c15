// The schedules of this node, as its API has them: through the flow, which alone knows how far they have come.
import type { ScheduleWish } from '../contract/schedules.ts';
import { StewardError } from '../model/error.ts';
import type { ListedSchedules } from '../model/schedule-row.ts';
import type { Engine } from './engine.ts';

/** Throws `invalid-usage`, and what keeps the node from doing it. */
export async function orderSchedules(
  { node, engine }: { readonly node: string; readonly engine: Engine },
  { words, by }: ScheduleWish,
): Promise<ListedSchedules> {
  const answer = await new Promise<ListedSchedules | StewardError>((resolve) =>
    engine.handle({
      type: 'schedule',
      words,
      by: by === undefined ? node : `${by} on ${node}`,
      answer: (listed) => resolve(listed),
    }),
  );
  if (answer instanceof StewardError) throw answer;
  return answer;
}
