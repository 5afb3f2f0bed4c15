// Lets a method run again whose run was not successful, as often as its message asks for (`methodRetries`).
//
// Boundary. From: run.ts, with a run that has ended, and with what an earlier life of the node left waiting. To: the store, and back
// to run.ts when the pause is over.
// 1. Only a run that is known to have ended as failed or timed out is followed by another one; how often the method was begun is durable
//    before each (run.ts), so that no crash gives it more.
// 2. The pause counts node time, which is saved as it passes (I8): the next life waits for what this one has left of it.
// 3. An ordered lane waits for all attempts of a message. An unordered one goes on meanwhile, until `maxResting` of its messages rest.
import type { RunResult } from '../methods/run.ts';
import { isUnordered } from '../model/lane.ts';
import { inlineBodyBytes } from '../model/message.ts';
import type { Context } from './context.ts';
import type { StoreOp } from '../model/store-op.ts';
import { requeue, type Accepted, type InLane } from './in-lane.ts';
import type { Job } from './job.ts';

/** Messages of an unordered lane that may rest between two attempts; while there are so many it starts no other. */
export const maxResting = 256;
const saveEveryMs = 60_000;
const saveKey = 'node-time-at-rest';

/** As its method begins once more. */
export function begun(accepted: Accepted): Accepted {
  const { record } = accepted;
  return { ...accepted, record: { ...record, attempts: record.attempts + 1, retryAt: null } };
}

/** The result as it is told: with the number of attempts, where there was more than one. */
export function told({ record }: Accepted, result: RunResult): RunResult {
  return record.attempts <= 1 ? result : { ...result, outcome: { ...result.outcome, attempts: record.attempts } };
}

/** The message of this job whose run is to be followed by another one. It was alone in its job (next-job.ts). */
export function toRunAgain(job: readonly Accepted[], results: readonly RunResult[]): Accepted | undefined {
  const [accepted] = job;
  const state = results[0]?.outcome.state;
  if (accepted === undefined || (state !== 'failed' && state !== 'timedOut')) return undefined;
  return accepted.record.attempts <= (accepted.message.methodRetries ?? 0) ? accepted : undefined;
}

interface RetriesParts {
  /** Takes up a lane again, as far as it may. */
  readonly goOn: (lane: InLane) => void;
  /** What a message that rests has left may be used by others. */
  readonly onRest: () => void;
}

export class Retries {
  private readonly context: Context;
  private readonly parts: RetriesParts;
  private resting = 0;
  /** Ends the rest of a job; `cancel`: its sender does not want it any more. */
  private readonly rests = new Map<Job, (cancel: string | null) => void>();

  constructor(context: Context, parts: RetriesParts) {
    this.context = context;
    this.parts = parts;
  }

  /** Its run has ended. It is a job of the lane still. */
  restFrom(job: Job, accepted: Accepted): void {
    const { context } = this;
    const { record, message } = accepted;
    const { ord, attempts } = record;
    const retryAt = context.nodeTime() + (message.methodRetryWaitMs ?? 0);
    const rest = (): void => {
      const body = message.bodySize > inlineBodyBytes ? undefined : accepted.body;
      this.rest(job, { message, body, record: { ...record, mark: null, retryAt } });
    };
    const ops: StoreOp[] = [this.time(), { op: 'inbox-retry', ord, attempts, retryAt }];
    context.commitAndFollow(ops, { follow: [rest], others: [this.parts.onRest] });
  }

  /** What remains of the pause of a job, which then comes first in its lane. */
  rest(job: Job, accepted: Accepted): void {
    const { context, parts } = this;
    const { lane } = job;
    const { record, message } = accepted;
    const left = (record.retryAt ?? 0) - context.nodeTime();
    this.settle(job);
    // Of a store that was put back its own time may be less than it was.
    const delayMs = Math.min(Math.max(0, left), message.methodRetryWaitMs ?? 0);
    const key = `again:${lane.from}/${lane.name}/${record.ord}`;
    const goOn = (cancel: string | null): void => {
      context.cancelTimer(key);
      this.rests.delete(job);
      this.resting -= 1;
      lane.jobs.delete(job);
      lane.resting.delete(job);
      requeue(lane, { ...accepted, record: { ...record, retryAt: null, cancel } });
      parts.goOn(lane);
    };
    this.rests.set(job, goOn);
    context.undo(() => this.rests.delete(job));
    // The order may have come while the commit that lets it rest was under way.
    if (job.cancel !== undefined) return goOn(job.cancel);
    context.timer(key, delayMs, () => goOn(record.cancel));
    this.saveTime();
    if (isUnordered(lane.name)) parts.goOn(lane);
  }

  /** It rests: of an unordered lane it holds up nothing. Taken back if the step fails. */
  private settle(job: Job): void {
    const { lane, stage, finish } = job;
    this.context.undo(() => {
      this.resting -= 1;
      lane.resting.delete(job);
      lane.jobs.add(job);
      Object.assign(job, { stage, finish });
    });
    this.resting += 1;
    if (isUnordered(lane.name)) {
      lane.jobs.delete(job);
      lane.resting.add(job);
    }
    Object.assign(job, { stage: 'resting', finish: undefined });
  }

  /** Its sender does not want it any more: it is over as soon as its lane goes on with it. */
  wakeUp(job: Job, cancel: string): void {
    this.rests.get(job)?.(cancel);
  }

  /** The node stops: what rests goes on doing so in the next life. */
  stop(): void {
    if (this.resting > 0) this.context.commit([this.time()]);
  }

  private saveTime(): void {
    const { context } = this;
    if (context.hasTimer(saveKey)) return;
    context.timer(saveKey, saveEveryMs, () => {
      if (this.resting === 0) return;
      context.commit([this.time()]);
      this.saveTime();
    });
  }

  private time(): { readonly op: 'meta'; readonly key: string; readonly value: string } {
    return { op: 'meta', key: 'nodeTime', value: String(this.context.nodeTime()) };
  }
}
