// One node of a crowd: the real flow and the real error kernel over a store in memory, without a process of its own.
//
// Job: what src/node/engine.ts does for a node that only tells central of its errors. Any other effect is a mistake, and throws.
// From: the crowd's connection, timers, and whoever reports errors. To: the crowd's connection.
//
// 1. Events are handled one at a time, each to its end, as the engine does it. A commit is durable at once.
// 2. `counted` holds every error that central is to hear of, those that the flow reports included.
import { systemClock, systemTimers, type Clock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { isAboutErrorLog } from '../../src/errors/describe.ts';
import { ErrorKernel } from '../../src/errors/kernel.ts';
import type { Effect } from '../../src/flow/effect.ts';
import type { FlowEvent } from '../../src/flow/event.ts';
import { Flow } from '../../src/flow/flow.ts';
import { noLimits } from '../../src/flow/limits.ts';
import { keepAll } from '../../src/flow/options.ts';
import { errorReport, type Reported } from '../../src/model/error-report.ts';
import { createIdSource } from '../../src/model/id.ts';
import { digestSeals, openPolicy } from '../../src/security/seal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';

export interface Sent {
  /** Monotonic ms. */
  readonly at: number;
  readonly bytes: number;
}

export interface CrowdNodeOptions {
  readonly name: string;
  readonly publish: (effect: Effect & { type: 'publish' }) => void;
  /** The kernel's, which may be ahead of that of the flow. */
  readonly kernelClock: Clock;
}

export class CrowdNode {
  readonly name: string;
  readonly flow: Flow;
  /** How often each code was reported. */
  readonly counted: Record<string, number> = {};
  /** Messages to central, with the bytes of their bodies. */
  readonly messages: Sent[] = [];
  /** All frames that left, those of custody and presence included. */
  readonly frames: Sent[] = [];
  private readonly kernel: ErrorKernel;
  private readonly store = new MemoryStore();
  private readonly timers = new Map<string, () => void>();
  private readonly events: FlowEvent[] = [];
  private readonly publish: CrowdNodeOptions['publish'];
  private stepping = false;

  constructor({ name, publish, kernelClock }: CrowdNodeOptions) {
    this.name = name;
    this.publish = publish;
    this.flow = createFlow(name);
    this.kernel = new ErrorKernel({
      node: name,
      clock: kernelClock,
      timers: systemTimers,
      random: systemRandom,
      keep: (ops, then) => {
        this.store.apply(ops);
        then();
      },
      tell: ({ body, ops }, then) =>
        this.handle({
          type: 'errors',
          body,
          ops,
          answer: (answer) => {
            if (answer !== 'refused') this.messages.push({ at: systemClock.monotonic(), bytes: body.length });
            then(answer);
          },
        }),
    });
  }

  /** Counted from the first moment on, told once `startKernel` has been called. */
  report(reported: Reported): void {
    const report = errorReport(reported, { node: this.name, at: Math.floor(systemClock.wall()) });
    if (!isAboutErrorLog(report)) this.counted[report.code] = (this.counted[report.code] ?? 0) + 1;
    this.kernel.report(report);
  }

  startKernel(): void {
    this.kernel.start({ untold: [], underWay: undefined });
  }

  handle(event: FlowEvent): void {
    this.events.push(event);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.events.shift(); next !== undefined; next = this.events.shift())
      for (const effect of this.flow.step(next)) this.perform(effect);
    this.stepping = false;
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'commit':
        this.store.apply(effect.ops);
        return this.handle({ type: 'done', token: effect.token, result: undefined });
      case 'query':
        return this.handle({ type: 'done', token: effect.token, result: this.store.query(effect.query) });
      case 'publish':
        this.frames.push({ at: systemClock.monotonic(), bytes: effect.bytes.length });
        return this.publish(effect);
      case 'timer':
        return this.setTimer(effect.key, effect.delayMs);
      case 'cancel-timer':
        this.timers.get(effect.key)?.();
        this.timers.delete(effect.key);
        return;
      case 'notice':
        if (effect.notice.type === 'state' && effect.notice.state !== 'queued') this.kernel.settled(effect.notice.id);
        return;
      case 'report':
        return this.report(effect);
      case 'listen':
      case 'unlisten':
      case 'prepare':
      case 'adopt':
      case 'arm':
      case 'disarm':
      case 'release':
      case 'run':
      case 'cancel-run':
      case 'end-orphans':
        throw new Error(`${this.name}: a crowd does nothing for the effect ${effect.type}`);
    }
  }

  private setTimer(key: string, delayMs: number): void {
    this.timers.get(key)?.();
    const cancel = systemTimers.after(delayMs, () => {
      this.timers.delete(key);
      this.handle({ type: 'timer', key });
    });
    this.timers.set(key, cancel);
  }
}

function createFlow(node: string): Flow {
  return new Flow(
    {
      node,
      central: 'central',
      version: 'crowd',
      boot: Buffer.from(systemRandom.bytes(9)).toString('base64url'),
      random: systemRandom,
      wall: () => systemClock.wall(),
      monotonic: () => systemClock.monotonic(),
      seals: digestSeals,
      policy: openPolicy,
      methods: {
        kindOf: () => 'inline',
        runInline: ({ message }) => {
          throw new Error(`${node}: a crowd runs no ${message.method}`);
        },
      },
      newId: createIdSource({
        now: () => systemClock.wall(),
        random48: () => Math.floor(systemRandom.next() * 2 ** 48),
      }),
      maxRunning: 1,
      limits: noLimits,
      retention: keepAll,
    },
    () => undefined,
  );
}
