// Hundreds of nodes in this process: the real flow of each over a store in memory, at a real broker. Their commands are pretended.
//
// 1. Events are handled one at a time, each to its end, as the engine does it. A commit is durable at once.
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Effect } from '../../src/flow/effect.ts';
import type { FlowEvent } from '../../src/flow/event.ts';
import { Flow } from '../../src/flow/flow.ts';
import { noLimits } from '../../src/flow/limits.ts';
import { keepAll } from '../../src/flow/options.ts';
import { createIdSource } from '../../src/model/id.ts';
import { digestSeals, openPolicy } from '../../src/security/seal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { succeeded } from './simulated-methods.ts';

const nodesPerConnection = 100;
const longestRunMs = 1_500;

export interface LightNodes {
  /** How often each message was run, by its id. */
  readonly runs: ReadonlyMap<string, number>;
  readonly close: () => Promise<void>;
}

/** Resolves when all of them have said hello. */
export async function startLightNodes(brokerUrl: string, names: readonly string[]): Promise<LightNodes> {
  const connections: NatsConnection[] = [];
  const nodes: LightNode[] = [];
  const runs = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    if (index % nodesPerConnection === 0)
      connections.push(await connect({ servers: brokerUrl, reconnect: false, noAsyncTraces: true }));
    const connection = connections.at(-1);
    if (connection !== undefined) nodes.push(new LightNode({ name, connection, runs }));
  }
  await Promise.all(connections.map((connection) => connection.flush()));
  return {
    runs,
    async close() {
      for (const node of nodes) node.stop();
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

class LightNode {
  readonly #flow: Flow;
  readonly #store = new MemoryStore();
  readonly #connection: NatsConnection;
  readonly #runs: Map<string, number>;
  readonly #timers = new Map<string, () => void>();
  readonly #events: FlowEvent[] = [];
  #stepping = false;
  #stopped = false;

  constructor(of: { name: string; connection: NatsConnection; runs: Map<string, number> }) {
    this.#connection = of.connection;
    this.#runs = of.runs;
    this.#flow = createFlow(of.name);
    this.#handle({ type: 'start' });
    for (const subject of this.#flow.subjects()) this.#subscribe(subject);
    this.#handle({ type: 'link-up' });
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
  }

  #subscribe(subject: string): void {
    this.#connection.subscribe(subject, {
      callback: (error, { subject: of, data, headers }) => {
        if (error !== null) throw error;
        if (headers?.code === 503 && data.length === 0) this.#handle({ type: 'no-responders', subject: of });
        else this.#handle({ type: 'frame', subject: of, bytes: data });
      },
    });
  }

  #handle(event: FlowEvent): void {
    if (this.#stopped) return;
    this.#events.push(event);
    if (this.#stepping) return;
    this.#stepping = true;
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift())
      for (const effect of this.#flow.step(next)) this.#perform(effect);
    this.#stepping = false;
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'commit':
        this.#store.apply(effect.ops);
        return this.#handle({ type: 'done', token: effect.token, result: undefined });
      case 'query':
        return this.#handle({ type: 'done', token: effect.token, result: this.#store.query(effect.query) });
      case 'publish':
        return this.#connection.publish(
          effect.subject,
          effect.bytes,
          effect.reply === undefined ? undefined : { reply: effect.reply },
        );
      case 'timer':
        return this.#setTimer(effect.key, effect.delayMs);
      case 'cancel-timer':
        this.#timers.get(effect.key)?.();
        this.#timers.delete(effect.key);
        return;
      case 'run': {
        for (const { message } of effect.runs) this.#runs.set(message.id, (this.#runs.get(message.id) ?? 0) + 1);
        const result = effect.runs.map(() => succeeded(''));
        systemTimers.after(Math.random() * longestRunMs, () =>
          this.#handle({ type: 'done', token: effect.token, result }),
        );
        return;
      }
      case 'report':
        throw new Error(`a light node reports ${effect.code}: ${effect.text}`);
      case 'prepare':
      case 'adopt':
      case 'end-orphans':
      case 'cancel-run':
        throw new Error(`a light node does nothing for the effect ${effect.type}`);
      case 'arm':
      case 'disarm':
      case 'release':
      case 'listen':
      case 'unlisten':
      case 'notice':
    }
  }

  #setTimer(key: string, delayMs: number): void {
    this.#timers.get(key)?.();
    const cancel = systemTimers.after(delayMs, () => {
      this.#timers.delete(key);
      this.#handle({ type: 'timer', key });
    });
    this.#timers.set(key, cancel);
  }
}

function createFlow(node: string): Flow {
  return new Flow(
    {
      node,
      central: 'central',
      version: 'light',
      boot: Buffer.from(systemRandom.bytes(9)).toString('base64url'),
      random: systemRandom,
      wall: () => systemClock.wall(),
      monotonic: () => systemClock.monotonic(),
      seals: digestSeals,
      policy: openPolicy,
      methods: {
        kindOf: (method) => (method === 'cliCommand' ? 'process' : 'inline'),
        runInline: () => succeeded(''),
      },
      newId: createIdSource({
        now: () => systemClock.wall(),
        random48: () => Math.floor(systemRandom.next() * 2 ** 48),
      }),
      maxRunning: 64,
      limits: noLimits,
      retention: keepAll,
    },
    () => undefined,
  );
}
