// The subscriber of a lane as a process: what accepts its messages and has them run. It begins anew from the inbox when it crashes.
//
// 1. What runs already is a process of its own, and goes on.
// 2. A lane that is stopped accepts and starts nothing; where it stands it still answers, since its sender asks for all lanes at once.
import { laneMethod } from '../model/lane.ts';
import type { Context } from './context.ts';
import { forgetInLane, type InLane } from './in-lane.ts';
import type { Process } from './process.ts';
import { laneIntensity } from './publisher.ts';
import { reportCrash } from './report-crash.ts';

export function subscriberOf(context: Context, lane: InLane): Process {
  lane.process ??= createSubscriber(context, lane);
  return lane.process;
}

function createSubscriber(context: Context, lane: InLane): Process {
  const { from, name } = lane;
  const child = context.supervisor.start({
    id: `subscriber ${from} ${name}`,
    restart: 'transient',
    intensity: laneIntensity,
  });
  return {
    child,
    forget: () => forgetInLane(lane),
    crashed: (error) => reportCrash(context, { child, error, node: from, lane: name }),
    restart() {
      lane.anew = true;
      context.loadInLane(lane);
    },
  };
}

/** By its supervisor, or with its method by the operator. */
export function isStopped(context: Context, lane: InLane): boolean {
  return lane.process?.child.state === 'stopped' || context.subscriptions.isStopped(laneMethod(lane.name));
}
