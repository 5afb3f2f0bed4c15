// Whether a message that comes is under way here already. Pure.
import type { Message } from '../model/message.ts';
import type { Context } from './context.ts';
import { mayComeAgain, type InLane } from './in-lane.ts';
import { isDoubtful } from './next-job.ts';

/**
 * What is under way here comes again, if it may rerun: it is accepted already. A schedule that goes, or waits for its turn, does so also where this node
 * has lost a part of its store, and its sender therefore sends it again: beside itself it would run each time twice.
 */
export function isHere(
  context: Context,
  { lane, epoch, message }: { readonly lane: InLane; readonly epoch: string; readonly message: Message },
): boolean {
  const { id, schedule } = message;
  if (schedule !== undefined && context.goesOn(lane, id)) return true;
  const works = [...lane.jobs, ...lane.resting].flatMap(({ accepted }) => accepted);
  const same = [...lane.queue, ...works].filter((one) => one.message.id === id);
  // One that is in doubt will not go.
  if (schedule !== undefined && same.some((one) => !isDoubtful(context, one))) return true;
  return mayComeAgain(lane, epoch) && same.length > 0;
}
