// Hundreds of nodes in this process, at a real broker (memory-engine.ts). Their commands are pretended.
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { systemTimers } from '../../src/base/clock.ts';
import { MemoryEngine, type OuterEffect } from './memory-engine.ts';
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
  readonly #engine: MemoryEngine;
  readonly #connection: NatsConnection;
  readonly #runs: Map<string, number>;

  constructor(of: { name: string; connection: NatsConnection; runs: Map<string, number> }) {
    this.#connection = of.connection;
    this.#runs = of.runs;
    this.#engine = new MemoryEngine({
      node: of.name,
      version: 'light',
      methods: {
        kindOf: (method) => (method === 'cliCommand' ? 'process' : 'inline'),
        runInline: () => succeeded(''),
      },
      maxRunning: 64,
      perform: (effect) => this.#perform(effect),
    });
    this.#engine.handle({ type: 'start' });
    for (const subject of this.#engine.flow.subjects()) this.#subscribe(subject);
    this.#engine.handle({ type: 'link-up' });
  }

  stop(): void {
    this.#engine.stop();
  }

  #subscribe(subject: string): void {
    this.#connection.subscribe(subject, {
      callback: (error, { subject: of, data, headers }) => {
        if (error !== null) throw error;
        if (headers?.code === 503 && data.length === 0) this.#engine.handle({ type: 'no-responders', subject: of });
        else this.#engine.handle({ type: 'frame', subject: of, bytes: data });
      },
    });
  }

  #perform(effect: OuterEffect): void {
    switch (effect.type) {
      case 'publish':
        return this.#connection.publish(
          effect.subject,
          effect.bytes,
          effect.reply === undefined ? undefined : { reply: effect.reply },
        );
      case 'run': {
        for (const { message } of effect.runs) this.#runs.set(message.id, (this.#runs.get(message.id) ?? 0) + 1);
        const result = effect.runs.map(() => succeeded(''));
        systemTimers.after(Math.random() * longestRunMs, () =>
          this.#engine.handle({ type: 'done', token: effect.token, result }),
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
}
