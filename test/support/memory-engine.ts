// The real flow over a store in memory, without a process of its own: what src/node/engine.ts does, for many nodes in one process.
//
// From: whoever owns it (events), timers. To: its owner, for every effect that is neither of the store nor a timer.
// 1. Events are handled one at a time, each to its end, as the engine does it. A commit is durable at once.
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Effect } from '../../src/flow/effect.ts';
import type { FlowEvent } from '../../src/flow/event.ts';
import { Flow } from '../../src/flow/flow.ts';
import { noLimits } from '../../src/flow/limits.ts';
import { keepAll, type FlowOptions } from '../../src/flow/options.ts';
import { createIdSource } from '../../src/model/id.ts';
import { digestSeals, openPolicy } from '../../src/security/seal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';

export type OuterEffect = Exclude<Effect, { type: 'commit' | 'query' | 'timer' | 'cancel-timer' | 'loop' }>;

export interface MemoryEngineOptions extends Pick<FlowOptions, 'node' | 'version' | 'methods' | 'maxRunning'> {
  readonly perform: (effect: OuterEffect) => void;
}

export class MemoryEngine {
  readonly flow: Flow;
  readonly store = new MemoryStore();
  private readonly perform: MemoryEngineOptions['perform'];
  private readonly timers = new Map<string, () => void>();
  private readonly events: FlowEvent[] = [];
  private stepping = false;
  private stopped = false;

  constructor({ perform, ...options }: MemoryEngineOptions) {
    this.perform = perform;
    this.flow = createFlow(options);
  }

  handle(event: FlowEvent): void {
    if (this.stopped) return;
    this.events.push(event);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.events.shift(); next !== undefined; next = this.events.shift())
      for (const effect of this.flow.step(next)) this.carryOut(effect);
    this.stepping = false;
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  private carryOut(effect: Effect): void {
    if (effect.type === 'commit') {
      this.store.apply(effect.ops);
      this.handle({ type: 'done', token: effect.token, result: undefined });
    } else if (effect.type === 'query') {
      this.handle({ type: 'done', token: effect.token, result: this.store.query(effect.query) });
    } else if (effect.type === 'loop') this.handle({ ...effect, type: 'frame' });
    else if (effect.type === 'timer') this.setTimer(effect.key, effect.delayMs);
    else if (effect.type === 'cancel-timer') this.cancelTimer(effect.key);
    else this.perform(effect);
  }

  private setTimer(key: string, delayMs: number): void {
    this.cancelTimer(key);
    const cancel = systemTimers.after(delayMs, () => {
      this.timers.delete(key);
      this.handle({ type: 'timer', key });
    });
    this.timers.set(key, cancel);
  }

  private cancelTimer(key: string): void {
    this.timers.get(key)?.();
    this.timers.delete(key);
  }
}

function createFlow(of: Omit<MemoryEngineOptions, 'perform'>): Flow {
  return new Flow(
    {
      ...of,
      central: 'central',
      boot: Buffer.from(systemRandom.bytes(9)).toString('base64url'),
      random: systemRandom,
      wall: () => systemClock.wall(),
      monotonic: () => systemClock.monotonic(),
      seals: digestSeals,
      policy: openPolicy,
      newId: createIdSource({
        now: () => systemClock.wall(),
        random48: () => Math.floor(systemRandom.next() * 2 ** 48),
      }),
      limits: noLimits,
      retention: keepAll,
    },
    () => undefined,
  );
}
