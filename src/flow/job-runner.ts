// A job: what is accepted and comes next in its lane, from its preparation to the commit of its outcome.
//
// Boundary. From: run.ts, which decides whose turn it is. To: the methods; answer.ts; and back to run.ts, when a lane may go on.
// 1. `started` is durable before a method starts (I6), where it can be by the commit that accepts it, or that ends the one before it.
// 2. Each job is a process of its own: if its handling fails, crashed-job.ts says what becomes of its messages.
import type { RunKey, RunRequest, RunResult } from '../methods/run.ts';
import type { Message, MessageId } from '../model/message.ts';
import { inputOf } from '../model/input-name.ts';
import { methodEntry } from '../model/method-name.ts';
import { isAsSealed } from '../wire/message-seal.ts';
import { pieceBytes } from '../wire/piece.ts';
import { placeReplies } from './answer.ts';
import { applyChange, newChange, type Change } from './change.ts';
import { checkAskedFor } from './asked-for.ts';
import type { Context } from './context.ts';
import { countEnded } from './count-waiting.ts';
import { createJobProcess } from './crashed-job.ts';
import type { FlowEvent } from './event.ts';
import { takeOut, takeTwinsBack, type Accepted, type InLane } from './in-lane.ts';
import { isCopy } from './is-here.ts';
import type { Job } from './job.ts';
import { keepErrors } from './keep-errors.ts';
import { Outputs } from './keep-output.ts';
import type { Peers } from './presence.ts';
import { isDoubtful, whyCancelled } from './next-job.ts';
import { noteWork } from './note-work.ts';
import { reportKilled } from './report-killed.ts';
import { begun, Retries, told, toRunAgain } from './retry-run.ts';
import { cancelledResult, doneResult, failedResult, requestOf, runKey, unknownResult } from './run-request.ts';
import { Parts } from './send-part.ts';
import type { Slots } from './slots.ts';
import { subscriberOf } from './subscriber.ts';

/** A method that runs longer than this is told of; shorter ones are spared the bytes. */
const tellRunningAfterMs = 300;
/** A command that is shorter than this is spared a sync of its own. */
const notePidAfterMs = 20;
/** For so long ACKs say that a schedule runs. */
const tellScheduledMs = 5_000;
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

/** The lanes that jobs come from (run.ts). */
interface Lanes {
  runNext(lane: InLane): void;
  runWithin(lane: InLane, change: Change, ending: number): void;
  runInline(accepted: Accepted): RunResult;
  tellWhatRuns(lane: InLane): void;
  offerSlots(): void;
  answer(accepted: Accepted, result: RunResult, change: Change): void;
}

export type Cancelled = 'has not started, and is cancelled' | 'runs, and is being ended' | 'is too far';

export class Jobs {
  private readonly context: Context;
  private readonly lanes: Lanes;
  private readonly slots: Slots;
  /** Inbox order of the runs under way, by run key. */
  private readonly runs = new Map<RunKey, number>();
  /** Jobs that wait for their next attempt, by timer. */
  private readonly paused = new Map<string, Job>();
  private readonly retries: Retries;
  private readonly outputs: Outputs;
  readonly parts: Parts;

  constructor(context: Context, parts: { readonly peers: Peers; readonly lanes: Lanes; readonly slots: Slots }) {
    const { lanes, slots, peers } = parts;
    this.context = context;
    this.lanes = lanes;
    this.slots = slots;
    this.outputs = new Outputs(context);
    this.parts = new Parts(context, peers);
    this.retries = new Retries(context, { goOn: (lane) => lanes.runNext(lane), onRest: () => lanes.offerSlots() });
  }

  create(lane: InLane, accepted: readonly Accepted[]): Job {
    const { context } = this;
    const job: Job = {
      lane,
      accepted,
      stage: 'waiting',
      finish: undefined,
      cancel: undefined,
      hasResults: false,
      outputId: undefined,
      left: false,
      process: createJobProcess(context, { accepted, lane, runner: this, job: () => job }),
    };
    lane.jobs.add(job);
    context.undo(() => lane.jobs.delete(job));
    return job;
  }

  /** Ends what does not run, or of which nobody can tell the end. */
  endWith(lane: InLane, accepted: Accepted, result: RunResult): void {
    const job = this.create(lane, [accepted]);
    job.finish = () => this.end(job, [result]);
    this.goOn(job);
  }

  /**
   * Of what came twice, and is not wanted any more, one that waits while the other is ended. Answers whether it waits: what is under way
   * itself is cancelled as if it were alone. `accepted`: as the disk has it.
   */
  cancelCopy(lane: InLane, accepted: Accepted): boolean {
    if (this.jobOf(lane, accepted) !== undefined) return false;
    this.context.touch(subscriberOf(this.context, lane));
    takeOut(lane, accepted.record.ord);
    const job = this.create(lane, [accepted]);
    job.finish = () => this.endCopy(job);
    this.goOn(job);
    return true;
  }

  private jobOf(lane: InLane, { record: { ord } }: Accepted): Job | undefined {
    return [...lane.jobs, ...lane.resting].find((one) => one.accepted.some(({ record }) => record.ord === ord));
  }

  /** Its sender does not want it any more. `accepted`: as the disk has it. */
  cancel(
    lane: InLane,
    of: { readonly accepted: Accepted; readonly running: boolean; readonly reason: string },
  ): Cancelled {
    const { context } = this;
    const { accepted, running, reason } = of;
    const { ord } = accepted.record;
    const job = this.jobOf(lane, accepted);
    // A file that an earlier life began to write: its bytes may be there, and others wait for it.
    const isCommand = context.options.methods.kindOf(accepted.message.method) === 'process';
    if (job === undefined && accepted.record.mark !== null && !isCommand) return 'is too far';
    if (job === undefined) {
      context.touch(subscriberOf(context, lane));
      takeOut(lane, ord);
      this.endWith(lane, accepted, cancelledResult(reason));
      return 'has not started, and is cancelled';
    }
    const isUnderWay = job.stage === 'starting' || job.stage === 'running';
    if ((isUnderWay && !running) || job.hasResults) return 'is too far';
    const mayEnd = accepted.message.schedule !== undefined || (isCommand && accepted.message.endsNode !== true);
    if (job.stage === 'ended' || !mayEnd) return 'is too far';
    // Its end is known by the reason that it was given first.
    if (job.cancel !== undefined) return 'runs, and is being ended';
    context.undo(() => (job.cancel = undefined));
    job.cancel = reason;
    context.commit([{ op: 'inbox-cancel', ord, reason }]);
    if (job.stage === 'running') context.tellRun({ type: 'cancel-run', key: runKey(accepted.message), reason });
    if (job.stage === 'resting') this.retries.wakeUp(job, reason);
    return 'runs, and is being ended';
  }

  /** Does again what failed with the results of a job. */
  goOn(job: Job): void {
    if (job.finish !== undefined && job.stage !== 'ended') this.within(job, job.finish);
  }

  /** Its lane is stopped: until that is started again it keeps no slot from the others. */
  setAside(job: Job): void {
    job.left = true;
    for (const { message } of job.accepted) this.slots.give(runKey(message));
    this.lanes.offerSlots();
  }

  /** With what was set aside: of what did not fail the end comes by itself, and must not come twice. */
  goOnWithLeft(lane: InLane): void {
    for (const job of lane.jobs) {
      if (!job.left) continue;
      job.left = false;
      for (const { message } of job.accepted)
        if (this.slots.isFor(message.method)) this.slots.hold(runKey(message), lane.from);
      this.goOn(job);
    }
  }

  /** A job has given its slots back. */
  offerSlots(): void {
    this.lanes.offerSlots();
  }

  /** With a command that has outlived an earlier life of this node: it is found, and neither ended nor started. */
  goOnWith(lane: InLane, accepted: Accepted): void {
    const { record } = accepted;
    const job = this.create(lane, [accepted]);
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

  begin(job: Job): void {
    this.within(job, () => this.proceed(job, job.accepted));
  }

  /** `accepted`: those of the job, with their bodies. */
  private proceed(job: Job, accepted: readonly Accepted[]): void {
    const { context } = this;
    const first = accepted[0];
    if (first === undefined) return;
    const cancel = job.cancel ?? whyCancelled(context, first);
    if (cancel !== null) return this.end(job, [cancelledResult(cancel)]);
    const { beyond } = first.message;
    if (beyond !== undefined)
      return this.end(job, [failedResult(`this node is too old for it: it does not know ${beyond.join(', ')}`)]);
    if (isDoubtful(context, first)) return this.end(job, [unknownResult('this node lost part of its store')]);
    if (first.record.retryAt !== null) {
      this.slots.give(runKey(first.message));
      this.retries.rest(job, first);
      return this.lanes.offerSlots();
    }
    if (first.message.schedule !== undefined) return this.schedule(job, first);
    if (first.body === undefined) return this.loadBody(job, first);
    const kind = context.options.methods.kindOf(first.message.method);
    if (kind === 'inline')
      return this.end(
        job,
        accepted.map((one) => this.lanes.runInline(one)),
      );
    if (kind === 'process' && hasHadOutput(first.message)) return this.end(job, [doneResult()]);
    if (kind === 'process' && first.message.replyTo !== undefined && job.asked === undefined)
      return checkAskedFor(context, first, (refusal) =>
        this.within(job, () => {
          if (refusal !== undefined) return this.end(job, [failedResult(refusal)]);
          job.asked = true;
          this.proceed(job, accepted);
        }),
      );
    if (kind === 'order')
      return context.carryOut(first.message, (result) => this.within(job, () => this.end(job, [result])));
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

  /** It has had its turn: from here on it runs beside its lane, as often as it is due (schedule/). */
  private schedule(job: Job, accepted: Accepted): void {
    const { context } = this;
    if (isCopy(context, job, accepted)) return this.endCopy(job);
    const made = context.makeSchedule(job.lane, accepted);
    if ('refusal' in made) return this.end(job, [failedResult(made.refusal)]);
    const { ord, attempts } = accepted.record;
    const at = context.wall();
    this.enter(job, 'starting');
    const leave = (): void => {
      this.forgetJob(job);
      this.lanes.runNext(job.lane);
    };
    const begin = (): void => {
      made.begin(job.cancel);
      noteWork(context, undefined, { accepted, at, step: 'started' });
      context.undo(() => (job.finish = begin));
      job.finish = leave;
    };
    context.undo(() => (job.finish = undefined));
    job.finish = begin;
    const told = (): void => {
      this.tellScheduled(job.lane, accepted.message.id, at);
      this.lanes.offerSlots();
      this.lanes.runNext(job.lane);
    };
    context.commitAndFollow(
      [
        { op: 'inbox-start', ord, at, mark: null, attempts: attempts + 1 },
        { op: 'schedule', record: made.record },
      ],
      { follow: [], others: [() => this.goOn(job), () => this.goOn(job), told] },
    );
  }

  /** It came a second time (a store was lost), and the first one, which is under way, answers for both. */
  private endCopy(job: Job): void {
    const { context } = this;
    const change = newChange();
    const at = context.wall();
    const outcome = JSON.stringify(failedResult('it was here already').outcome);
    this.enter(job, 'ended');
    for (const { record } of job.accepted) {
      change.ops.push({ op: 'inbox-end', ord: record.ord, at, outcome });
      countEnded(context, record);
    }
    change.follow.push(() => {
      this.forgetJob(job);
      this.lanes.runNext(job.lane);
    });
    change.others.push(() => this.lanes.offerSlots());
    applyChange(context, change);
  }

  /** Once: an ACK that named all schedules each time would cost more than it says. */
  private tellScheduled(lane: InLane, id: MessageId, at: number): void {
    lane.running.set(id, { at, named: false });
    this.lanes.tellWhatRuns(lane);
    this.context.timer(`scheduled:${lane.from}/${id}`, tellScheduledMs, () => lane.running.delete(id));
  }

  private loadBody(job: Job, accepted: Accepted): void {
    const { record, message } = accepted;
    const owner = { box: 'in' as const, sender: record.from, id: message.id };
    const limit = Math.ceil(message.bodySize / pieceBytes);
    this.context.query({ query: 'pieces', owner, fromIndex: 0, limit }, (pieces) => {
      const body = Buffer.concat(pieces);
      if (body.length !== message.bodySize) {
        // An earlier life had begun it: it holds the file that it was to write.
        if (record.mark !== null) this.context.tellRun({ type: 'release', key: runKey(message) });
        return this.end(job, [failedResult('its body is damaged in the store of this node')]);
      }
      if (message.via !== undefined && !isAsSealed(record.head, message, body))
        return this.end(job, [failedResult('its body was changed on its way')]);
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
  addStart({ job, requests, refused, change }: Start): void {
    const { context } = this;
    const before = job.accepted;
    context.undo(() => (job.accepted = before));
    job.accepted = before.map(begun);
    const { accepted } = job;
    const at = context.wall();
    this.enter(job, 'starting');
    const runs = requests.filter((_request, index) => refused[index] === undefined);
    const armed = runs.filter(({ message }) => context.options.methods.kindOf(message.method) === 'process');
    for (const request of armed) context.tellRun({ type: 'arm', run: request });
    accepted.forEach(({ record }, index) => {
      const mark = requests[index]?.mark ?? requests[index]?.followed;
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
        for (const { key } of armed) context.tellRun({ type: 'disarm', key });
        return this.putBack(job, false);
      }
      if (job.cancel !== undefined) {
        for (const { key } of armed) context.tellRun({ type: 'disarm', key });
        return this.end(job, [cancelledResult(job.cancel)]);
      }
      for (const { message, record } of accepted) this.runs.set(runKey(message), record.ord);
      for (const one of accepted) noteWork(context, undefined, { accepted: one, at, step: 'started' });
      this.tellRunning(job, at);
      this.run({ job, runs, refused, retryMs: retryLeastMs });
    };
    change.others.push(() => this.within(job, follow));
  }

  private run(what: Attempt): void {
    const { context } = this;
    const { job, runs } = what;
    if (job.cancel !== undefined) return this.end(job, [cancelledResult(job.cancel)]);
    const { finish } = job;
    context.undo(() => (job.finish = finish));
    for (const { key, message } of runs)
      if (methodEntry(message.method).streams === true || message.largeOutput === true)
        this.parts.open(key, job, message);
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
    if (retry !== undefined && job.cancel !== undefined) return this.end(job, [cancelledResult(job.cancel)]);
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
    if (job.cancel !== undefined) return this.keepThenEnd(job, all.map(asCancelled(job.cancel)));
    const again = toRunAgain(job.accepted, all);
    if (again === undefined) return this.keepThenEnd(job, all);
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
    const { finish } = job;
    this.context.undo(() => (job.finish = finish));
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
    this.outputs.stop();
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
      for (const { message } of requests) lane.running.set(message.id, { at, named: false });
      this.lanes.tellWhatRuns(lane);
    });
  }

  private keepThenEnd(job: Job, results: readonly RunResult[]): void {
    const [result] = results;
    if (result === undefined || results.length > 1) return this.end(job, results);
    job.hasResults = true;
    this.outputs.keep(job, result, (kept) => this.within(job, () => this.end(job, [kept])));
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
      if (one.message.schedule !== undefined) change.ops.push({ op: 'schedule-drop', ord: one.record.ord });
      if (one.message.replyTo?.part !== undefined) change.ops.push({ op: 'inbox-body-drop', ord: one.record.ord });
      countEnded(context, one.record);
      keepErrors(context, one, change);
      reportKilled(context, { lane, accepted: one, outcome: result.outcome });
      this.lanes.answer(one, result, change);
      this.slots.give(runKey(one.message));
      noteWork(context, change, { accepted: one, at, step: 'ended', outcome: result.outcome });
    });
    for (const { message } of accepted) this.endTimers(message);
    placeReplies(context, change);
    this.lanes.runWithin(lane, change, 1);
    const isLast = lane.queue.length === 0 && lane.twins.length === 0 && !lane.more;
    const isQuiet = change.lanes.size === 0 && change.others.length === 0;
    // What ends with a slot may let others start.
    change.mayWait = isLast && isQuiet && !accepted.some(({ message }) => this.slots.isFor(message.method));
    change.follow.push(() => {
      for (const { message } of accepted) {
        const input = inputOf(message);
        if (message.endsNode !== true && input === undefined) continue;
        context.tellRun({ type: 'release', key: runKey(message), ...(input === undefined ? {} : { input }) });
      }
      this.forgetJob(job);
      this.dropPassing(accepted);
      this.lanes.runNext(lane);
    });
    change.others.push(() => this.lanes.offerSlots());
    applyChange(context, change);
  }

  /** What was done for another message is told by that: nothing is kept of it. Where this is not done retention finds it. */
  private dropPassing(accepted: readonly Accepted[]): void {
    const passing = accepted.filter(({ message }) => methodEntry(message.method).passing === true);
    if (passing.length > 0) this.context.commit([{ op: 'inbox-prune', ords: passing.map(({ record }) => record.ord) }]);
  }

  private hasOther(job: Job, id: MessageId): boolean {
    return [...job.lane.jobs].some((one) => one !== job && one.accepted.some(({ message }) => message.id === id));
  }

  private endTimers(message: Message): void {
    this.context.cancelTimer(`running:${runKey(message)}`);
    this.context.cancelTimer(`pid:${runKey(message)}`);
  }

  /** It is no longer under way. */
  forgetJob(job: Job): void {
    this.leave(job);
    job.lane.jobs.delete(job);
    takeTwinsBack(job.lane);
  }

  /** Nothing of it runs any more. */
  private leave(job: Job): void {
    for (const { message } of job.accepted) {
      // What is kept by its key belongs to the one that came twice with it, and is under way.
      if (this.hasOther(job, message.id)) continue;
      this.endTimers(message);
      const key = runKey(message);
      this.slots.give(key);
      this.parts.close(key);
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
}

/** The end of an answer of which a command has treated all parts: there is nothing left to run it for. */
function hasHadOutput({ replyTo }: Message): boolean {
  return replyTo?.part === undefined && (replyTo?.outcome.streamed?.parts ?? 0) > 0;
}

/** Only what was ended for it is called so: whatever else came of it came first. */
function asCancelled(reason: string): (result: RunResult) => RunResult {
  return (result) =>
    result.outcome.state === 'failed' && result.outcome.reason === reason
      ? { ...result, outcome: { ...result.outcome, state: 'cancelled' } }
      : result;
}
