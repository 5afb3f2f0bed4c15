// Whether a message that comes, or whose turn comes, is under way here already. Pure.
import type { Message } from '../model/message.ts';
import type { Context } from './context.ts';
import { mayComeAgain, type Accepted, type InLane } from './in-lane.ts';
import type { Job } from './job.ts';

/**
 * What is under way here comes again, if it may rerun: it is accepted already. A schedule that goes does so also where this node has lost a part of its
 * store, and its sender therefore sends it again: beside itself it would run each time twice.
 */
export function isHere(
  context: Context,
  { lane, epoch, message }: { readonly lane: InLane; readonly epoch: string; readonly message: Message },
): boolean {
  const { id, schedule } = message;
  if (schedule !== undefined && context.goesOn(lane, id)) return true;
  if (!mayComeAgain(lane, epoch)) return false;
  const works = [...lane.jobs, ...lane.resting].flatMap(({ accepted }) => accepted);
  return [...lane.queue, ...works].some((one) => one.message.id === id);
}

/** Whether the same schedule goes, or is about to: of two that begin in one step, the first. */
export function isCopy(context: Context, { lane }: Job, { record, message }: Accepted): boolean {
  const isFirst = (one: Accepted): boolean => one.message.id === message.id && one.record.ord < record.ord;
  const begins = [...lane.jobs].some(({ stage, accepted }) => stage !== 'ended' && accepted.some(isFirst));
  return begins || context.goesOn(lane, message.id);
}
