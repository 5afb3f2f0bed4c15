// Runs what was accepted: one after the other in an ordered lane, at once in an unordered one.
//
// Boundary. From: accept and restart. To: job-runner.ts, which has them run, and answer.ts.
// 1. `started` is durable before a method starts (I6), where it can be by the commit that accepts it, or that ends the one
//    before it. A pure method needs no mark: it runs inside the commit of its outcome.
// 2. The next of an ordered lane starts when the one before it has ended, durably.
// 3. Nothing starts while the node stops, while the store cannot write, while the subscriber is stopped, or before a lane that held
//    something at the start has heard of its sender (hear-first.ts).
// 4. A command, or an httpGet, needs a slot (slots.ts): its lane waits for one, and is gone on with when it is offered one.
import type { RunResult } from '../methods/run.ts';
import { isUnordered } from '../model/lane.ts';
import { isOperation } from '../model/method-name.ts';
import type { Acknowledgements } from './acknowledge.ts';
import { addAnswer } from './answer.ts';
import type { Change } from './change.ts';
import type { Context } from './context.ts';
import { laneKey, setTwinsAside, type Accepted, type InLane } from './in-lane.ts';
import { Jobs } from './job-runner.ts';
import { isDoubtful, loadQueue, takeJob, whyCancelled } from './next-job.ts';
import type { Peers } from './presence.ts';
import { maxResting } from './retry-run.ts';
import { requestOf } from './run-request.ts';
import { Slots } from './slots.ts';
import { isStopped, subscriberOf } from './subscriber.ts';

/** Until the word that a process began anew leaves, the first time within the period of its restarts. */
const anewMs = 100;

/** Of what goes on for long (`tailFile`, copies) so many of one lane are under way; more wait. */
export const mostEndless = 1_000;

export class Runner {
  readonly jobs: Jobs;
  private readonly context: Context;
  private readonly peers: Peers;
  private readonly acknowledgements: Acknowledgements;
  private readonly slots: Slots;
  /** Lanes that could not go on while the store was stalled. */
  private readonly held = new Set<InLane>();

  constructor(context: Context, peers: Peers, acknowledgements: Acknowledgements) {
    this.context = context;
    this.peers = peers;
    this.acknowledgements = acknowledgements;
    this.slots = new Slots(context);
    this.jobs = new Jobs(context, { peers, lanes: this, slots: this.slots });
  }

  /** Goes on with a lane as far as it may. Safe to call at any time. */
  runNext(lane: InLane): void {
    const { context } = this;
    if (context.stopping || !context.ready || isWaiting(context, lane)) return;
    if (context.stalled !== undefined) {
      this.held.add(lane);
      return;
    }
    context.within(subscriberOf(context, lane), () => this.beginNext(lane), undefined);
  }

  private beginNext(lane: InLane): void {
    const { context } = this;
    setTwinsAside(lane);
    while (lane.queue.length > 0 && lane.jobs.size < this.mostJobs(lane)) {
      if (!this.slots.take(lane)) return;
      const accepted = takeJob(context, lane);
      if (accepted.length === 0) return;
      this.jobs.begin(this.jobs.create(lane, accepted));
      setTwinsAside(lane);
    }
    if (lane.queue.length === 0 && lane.more && !lane.paging) loadQueue(context, lane, () => this.runNext(lane));
  }

  /** Files are written in batches, so that one job at a time does more than many. */
  private mostJobs(lane: InLane): number {
    if (lane.resting.size >= maxResting) return 0;
    const first = lane.queue[0];
    const kind = first === undefined ? 'inline' : this.context.options.methods.kindOf(first.message.method);
    if (first === undefined || !isUnordered(lane.name) || kind !== 'process') return 1;
    return this.slots.isFor(first.message.method) ? this.context.options.maxRunning : mostEndless;
  }

  release(): void {
    const lanes = [...this.held];
    this.held.clear();
    for (const lane of lanes) this.runNext(lane);
  }

  /** Whether a message of this lane could run inside the commit that accepts it. */
  mayRunInline(lane: InLane, accepted: Pick<Accepted, 'message' | 'body'>): boolean {
    const { context } = this;
    const inTurn =
      isUnordered(lane.name) || (lane.jobs.size === 0 && lane.queue.length === 0 && !lane.more && !lane.paging);
    return (
      inTurn &&
      !context.stopping &&
      accepted.body !== undefined &&
      accepted.message.beyond === undefined &&
      accepted.message.schedule === undefined &&
      context.options.methods.kindOf(accepted.message.method) === 'inline'
    );
  }

  runInline(accepted: Accepted): RunResult {
    if (isOperation(accepted.message.method)) return this.context.operate(accepted.message);
    return this.context.options.methods.runInline(requestOf(accepted, accepted.body ?? new Uint8Array()));
  }

  /** A lane that was stopped goes on, and its sender hears of it. */
  revive(lane: InLane): void {
    this.jobs.goOnWithLeft(lane);
    this.tellWhereItStands(lane);
    this.runNext(lane);
  }

  /**
   * Goes on with a lane within a change that accepts what comes next, or that ends what came before: a command starts by the
   * same sync, and a file is prepared meanwhile. `ending`: jobs of the lane that are over when the change is durable.
   */
  runWithin(lane: InLane, change: Change, ending = 0): void {
    const { context } = this;
    if (context.stopping || context.stalled !== undefined || isWaiting(context, lane)) return;
    context.touch(subscriberOf(context, lane));
    setTwinsAside(lane);
    for (let next = lane.queue[0]; next !== undefined; setTwinsAside(lane), next = lane.queue[0]) {
      const { body, message } = next;
      const kind = context.options.methods.kindOf(message.method);
      if (lane.jobs.size - ending >= this.mostJobs(lane) || body === undefined || isDoubtful(context, next)) return;
      if (next.record.retryAt !== null || whyCancelled(context, next) !== null) return;
      // It is looked at first (job-runner.ts).
      if (message.beyond !== undefined || message.schedule !== undefined) return;
      if (kind === 'process' && message.replyTo !== undefined) return;
      if (kind === 'process') {
        if (!this.slots.take(lane)) return;
        const [job, requests] = [this.jobs.create(lane, takeJob(context, lane)), [requestOf(next, body)]];
        this.jobs.addStart({ job, requests, refused: [], change });
      } else if (kind === 'file' && next.record.mark === null) {
        // Its own commit comes after this one, so it starts when this one is durable.
        this.jobs.begin(this.jobs.create(lane, takeJob(context, lane)));
      } else return;
    }
  }

  /** Where the lane stands has been read from the disk. */
  loaded(lane: InLane): void {
    if (lane.anew) this.tellAnew(lane);
    this.runNext(lane);
  }

  /** Later each time within the period: a fault that passes must not use up the restarts of the process at the pace of the link. */
  private tellAnew(lane: InLane): void {
    const { context } = this;
    const times = lane.process?.child.recent.length ?? 0;
    const waitMs = anewMs * 4 ** Math.max(0, times - 1);
    context.timer(`anew:${laneKey(lane.from, lane.name)}`, waitMs, () => {
      if (lane.anew) this.tellWhereItStands(lane);
    });
  }

  /** In the newest conversation that this node knows: if the sender has begun another, it asks. To be said again after every connection. */
  tellWhatRuns(lane: InLane): void {
    if (lane.running.size > 0) this.tellWhereItStands(lane);
  }

  private tellWhereItStands({ from, name, epoch, standings }: InLane): void {
    const known = epoch === '' ? [...standings.keys()].at(-1) : epoch;
    const nonce = this.acknowledgements.lastNonce(from);
    if (known !== undefined && nonce !== undefined)
      this.acknowledgements.oweLane(from, { lane: name, epoch: known, nonce });
  }

  offerSlots(): void {
    this.slots.offer((lane) => this.runNext(lane));
  }

  answer(accepted: Accepted, result: RunResult, change: Change): void {
    addAnswer(this.context, this.peers, { accepted, result, change });
  }
}

function isWaiting(context: Context, lane: InLane): boolean {
  return lane.phase !== 'ready' || lane.waitsToHear || isStopped(context, lane);
}
