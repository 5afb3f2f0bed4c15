// `steward broker`: nats-server where there is one, otherwise the built-in broker.
import type { Log } from '../base/log.ts';
import { loopback, requireLoopback, requirePort } from './address.ts';
import { startBuiltInBroker } from './built-in.ts';
import { findExecutable } from './find-executable.ts';
import { startNatsServer } from './nats-server.ts';

export interface StartBrokerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
  /** Where to look for nats-server: the value of PATH. */
  readonly searchPath: string;
  /** Anything but 127.0.0.1 is refused. */
  readonly address?: string;
}

export interface RunningBroker {
  readonly kind: 'nats-server' | 'built-in';
  readonly port: number;
  /** Fulfilled after close(); rejected with a StewardError when the broker ended on its own. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Answers when the broker takes connections. Throws a StewardError that says what to do when it cannot be had. */
export async function startBroker(options: StartBrokerOptions): Promise<RunningBroker> {
  const { port, log, searchPath, address = loopback } = options;
  requireLoopback(address);
  requirePort(port);
  const executable = findExecutable('nats-server', searchPath);
  if (executable === undefined) return startTrialBroker(port, log);
  const server = await startNatsServer({ executable, port, log });
  log.info('broker ready', { kind: 'nats-server', address: `${loopback}:${server.port}`, executable });
  return { kind: 'nats-server', port: server.port, closed: server.closed, close: () => server.close() };
}

async function startTrialBroker(port: number, log: Log): Promise<RunningBroker> {
  const broker = await startBuiltInBroker({ port, log });
  log.info('broker ready', { kind: 'built-in, for trying out', address: `${loopback}:${broker.port}` });
  const { promise: closed, resolve } = deferred();
  return {
    kind: 'built-in',
    port: broker.port,
    closed,
    close: async () => {
      await broker.close();
      resolve();
    },
  };
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
