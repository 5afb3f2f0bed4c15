// Runs what was accepted: one after the other in an ordered lane, at once in an unordered one.
//
// Boundary. From: accept and restart. To: the methods, and answer.ts.
// 1. `started` is durable before a method starts (I6), where it can be by the commit that accepts it, or that ends the one
//    before it. A pure method needs no mark: it runs inside the commit of its outcome.
// 2. The next of an ordered lane starts when the one before it has ended, durably.
// 3. Nothing starts while the node stops, while the store cannot write, or while the subscriber is stopped.
// 4. A command needs a slot (slots.ts): its lane waits for one, and is gone on with when it is offered one.
// 5. Each job is a process of its own: if its handling fails, crashed-job.ts says what becomes of its messages.
import type { RunKey, RunRequest, RunResult } from '../methods/run.ts';
import { isUnordered } from '../model/lane.ts';
import { isOperation } from '../model/method-name.ts';
import { pieceBytes } from '../wire/piece.ts';
import type { Acknowledgements } from './acknowledge.ts';
import { addAnswer, placeReplies } from './answer.ts';
import { applyChange, newChange, type Change } from './change.ts';
import type { Context } from './context.ts';
import { countEnded } from './count-waiting.ts';
import { createJobProcess } from './crashed-job.ts';
import type { FlowEvent } from './event.ts';
import type { Accepted, InLane } from './in-lane.ts';
import type { Job } from './job.ts';
import { isDoubtful, loadQueue, takeJob } from './next-job.ts';
import { keepErrors } from './keep-errors.ts';
import type { Peers } from './presence.ts';
import { noteWork } from './note-work.ts';
import { begun, maxResting, Retries, told, toRunAgain } from './retry-run.ts';
import { failedResult, requestOf, runKey, unknownResult } from './run-request.ts';
import { Slots } from './slots.ts';
import { isStopped, subscriberOf } from './subscriber.ts';

/** A method that runs longer than this is told of; shorter ones are spared the bytes. */
const tellRunningAfterMs = 300;
/** A command that is shorter than this is spared a sync of its own. */
const notePidAfterMs = 20;
const retryLeastMs = 1_000;
const retryMostMs = 30_000;

interface Attempt {
  readonly job: Job;
  readonly runs: readonly RunRequest[];
  readonly refused: readonly (RunResult | undefined)[];
  /** Pause before the next attempt, where this one lacks something. */
  readonly retryMs: number;
}

interface Start {
  readonly job: Job;
  readonly requests: readonly RunRequest[];
  readonly refused: readonly (RunResult | undefined)[];
  readonly change: Change;
}

export class Runner {
  private readonly context: Context;
  private readonly peers: Peers;
  private readonly acknowledgements: Acknowledgements;
  private readonly slots: Slots;
  /** Lanes that could not go on while the store was stalled. */
  private readonly held = new Set<InLane>();
  /** Inbox order of the runs under way, by run key. */
  private readonly runs = new Map<RunKey, number>();
  /** Jobs that wait for their next attempt, by timer. */
  private readonly paused = new Map<string, Job>();
  private readonly retries: Retries;

  constructor(context: Context, peers: Peers, acknowledgements: Acknowledgements) {
    this.context = context;
    this.peers = peers;
    this.acknowledgements = acknowledgements;
    this.slots = new Slots(context);
    this.retries = new Retries(context, { goOn: (lane) => this.runNext(lane), onRest: () => this.offerSlots() });
  }

  /** Goes on with a lane as far as it may. Safe to call at any time. */
  runNext(lane: InLane): void {
    const { context } = this;
    if (context.stopping || !context.ready || lane.phase !== 'ready' || isStopped(context, lane)) return;
    if (context.stalled !== undefined) {
      this.held.add(lane);
      return;
    }
    context.within(subscriberOf(context, lane), () => this.beginNext(lane), undefined);
  }

  private beginNext(lane: InLane): void {
    const { context } = this;
    while (lane.queue.length > 0 && lane.jobs.size < this.mostJobs(lane)) {
      if (!this.slots.take(lane)) return;
      const accepted = takeJob(context, lane);
      if (accepted.length === 0) return;
      this.begin(this.newJob(lane, accepted));
    }
    if (lane.queue.length === 0 && lane.more && !lane.paging) loadQueue(context, lane, () => this.runNext(lane));
  }

  /** Files are written in batches, so that one job at a time does more than many. */
  private mostJobs(lane: InLane): number {
    if (lane.resting.size >= maxResting) return 0;
    const first = lane.queue[0];
    const kind = first === undefined ? 'inline' : this.context.options.methods.kindOf(first.message.method);
    return isUnordered(lane.name) && kind === 'process' ? this.context.options.maxRunning : 1;
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
      context.options.methods.kindOf(accepted.message.method) === 'inline'
    );
  }

  runInline(accepted: Accepted): RunResult {
    if (isOperation(accepted.message.method)) return this.context.operate(accepted.message);
    return this.context.options.methods.runInline(requestOf(accepted, accepted.body ?? new Uint8Array()));
  }

  /** Ends what an earlier life of this node had started and may not start again. */
  endInterrupted(lane: InLane, accepted: Accepted): void {
    this.endAsUnknown(lane, [accepted], 'the node died while it ran');
  }

  /** Ends what nobody can tell the end of. */
  endAsUnknown(lane: InLane, accepted: readonly Accepted[], reason: string): void {
    const job = this.newJob(lane, accepted);
    job.finish = () =>
      this.end(
        job,
        accepted.map(() => unknownResult(reason)),
      );
    this.goOn(job);
  }

  /** Does again what failed with the results of a job. */
  goOn(job: Job): void {
    if (job.finish !== undefined && job.stage !== 'ended') this.within(job, job.finish);
  }

  /** With a command that has outlived an earlier life of this node: it is found, and neither ended nor started. */
  goOnWith(lane: InLane, accepted: Accepted): void {
    const { record } = accepted;
    const job = this.newJob(lane, [accepted]);
    this.runs.set(runKey(accepted.message), record.ord);
    this.slots.hold(runKey(accepted.message), lane.from);
    this.tellRunning(job, record.startedAt ?? this.context.wall());
    const run = { ...requestOf(accepted, accepted.body ?? new Uint8Array()), resume: true as const };
    job.finish = () => this.run({ job, runs: [run], refused: [], retryMs: retryLeastMs });
    this.goOn(job);
  }

  /** Writes down which process it is, unless it ends before that: until then it is found by the mark in its environment. */
  spawned(event: FlowEvent & { type: 'spawned' }): void {
    const { key, pid, pidStart } = event;
    this.context.timer(`pid:${key}`, notePidAfterMs, () => {
      const ord = this.runs.get(key);
      if (ord !== undefined) this.context.commit([{ op: 'inbox-pid', ord, pid, pidStart }]);
    });
  }

  /** A lane that was stopped goes on, and its sender hears of it. */
  revive(lane: InLane): void {
    for (const job of lane.jobs) this.goOn(job);
    this.tellWhereItStands(lane);
    this.runNext(lane);
  }

  private newJob(lane: InLane, accepted: readonly Accepted[]): Job {
    const { context } = this;
    const job: Job = {
      lane,
      accepted,
      stage: 'waiting',
      finish: undefined,
      process: createJobProcess(context, { accepted, lane, runner: this, job: () => job }),
    };
    lane.jobs.add(job);
    context.undo(() => lane.jobs.delete(job));
    return job;
  }

  private offerSlots(): void {
    this.slots.offer((lane) => this.runNext(lane));
  }

  /** It is no longer under way. */
  forgetJob(job: Job): void {
    this.leave(job);
    job.lane.jobs.delete(job);
  }

  /** Nothing of it runs any more. */
  private leave(job: Job): void {
    this.endTimers(job);
    for (const { message } of job.accepted) {
      const key = runKey(message);
      this.slots.give(key);
      job.lane.running.delete(message.id);
      this.runs.delete(key);
    }
  }

  private within(job: Job, act: () => void): void {
    this.context.within(job.process, act, undefined);
  }

  private enter(job: Job, stage: Job['stage']): void {
    const before = job.stage;
    this.context.undo(() => (job.stage = before));
    job.stage = stage;
  }

  private begin(job: Job): void {
    this.within(job, () => this.proceed(job, job.accepted));
  }

  /** `accepted`: those of the job, with their bodies. */
  private proceed(job: Job, accepted: readonly Accepted[]): void {
    const { context } = this;
    const first = accepted[0];
    if (first === undefined) return;
    if (isDoubtful(context, first)) return this.end(job, [unknownResult('this node lost part of its store')]);
    if (first.record.retryAt !== null) {
      this.slots.give(runKey(first.message));
      this.retries.rest(job, first);
      return this.offerSlots();
    }
    if (first.body === undefined) return this.loadBody(job, first);
    const kind = context.options.methods.kindOf(first.message.method);
    if (kind === 'inline')
      return this.end(
        job,
        accepted.map((one) => this.runInline(one)),
      );
    const requests = accepted.map((one) => requestOf(one, one.body ?? new Uint8Array()));
    if (kind !== 'file' || first.record.mark !== null) return this.start(job, requests);
    context.prepare(requests, (prepared) => {
      const marked = requests.map((request, index): RunRequest => {
        const found = prepared[index];
        return found?.type === 'mark' && found.mark !== undefined ? { ...request, mark: found.mark } : request;
      });
      const refused = prepared.map((found) => (found.type === 'result' ? found.result : undefined));
      this.start(job, marked, refused);
    });
  }

  private loadBody(job: Job, accepted: Accepted): void {
    const { record, message } = accepted;
    const owner = { box: 'in' as const, sender: message.from, id: message.id };
    const limit = Math.ceil(message.bodySize / pieceBytes);
    this.context.query({ query: 'pieces', owner, fromIndex: 0, limit }, (pieces) => {
      const body = Buffer.concat(pieces);
      if (body.length !== message.bodySize) {
        // An earlier life had begun it: it holds the file that it was to write.
        if (record.mark !== null) this.context.release(runKey(message));
        return this.end(job, [failedResult('its body is damaged in the store of this node')]);
      }
      this.proceed(job, [{ record, message, body }]);
    });
  }

  /** Some of a file job may have been refused when it was prepared: they end with the rest, in order. */
  private start(job: Job, requests: readonly RunRequest[], refused: readonly (RunResult | undefined)[] = []): void {
    const change = newChange();
    this.addStart({ job, requests, refused, change });
    applyChange(this.context, change);
  }

  /** The method begins when the change is durable. */
  private addStart({ job, requests, refused, change }: Start): void {
    const { context } = this;
    const before = job.accepted;
    context.undo(() => (job.accepted = before));
    job.accepted = before.map(begun);
    const { accepted } = job;
    const at = context.wall();
    this.enter(job, 'starting');
    const runs = requests.filter((_request, index) => refused[index] === undefined);
    const armed = runs.filter(({ message }) => context.options.methods.kindOf(message.method) === 'process');
    for (const request of armed) context.arm(request);
    accepted.forEach(({ record }, index) => {
      const mark = requests[index]?.mark;
      change.ops.push({
        op: 'inbox-start',
        ord: record.ord,
        at,
        mark: mark === undefined ? null : JSON.stringify(mark),
        attempts: record.attempts,
      });
    });
    const follow = (): void => {
      if (context.stopping) {
        for (const { key } of armed) context.disarm(key);
        return this.putBack(job, false);
      }
      for (const { message, record } of accepted) this.runs.set(runKey(message), record.ord);
      for (const one of accepted) noteWork(context, undefined, { accepted: one, at, step: 'started' });
      this.tellRunning(job, at);
      this.run({ job, runs, refused, retryMs: retryLeastMs });
    };
    change.others.push(() => this.within(job, follow));
  }

  /**
   * Goes on with a lane within a change that accepts what comes next, or that ends what came before: a command starts by the
   * same sync, and a file is prepared meanwhile. `ending`: jobs of the lane that are over when the change is durable.
   */
  runWithin(lane: InLane, change: Change, ending = 0): void {
    const { context } = this;
    if (context.stopping || context.stalled !== undefined || lane.phase !== 'ready' || isStopped(context, lane)) return;
    context.touch(subscriberOf(context, lane));
    for (let next = lane.queue[0]; next !== undefined; next = lane.queue[0]) {
      const { body, message } = next;
      const kind = context.options.methods.kindOf(message.method);
      if (lane.jobs.size - ending >= this.mostJobs(lane) || body === undefined || isDoubtful(context, next)) return;
      if (next.record.retryAt !== null) return;
      if (kind === 'process') {
        if (!this.slots.take(lane)) return;
        const [job, requests] = [this.newJob(lane, takeJob(context, lane)), [requestOf(next, body)]];
        this.addStart({ job, requests, refused: [], change });
      } else if (kind === 'file' && next.record.mark === null) {
        // Its own commit comes after this one, so it starts when this one is durable.
        this.begin(this.newJob(lane, takeJob(context, lane)));
      } else return;
    }
  }

  private run(what: Attempt): void {
    const { context } = this;
    const { job, runs } = what;
    const { finish } = job;
    context.undo(() => (job.finish = finish));
    this.enter(job, 'running');
    job.finish = undefined;
    const keep = (results: readonly RunResult[]): void => {
      job.finish = () => this.conclude(what, results);
    };
    context.run(runs, { keep, goOn: () => job.finish?.() });
  }

  private conclude(what: Attempt, results: readonly RunResult[]): void {
    const { context } = this;
    const { job, refused, retryMs } = what;
    const retry = results.find((result) => result.retry !== undefined)?.retry;
    if (retry !== undefined && !context.stopping) {
      context.report('method-retried', 'a method cannot go on, and will be tried again', {
        lane: job.lane.name,
        node: job.lane.from,
        reason: retry,
      });
      return this.pause({ ...what, retryMs: Math.min(retryMs * 2, retryMostMs) }, retryMs);
    }
    // What is missing has not come back before the stop.
    if (retry !== undefined) return this.putBack(job, true);
    const rest = [...results];
    const all = job.accepted.map(
      (_accepted, index) => refused[index] ?? rest.shift() ?? failedResult('the method gave no result'),
    );
    const again = toRunAgain(job.accepted, all);
    if (again === undefined) return this.end(job, all);
    this.leave(job);
    this.retries.restFrom(job, again);
  }

  private pause(what: Attempt, pauseMs: number): void {
    const { job } = what;
    const key = `retry:${job.lane.from}/${job.lane.name}/${job.accepted[0]?.record.ord ?? 0}`;
    this.paused.set(key, job);
    this.context.undo(() => this.paused.delete(key));
    const again = (): void => {
      if (!this.paused.delete(key)) return;
      this.context.undo(() => this.paused.set(key, job));
      this.context.cancelTimer(key);
      this.run(what);
    };
    job.finish = again;
    this.context.timer(key, this.context.jitter(pauseMs), () => this.within(job, again));
  }

  /** The node stops: what waits for its next attempt has not run, and is left to the next life. */
  stop(): void {
    for (const [key, job] of this.paused) {
      this.context.cancelTimer(key);
      this.putBack(job, true);
    }
    this.paused.clear();
    this.retries.stop();
  }

  /** It runs again: in the next life of the node, or of the subscriber. What never began chooses its place in a file anew. */
  putBack(job: Job, mayHaveBegun: boolean): void {
    this.context.commit(
      job.accepted.map(({ record }) => ({
        op: 'inbox-again',
        ord: record.ord,
        begun: mayHaveBegun || record.mark !== null,
        attempts: record.attempts - 1,
      })),
    );
  }

  /** From now on the ACKs of the lane name what runs. */
  private tellRunning({ lane, accepted }: Job, at: number): void {
    const requests = accepted.filter(({ message }) => message.replyTo === undefined);
    const first = requests[0]?.message;
    if (first === undefined) return;
    this.context.timer(`running:${runKey(first)}`, tellRunningAfterMs, () => {
      if (!this.runs.has(runKey(first))) return;
      for (const { message } of requests) lane.running.set(message.id, at);
      this.tellWhatRuns(lane);
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

  private end(job: Job, results: readonly RunResult[]): void {
    const { context } = this;
    const { lane, accepted } = job;
    const change = newChange();
    const at = context.wall();
    this.enter(job, 'ended');
    accepted.forEach((one, index) => {
      const result = told(one, results[index] ?? failedResult('the method gave no result'));
      change.ops.push({ op: 'inbox-end', ord: one.record.ord, at, outcome: JSON.stringify(result.outcome) });
      countEnded(context, one.record);
      keepErrors(context, one, change);
      this.answer(one, result, change);
      this.slots.give(runKey(one.message));
      noteWork(context, change, { accepted: one, at, step: 'ended', outcome: result.outcome });
    });
    this.endTimers(job);
    placeReplies(context, change);
    this.runWithin(lane, change, 1);
    change.follow.push(() => {
      for (const { message } of accepted) if (message.endsNode === true) context.release(runKey(message));
      this.forgetJob(job);
      this.runNext(lane);
    });
    change.others.push(() => this.offerSlots());
    applyChange(context, change);
  }

  private endTimers({ accepted }: Job): void {
    for (const { message } of accepted) {
      this.context.cancelTimer(`running:${runKey(message)}`);
      this.context.cancelTimer(`pid:${runKey(message)}`);
    }
  }

  answer(accepted: Accepted, result: RunResult, change: Change): void {
    addAnswer(this.context, this.peers, { accepted, result, change });
  }
}
