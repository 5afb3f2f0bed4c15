// Puts the schedules of a node together with the stages that they need, and that need them.
import { StewardError } from '../../model/error.ts';
import { cancelOne, type CancelParts } from '../cancel-here.ts';
import type { Context } from '../context.ts';
import type { FlowEvent } from '../event.ts';
import { stepProcess } from '../step-process.ts';
import type { ListedSchedules } from '../../model/schedule-row.ts';
import { ofRun } from './active.ts';
import { orderSchedule } from './order-schedule.ts';
import { Schedules, type ScheduleParts } from './schedules.ts';

export function openSchedules(context: Context, parts: Omit<ScheduleParts, 'cancelRun'> & CancelParts): Schedules {
  const schedules = new Schedules(context, {
    ...parts,
    cancelRun: (record, reason) => cancelOne(context, parts, { record, running: true, reason }),
  });
  context.cancelSchedule = (ord, of) => schedules.cancelByOrder(ord, of);
  context.runEnded = (accepted, outcome, change) => schedules.ended(accepted, outcome, change);
  context.whyRunCancelled = (accepted) =>
    accepted.message.runOf === undefined ? null : (ofRun(schedules.list(), accepted)?.cancel ?? null);
  context.goesOn = ({ from, name }, id) =>
    schedules
      .list()
      .some(({ lane, accepted }) => accepted.message.id === id && lane.from === from && lane.name === name);
  context.lookAtSchedules = () => schedules.lookAtAll();
  context.makeSchedule = (lane, accepted) => schedules.make(lane, accepted);
  return schedules;
}

/** An order of an operator of this node. Where its step fails, nothing of it has happened; what has, is durable before it is told. */
export function answerOrder(
  context: Context,
  schedules: Schedules,
  { words, by, answer }: FlowEvent & { readonly type: 'schedule' },
): void {
  if (context.stopping || !context.ready)
    return answer(
      new StewardError('stopping', 'the node is starting or stopping', { hint: 'try it again when it is up' }),
    );
  const changes = words.length > 0 && words[0] !== 'list';
  if (changes && context.stalled !== undefined)
    return answer(
      new StewardError('store-unavailable', context.stalled, { hint: 'try it again when the node can write' }),
    );
  const process = stepProcess(context, { id: 'order', fate: 'was refused' });
  const act = (): ListedSchedules | StewardError => {
    try {
      return orderSchedule(context, schedules, { words, by });
    } catch (error) {
      if (error instanceof StewardError) return error;
      throw error;
    }
  };
  const mistake = new StewardError('internal', 'this node could not handle it', { hint: 'see its log, and report it' });
  const listed = context.within(process, act, mistake);
  if (!changes || listed instanceof StewardError) return answer(listed);
  // Behind the commits of the step.
  context.commit([], () => answer(listed));
}
