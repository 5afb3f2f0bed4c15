// The built-in broker: core NATS in this process, for trying out. Real deployments run nats-server.
// It speaks what test/integration/broker.test.ts compares with nats-server; it has no users, no clusters and no JetStream.
//
// From: its clients, over TCP on 127.0.0.1. To: the same.
//
// 1. It listens on 127.0.0.1 and on nothing else: there is nobody whom it could refuse.
// 2. close() ends every connection and every timer before it answers.
import { createServer, type Server, type Socket } from 'node:net';
import { systemTimers, type Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { systemRandom, type Random } from '../base/random.ts';
import { Connection } from './connection.ts';
import { defaultLimits, type BrokerLimits } from './limits.ts';
import { loopback } from './address.ts';
import { portError } from './port-error.ts';
import { Router } from './router.ts';

export interface BuiltInBrokerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
  readonly limits?: Partial<BrokerLimits>;
  readonly timers?: Timers;
  readonly random?: Random;
}

export interface BuiltInBroker {
  readonly port: number;
  close(): Promise<void>;
}

/** The version of the protocol that is spoken: clients look here for headers and "no responders". */
const protocolVersion = '2.10.0';

/** Throws a StewardError where the port cannot be had. */
export async function startBuiltInBroker(options: BuiltInBrokerOptions): Promise<BuiltInBroker> {
  const { log, timers = systemTimers, random = systemRandom } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const router = new Router(random);
  const connections = new Set<Connection>();
  const serverId = Buffer.from(random.bytes(16)).toString('hex').toUpperCase();
  let lastId = 0;

  const accept = (stream: Socket): void => {
    const id = (lastId += 1);
    stream.setNoDelay(true);
    const connection: Connection = new Connection({
      id,
      stream,
      router,
      limits,
      timers,
      log,
      closed: () => connections.delete(connection),
    });
    connections.add(connection);
    connection.greet({
      server_id: serverId,
      server_name: 'steward-built-in',
      version: protocolVersion,
      proto: 1,
      host: loopback,
      port: portOf(server),
      headers: true,
      max_payload: limits.maxPayload,
      client_id: id,
      client_ip: stream.remoteAddress,
    });
    if (connections.size > limits.maxConnections) connection.refuse('maximum connections exceeded');
  };

  const server = createServer(accept);
  // Beyond those that are being told that there is no room, connections are dropped without a word.
  server.maxConnections = limits.maxConnections + 64;
  await listen(server, options.port);
  // A connection that could not be accepted (no more files) is that client's trouble; the others go on.
  server.on('error', (error) => log.warn('a client could not be accepted', { error: error.message }));
  return {
    port: portOf(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.destroy();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(portError(port, error));
    server.once('error', fail);
    server.listen({ host: loopback, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
