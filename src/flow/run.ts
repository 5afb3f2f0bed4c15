// Runs what was accepted: one after the other in an ordered lane, at once in an unordered one.
//
// Boundary. From: accept and restart. To: the methods, and answer.ts.
// 1. `started` is durable before a method starts (I6), where it can be by the commit that accepts it, or that ends the one
//    before it. A pure method needs no mark: it runs inside the commit of its outcome.
// 2. The next of an ordered lane starts when the one before it has ended, durably.
// 3. A command needs a slot (slots.ts): its lane waits for one, and is gone on with when it is offered one.
// 4. Nothing starts while the node stops, or while the store cannot write.
import type { RunKey, RunRequest, RunResult } from '../methods/run.ts';
import { isUnordered } from '../model/lane.ts';
import { pieceBytes } from '../wire/piece.ts';
import type { Acknowledgements } from './acknowledge.ts';
import { addAnswer, placeReplies } from './answer.ts';
import { applyChange, newChange, type Change } from './change.ts';
import type { Context } from './context.ts';
import type { FlowEvent } from './event.ts';
import type { Accepted, InLane } from './in-lane.ts';
import { isDoubtful, loadQueue, takeJob } from './next-job.ts';
import type { Peers } from './presence.ts';
import { failedResult, requestOf, runKey, unknownResult } from './run-request.ts';
import { Slots } from './slots.ts';

/** A method that runs longer than this is told of; shorter ones are spared the bytes. */
const tellRunningAfterMs = 300;
/** A command that is shorter than this is spared a sync of its own. */
const notePidAfterMs = 20;
const retryLeastMs = 1_000;
const retryMostMs = 30_000;

interface Attempt {
  readonly job: readonly Accepted[];
  readonly runs: readonly RunRequest[];
  readonly refused: readonly (RunResult | undefined)[];
  /** Pause before the next attempt, where this one lacks something. */
  readonly retryMs: number;
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
  private readonly paused = new Map<string, readonly Accepted[]>();

  constructor(context: Context, peers: Peers, acknowledgements: Acknowledgements) {
    this.context = context;
    this.peers = peers;
    this.acknowledgements = acknowledgements;
    this.slots = new Slots(context);
  }

  /** Goes on with a lane as far as it may. Safe to call at any time. */
  runNext(lane: InLane): void {
    const { context } = this;
    if (context.stopping || !context.ready) return;
    if (context.stalled !== undefined) {
      this.held.add(lane);
      return;
    }
    while (lane.queue.length > 0 && lane.jobs < this.mostJobs(lane)) {
      if (!this.slots.take(lane)) return;
      const job = takeJob(context, lane);
      if (job.length === 0) return;
      this.begin(lane, job);
    }
    if (lane.queue.length === 0 && lane.more && !lane.paging) loadQueue(context, lane, () => this.runNext(lane));
  }

  /** Files are written in batches, so that one job at a time does more than many. */
  private mostJobs(lane: InLane): number {
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
    const inTurn = isUnordered(lane.name) || (lane.jobs === 0 && lane.queue.length === 0 && !lane.more && !lane.paging);
    return (
      inTurn &&
      !context.stopping &&
      accepted.body !== undefined &&
      context.options.methods.kindOf(accepted.message.method) === 'inline'
    );
  }

  runInline(accepted: Accepted): RunResult {
    return this.context.options.methods.runInline(requestOf(accepted, accepted.body ?? new Uint8Array()));
  }

  /** Ends what an earlier life of this node had started and may not start again. */
  endInterrupted(lane: InLane, accepted: Accepted): void {
    lane.jobs += 1;
    this.end(lane, [accepted], [unknownResult('the node died while it ran')]);
  }

  /** With a command that has outlived an earlier life of this node: it is found, and neither ended nor started. */
  goOnWith(lane: InLane, accepted: Accepted): void {
    const { record } = accepted;
    lane.jobs += 1;
    this.runs.set(runKey(accepted.message), record.ord);
    this.slots.hold(runKey(accepted.message), lane.from);
    this.tellRunning(lane, [accepted], record.startedAt ?? this.context.wall());
    const run = { ...requestOf(accepted, accepted.body ?? new Uint8Array()), resume: true as const };
    this.run(lane, { job: [accepted], runs: [run], refused: [], retryMs: retryLeastMs });
  }

  /** Writes down which process it is, unless it ends before that: until then it is found by the mark in its environment. */
  spawned(event: FlowEvent & { type: 'spawned' }): void {
    const { key, pid, pidStart } = event;
    this.context.timer(`pid:${key}`, notePidAfterMs, () => {
      const ord = this.runs.get(key);
      if (ord !== undefined) this.context.commit([{ op: 'inbox-pid', ord, pid, pidStart }]);
    });
  }

  private begin(lane: InLane, job: readonly Accepted[]): void {
    const { context } = this;
    lane.jobs += 1;
    const first = job[0];
    if (first === undefined) return;
    if (isDoubtful(context, first)) return this.end(lane, job, [unknownResult('this node lost part of its store')]);
    if (first.body === undefined) return this.loadBody(lane, first);
    const kind = context.options.methods.kindOf(first.message.method);
    if (kind === 'inline')
      return this.end(
        lane,
        job,
        job.map((accepted) => this.runInline(accepted)),
      );
    const requests = job.map((accepted) => requestOf(accepted, accepted.body ?? new Uint8Array()));
    if (kind !== 'file' || first.record.mark !== null) return this.start(lane, job, requests);
    context.prepare(requests, (prepared) => {
      const marked = requests.map((request, index): RunRequest => {
        const found = prepared[index];
        return found?.type === 'mark' && found.mark !== undefined ? { ...request, mark: found.mark } : request;
      });
      const refused = prepared.map((found) => (found.type === 'result' ? found.result : undefined));
      this.start(lane, job, marked, refused);
    });
  }

  private loadBody(lane: InLane, accepted: Accepted): void {
    const { record, message } = accepted;
    const owner = { box: 'in' as const, sender: message.from, id: message.id };
    const limit = Math.ceil(message.bodySize / pieceBytes);
    this.context.query({ query: 'pieces', owner, fromIndex: 0, limit }, (pieces) => {
      lane.jobs -= 1;
      const body = Buffer.concat(pieces);
      if (body.length !== message.bodySize) {
        lane.jobs += 1;
        // An earlier life had begun it: it holds the file that it was to write.
        if (record.mark !== null) this.context.release(runKey(message));
        return this.end(lane, [accepted], [failedResult('its body is damaged in the store of this node')]);
      }
      this.begin(lane, [{ record, message, body }]);
    });
  }

  /** Some of a file job may have been refused when it was prepared: they end with the rest, in order. */
  private start(
    lane: InLane,
    job: readonly Accepted[],
    requests: readonly RunRequest[],
    refused: readonly (RunResult | undefined)[] = [],
  ): void {
    const change = newChange();
    this.addStart(lane, { job, requests, refused, change });
    applyChange(this.context, change);
  }

  /** The method begins when the change is durable. */
  private addStart(
    lane: InLane,
    what: {
      job: readonly Accepted[];
      requests: readonly RunRequest[];
      refused: readonly (RunResult | undefined)[];
      change: Change;
    },
  ): void {
    const { context } = this;
    const { job, requests, refused, change } = what;
    const at = context.wall();
    const runs = requests.filter((_request, index) => refused[index] === undefined);
    const armed = runs.filter(({ message }) => context.options.methods.kindOf(message.method) === 'process');
    for (const request of armed) context.arm(request);
    job.forEach(({ record }, index) => {
      const mark = requests[index]?.mark;
      change.ops.push({
        op: 'inbox-start',
        ord: record.ord,
        at,
        mark: mark === undefined ? null : JSON.stringify(mark),
      });
    });
    change.follow.push(() => {
      if (context.stopping) {
        for (const { key } of armed) context.disarm(key);
        return this.putBack(job, false);
      }
      for (const { message, record } of job) this.runs.set(runKey(message), record.ord);
      this.tellRunning(lane, job, at);
      this.run(lane, { job, runs, refused, retryMs: retryLeastMs });
    });
  }

  /**
   * Goes on with a lane within a change that accepts what comes next, or that ends what came before: a command starts by the
   * same sync, and a file is prepared meanwhile. `ending`: jobs of the lane that are over when the change is durable.
   */
  runWithin(lane: InLane, change: Change, ending = 0): void {
    const { context } = this;
    if (context.stopping || context.stalled !== undefined) return;
    for (let next = lane.queue[0]; next !== undefined; next = lane.queue[0]) {
      const { body, message } = next;
      const kind = context.options.methods.kindOf(message.method);
      if (lane.jobs - ending >= this.mostJobs(lane) || body === undefined || isDoubtful(context, next)) return;
      if (kind === 'process') {
        if (!this.slots.take(lane)) return;
        lane.jobs += 1;
        const [job, requests] = [takeJob(context, lane), [requestOf(next, body)]];
        this.addStart(lane, { job, requests, refused: [], change });
      } else if (kind === 'file' && next.record.mark === null) {
        // Its own commit comes after this one, so it starts when this one is durable.
        this.begin(lane, takeJob(context, lane));
      } else return;
    }
  }

  private run(lane: InLane, what: Attempt): void {
    const { context } = this;
    const { job, runs, refused, retryMs } = what;
    context.run(runs, (results) => {
      const retry = results.find((result) => result.retry !== undefined)?.retry;
      if (retry !== undefined && !context.stopping) {
        context.warn('a method cannot go on, and will be tried again', {
          lane: lane.name,
          node: lane.from,
          reason: retry,
        });
        return this.pause(lane, { ...what, retryMs: Math.min(retryMs * 2, retryMostMs) }, retryMs);
      }
      // What is missing has not come back before the stop.
      if (retry !== undefined) return this.putBack(job, true);
      const rest = [...results];
      const all = job.map(
        (_accepted, index) => refused[index] ?? rest.shift() ?? failedResult('the method gave no result'),
      );
      this.end(lane, job, all);
    });
  }

  private pause(lane: InLane, what: Attempt, pauseMs: number): void {
    const key = `retry:${lane.from}/${lane.name}/${what.job[0]?.record.ord ?? 0}`;
    this.paused.set(key, what.job);
    this.context.timer(key, this.context.jitter(pauseMs), () => {
      this.paused.delete(key);
      this.run(lane, what);
    });
  }

  /** The node stops: what waits for its next attempt has not run, and is left to the next life. */
  stop(): void {
    for (const [key, job] of this.paused) {
      this.context.cancelTimer(key);
      this.putBack(job, true);
    }
    this.paused.clear();
  }

  /** The node stops before the method ended: it runs in the next life. What never began chooses its place in a file anew. */
  private putBack(job: readonly Accepted[], begun: boolean): void {
    this.context.commit(
      job.map(({ record }) => ({ op: 'inbox-again', ord: record.ord, begun: begun || record.mark !== null })),
    );
  }

  /** From now on the ACKs of the lane name what runs. */
  private tellRunning(lane: InLane, job: readonly Accepted[], at: number): void {
    const requests = job.filter(({ message }) => message.replyTo === undefined);
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
    const standing = [...lane.standings.values()].at(-1);
    const nonce = this.acknowledgements.lastNonce(lane.from);
    if (lane.running.size === 0 || standing === undefined || nonce === undefined) return;
    this.acknowledgements.oweLane(lane.from, { lane: lane.name, epoch: standing.now.epoch, nonce });
  }

  private end(lane: InLane, job: readonly Accepted[], results: readonly RunResult[]): void {
    const { context } = this;
    const change = newChange();
    const at = context.wall();
    job.forEach((accepted, index) => {
      const result = results[index] ?? failedResult('the method gave no result');
      change.ops.push({ op: 'inbox-end', ord: accepted.record.ord, at, outcome: JSON.stringify(result.outcome) });
      context.ledger.ended(accepted.record);
      context.cancelTimer(`running:${runKey(accepted.message)}`);
      context.cancelTimer(`pid:${runKey(accepted.message)}`);
      this.answer(accepted, result, change);
      this.slots.give(runKey(accepted.message));
    });
    placeReplies(context, change);
    this.runWithin(lane, change, 1);
    change.follow.push(() => {
      for (const { message } of job) {
        lane.running.delete(message.id);
        this.runs.delete(runKey(message));
        if (message.endsNode === true) context.release(runKey(message));
      }
      lane.jobs -= 1;
      this.runNext(lane);
    });
    applyChange(context, change);
    this.slots.offer((other) => this.runNext(other));
  }

  answer(accepted: Accepted, result: RunResult, change: Change): void {
    addAnswer(this.context, this.peers, { accepted, result, change });
  }
}
