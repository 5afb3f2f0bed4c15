// One node of a crowd: the real flow (memory-engine.ts) and the real error kernel, of a node that only tells central of its errors.
//
// From: the crowd's connection, and whoever reports errors. To: the crowd's connection. Any other effect is a mistake, and throws.
// 1. `counted` holds every error that central is to hear of, those that the flow reports included.
import { systemClock, systemTimers, type Clock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { isAboutErrorLog } from '../../src/errors/describe.ts';
import { ErrorKernel } from '../../src/errors/kernel.ts';
import type { Effect } from '../../src/flow/effect.ts';
import type { FlowEvent } from '../../src/flow/event.ts';
import { errorReport, type Reported } from '../../src/model/error-report.ts';
import { MemoryEngine, type OuterEffect } from '../../test/support/memory-engine.ts';

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
  /** How often each code was reported. */
  readonly counted: Record<string, number> = {};
  /** Messages to central, with the bytes of their bodies. */
  readonly messages: Sent[] = [];
  /** All frames that left, those of custody and presence included. */
  readonly frames: Sent[] = [];
  private readonly kernel: ErrorKernel;
  private readonly engine: MemoryEngine;
  private readonly publish: CrowdNodeOptions['publish'];

  constructor({ name, publish, kernelClock }: CrowdNodeOptions) {
    this.name = name;
    this.publish = publish;
    this.engine = new MemoryEngine({
      node: name,
      version: 'crowd',
      methods: {
        kindOf: () => 'inline',
        runInline: ({ message }) => {
          throw new Error(`${name}: a crowd runs no ${message.method}`);
        },
      },
      maxRunning: 1,
      perform: (effect) => this.perform(effect),
    });
    this.kernel = new ErrorKernel({
      node: name,
      clock: kernelClock,
      timers: systemTimers,
      random: systemRandom,
      keep: (ops, then) => {
        this.engine.store.apply(ops);
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

  get flow(): MemoryEngine['flow'] {
    return this.engine.flow;
  }

  handle(event: FlowEvent): void {
    this.engine.handle(event);
  }

  private perform(effect: OuterEffect): void {
    switch (effect.type) {
      case 'publish':
        this.frames.push({ at: systemClock.monotonic(), bytes: effect.bytes.length });
        return this.publish(effect);
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
}
