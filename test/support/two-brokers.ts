// nats-server and the built-in broker side by side, for the suites that compare them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBuiltInBroker } from '../../src/broker/built-in.ts';
import { freePort, startTestNatsServer } from './nats-server.ts';
import { quietLog } from './quiet-log.ts';
import { RawClient } from './raw-client.ts';

export interface RestartableBroker {
  readonly kind: 'nats-server' | 'built-in';
  readonly port: number;
  stop(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
}

export interface BrokerPair {
  readonly natsServer: RestartableBroker;
  readonly builtIn: RestartableBroker;
  close(): Promise<void>;
}

export async function startBrokerPair(): Promise<BrokerPair> {
  const server = await startTestNatsServer();
  const port = await freePort();
  let broker = await startBuiltInBroker({ port, log: quietLog });
  return {
    natsServer: { kind: 'nats-server', port: server.port, stop: () => server.stop(), start: () => server.start() },
    builtIn: {
      kind: 'built-in',
      port,
      stop: () => broker.close(),
      start: async () => {
        broker = await startBuiltInBroker({ port, log: quietLog });
      },
    },
    close: async () => {
      await server.close();
      await broker.close();
    },
  };
}

/** One case, over raw connections: what it answers is compared. */
export type RawCase = (open: () => Promise<RawClient>) => Promise<unknown>;

/** A test that nats-server behaves as `expected` says, and the built-in broker in the same way. */
export function sameOnBoth(pair: () => BrokerPair, title: string, run: RawCase, expected: unknown): void {
  test(`broker - ${title}`, async () => {
    for (const broker of [pair().natsServer, pair().builtIn]) {
      expect({ [broker.kind]: await runOn(broker.port, run) }).toEqual({ [broker.kind]: expected });
    }
  });
}

/** Both, for all tests of a file; and `sameOnBoth` on them. */
export function brokersOfFile(): {
  readonly pair: () => BrokerPair;
  readonly same: (title: string, run: RawCase, expected: unknown) => void;
} {
  let started: BrokerPair | undefined;
  const pair = (): BrokerPair => {
    if (started === undefined) throw new Error('the brokers are there when the tests run');
    return started;
  };
  beforeAll(async () => {
    started = await startBrokerPair();
  });
  afterAll(() => started?.close());
  return { pair, same: (title, run, expected) => sameOnBoth(pair, title, run, expected) };
}

/** What was opened is closed, whatever happens. */
async function runOn(port: number, run: RawCase): Promise<unknown> {
  const clients: RawClient[] = [];
  try {
    return await run(async () => {
      const client = await RawClient.open(port);
      clients.push(client);
      return client;
    });
  } finally {
    for (const client of clients) client.close();
  }
}

/** A client as nats.js makes it. */
export const connectLine = 'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true}';

/** One client says these lines; the connection stays. Answers all that it was sent. */
export function asks(...lines: readonly string[]): (open: () => Promise<RawClient>) => Promise<readonly string[]> {
  return async (open) => (await open()).ask(connectLine, ...lines);
}

/** One client says these lines, and is cut. Answers all that it was sent. */
export function isCut(...lines: readonly string[]): RawCase {
  return async (open) => (await open()).lastWords(connectLine, ...lines);
}

/** The status message that says that nobody is there. */
export function noResponders(reply: string, sid: string): readonly string[] {
  return [`HMSG ${reply} ${sid} 16 16`, 'NATS/1.0 503', '', ''];
}
