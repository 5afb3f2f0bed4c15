// Does what the flow wants done, and tells it what happened: the only place where the flow meets disk, link, clock and processes.
//
// 1. Events are handled one at a time, each to its end, in the order in which they came.
// 2. A run that has begun is always answered, if only by the node's own stop.
import type { Clock, Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Effect, Notice } from '../flow/effect.ts';
import { eventName, type FlowEvent } from '../flow/event.ts';
import type { Flow } from '../flow/flow.ts';
import { heldWord } from '../flow/held.ts';
import { isStopped } from '../flow/out-lane.ts';
import type { LaneName } from '../model/lane.ts';
import type { Link } from '../link/open-link.ts';
import type { Methods } from '../methods/create-methods.ts';
import { type RunRequest, type RunResult } from '../methods/run.ts';
import type { Report } from '../model/error-report.ts';
import type { NodeName } from '../model/node-name.ts';
import { helloSubject } from '../model/subject.ts';
import type { Store } from '../store/open-store.ts';
import { Running } from './running.ts';
import { Watchdog } from './watchdog.ts';
import type { Presence } from './message-view.ts';

/** What has been killed at the end of the drain time is gone within so many ms, or is left. */
const killedWithinMs = 5_000;

export interface EngineParts {
  readonly flow: Flow;
  readonly store: Store;
  readonly methods: Methods;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly report: Report;
  readonly onNotice: (notice: Notice) => void;
  /** The engine has stopped for good. */
  readonly onFailed: (error: unknown) => void;
}

export class Engine {
  private readonly parts: EngineParts;
  private readonly timers = new Map<string, () => void>();
  private readonly runs = new Running();
  private readonly events: FlowEvent[] = [];
  private stepping = false;
  private closed = false;
  link: Link | undefined;
  /** Whether anybody follows what becomes of messages. */
  isWatched: () => boolean = () => false;
  private readonly watchdog: Watchdog;

  constructor(parts: EngineParts) {
    this.parts = parts;
    const { clock, timers, report } = parts;
    this.watchdog = new Watchdog({
      clock,
      timers,
      onBlocked: (text, data) => report('event-loop-blocked', text, data),
    });
    this.watchdog.start();
  }

  handle(event: FlowEvent): void {
    if (this.closed) return;
    this.events.push(event);
    if (this.stepping) return;
    this.stepping = true;
    try {
      for (let next = this.events.shift(); next !== undefined; next = this.events.shift()) {
        const event = next;
        this.watchdog.time(
          () => `the event ${eventName(event)}`,
          () => {
            for (const effect of this.parts.flow.step(event)) this.perform(effect);
          },
        );
      }
    } catch (error) {
      // A mistake of this program: what is in memory can no longer be trusted, what is on disk can.
      this.close();
      this.parts.onFailed(error);
    } finally {
      this.stepping = false;
    }
  }

  /** Resolves when no method runs any more. What still runs after `drainMs` is ended as `failed: node stopped`. */
  async drain(drainMs: number): Promise<void> {
    const { store, timers, log, report } = this.parts;
    this.handle({ type: 'stop' });
    if (this.closed) return;
    this.runs.stopEndless('node stopped');
    let late = (): void => undefined;
    let giveUp = (): void => undefined;
    const tooLate = new Promise<void>((resolve) => (late = resolve));
    const cancel = timers.after(drainMs, () => {
      this.runs.stopAll('node stopped');
      late();
    });
    // What was about to start has been put back when a question asked now is answered; a disk that is full may never answer.
    const startsSettled = new Promise<void>((resolve) => store.query({ query: 'soonest-deadline' }, () => resolve()));
    await Promise.race([startsSettled, tooLate]);
    if (this.runs.size > 0) {
      log.info('stopping: waiting for what runs, unless told again', { running: this.runs.size, drainMs });
      await new Promise<void>((resolve) => {
        this.runs.whenNone(resolve);
        giveUp = timers.after(drainMs + killedWithinMs, () => {
          report('run-left', 'stopping: something that runs cannot be ended, and is left', {
            running: this.runs.size,
          });
          resolve();
        });
      });
    }
    giveUp();
    cancel();
  }

  close(): void {
    this.closed = true;
    this.watchdog.close();
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  private perform(effect: Effect): void {
    const { store, methods } = this.parts;
    const done = (token: number) => (result: unknown, error?: string) =>
      this.handle({ type: 'done', token, result, ...(error === undefined ? {} : { error }) });
    switch (effect.type) {
      case 'commit':
        return store.commit(effect.ops, this.isWatched() ? { ...effect, mayWait: false } : effect, done(effect.token));
      case 'query':
        return store.query(effect.query, done(effect.token));
      case 'publish':
        return this.link?.publish(effect.subject, effect.bytes, effect.reply);
      case 'loop':
        return this.handle({ type: 'frame', subject: effect.subject, bytes: effect.bytes });
      case 'listen':
        return this.link?.listen(helloSubject(effect.peer));
      case 'unlisten':
        return this.link?.unlisten(helloSubject(effect.peer));
      case 'timer':
        return this.setTimer(effect.key, effect.delayMs);
      case 'cancel-timer':
        this.timers.get(effect.key)?.();
        return void this.timers.delete(effect.key);
      case 'prepare':
        return this.answer(
          methods
            .prepare(effect.runs)
            .then((all) => all.map((one) => ('mark' in one ? { type: 'mark', ...one } : { type: 'result', ...one }))),
          effect.token,
        );
      case 'adopt':
        return this.answer(methods.adopt(effect.runs), effect.token);
      case 'arm':
        return methods.arm(effect.run);
      case 'disarm':
        return methods.disarm(effect.key);
      case 'release':
        return methods.release(effect.key, effect.input);
      case 'run':
        return this.run(effect);
      case 'cancel-run':
        return this.runs.cancel(effect.key, effect.reason);
      case 'end-orphans':
        return this.endOrphans(effect);
      case 'notice':
        return this.parts.onNotice(effect.notice);
      case 'report':
        return this.parts.report(effect.code, effect.text, effect.data);
    }
  }

  private setTimer(key: string, delayMs: number): void {
    this.timers.get(key)?.();
    const cancel = this.parts.timers.after(delayMs, () => {
      this.timers.delete(key);
      this.handle({ type: 'timer', key });
    });
    this.timers.set(key, cancel);
  }

  private answer(work: Promise<unknown>, token: number): void {
    work.then(
      (result) => this.handle({ type: 'done', token, result }),
      (error: unknown) => {
        this.close();
        this.parts.onFailed(error);
      },
    );
  }

  private run(effect: Effect & { type: 'run' }): void {
    const { methods } = this.parts;
    const first = effect.runs[0];
    if (first === undefined) return this.handle({ type: 'done', token: effect.token, result: [] });
    const signal = this.runs.add(first);
    const work: Promise<readonly RunResult[]> =
      methods.kindOf(first.message.method) === 'file'
        ? methods.runBatch(effect.runs)
        : this.runOne(first, signal).then((result) => [result]);
    this.answer(
      work.finally(() => this.runs.remove(first.key)),
      effect.token,
    );
  }

  private runOne(request: RunRequest, signal: AbortSignal, key = request.key): Promise<RunResult> {
    return this.parts.methods.run(request, {
      signal,
      onOutput: (parts, mark) =>
        new Promise((next) =>
          this.handle({ type: 'parts', key, parts, next, ...(mark === undefined ? {} : { mark }) }),
        ),
      onSpawned: ({ pid, startTime: pidStart }) => this.handle({ type: 'spawned', key, pid, pidStart }),
    });
  }

  private endOrphans(effect: Effect & { type: 'end-orphans' }): void {
    const runs = effect.orphans.map(({ key, pid, pidStart }) =>
      pid === null ? { key } : { key, process: { pid, startTime: pidStart ?? '' } },
    );
    const work = this.parts.methods.endOrphans(runs).then(({ ended, left }) => {
      for (const { key, pid } of ended)
        this.parts.report('orphan-ended', 'a command that outlived the node was ended', { run: key, pid });
      for (const { key, pid } of left)
        this.parts.report('orphan-left', 'a command that outlived the node cannot be ended', { run: key, pid });
      return left.map(({ key }) => key);
    });
    this.answer(work, effect.token);
  }

  /** Whether a message of this lane can leave now, or what keeps it. */
  presenceOf(name: NodeName, lane: LaneName): Presence {
    const peer = this.parts.flow.knownPeers().get(name);
    if (peer === undefined) return 'unknown';
    if (this.parts.clock.monotonic() < peer.doubledUntil) return 'doubled';
    const known = peer.lanes.get(lane);
    if (known !== undefined && isStopped(known)) return 'stopped here';
    if (known?.stoppedThere === true) return 'stopped there';
    return heldWord(peer, lane) ?? peer.presence;
  }
}
