// What becomes of the messages of a job whose process crashed.
//
// 1. What has not started begins anew, and what has ended is ended again with the same result: nothing runs twice (P2).
// 2. Its crashes are those of the subscriber that it works for: past that one's intensity the lane stops.
import { describeError } from '../model/error.ts';
import type { Context } from './context.ts';
import type { Accepted, InLane } from './in-lane.ts';
import type { Job } from './job.ts';
import type { Process } from './process.ts';
import { runKey } from './run-request.ts';
import { isStopped, subscriberOf } from './subscriber.ts';

/** What is done with it. */
export interface JobKeeper {
  goOn(job: Job): void;
  forgetJob(job: Job): void;
  putBack(job: Job, begun: boolean): void;
  setAside(job: Job): void;
  offerSlots(): void;
}

export function createJobProcess(
  context: Context,
  of: { accepted: readonly Accepted[]; lane: InLane; runner: JobKeeper; job: () => Job },
): Process {
  const { accepted, lane, runner, job } = of;
  const subscriber = subscriberOf(context, lane);
  const first = accepted[0];
  const id = first === undefined ? 'run' : `run ${runKey(first.message)}`;
  const child = context.supervisor.start({ id, restart: 'temporary', intensity: { restarts: 0, periodMs: 0 } });
  return {
    child,
    forget: () => undefined,
    crashed: (error) => subscriber.crashed(new Error(`${id}: ${describeError(error)}`, { cause: error })),
    restart() {
      const crashed = job();
      if (!lane.jobs.has(crashed)) return;
      if (crashed.stage !== 'ended' && crashed.finish !== undefined) {
        if (isStopped(context, lane)) runner.setAside(crashed);
        else runner.goOn(crashed);
        return;
      }
      // Its method has it, or its timer: its end will come.
      if (crashed.stage === 'running' || crashed.stage === 'resting') return;
      takeBack(context, runner, crashed);
      subscriber.forget();
      subscriber.restart();
      runner.offerSlots();
    },
  };
}

function takeBack(context: Context, runner: JobKeeper, job: Job): void {
  const { accepted, stage } = job;
  // It lets go of the places in files that it was given; those of an earlier life it keeps.
  const unmarked = accepted.filter(({ record }) => record.mark === null);
  if (stage !== 'ended') for (const { message } of unmarked) context.tellRun({ type: 'release', key: runKey(message) });
  if (stage === 'starting')
    for (const { message } of accepted) context.tellRun({ type: 'disarm', key: runKey(message) });
  if (stage === 'starting') runner.putBack(job, false);
  runner.forgetJob(job);
}
