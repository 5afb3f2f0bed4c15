// The connection to the broker: core NATS, kept up for as long as the node lives.
//
// Boundary. From and to: the engine. The only folder that knows the NATS client.
// 1. Nothing is published while the link is down: the client would drop it without a word. The flow keeps everything anyway.
// 2. `onUp` comes after the subscriptions have been sent, so that a hello is never heard before its node can be reached.
// 3. What the client refuses to send (more than the broker takes, a connection that has just been closed) is as good as lost
//    on the way: the flow asks again.
// 4. It never gives up: not on refused logins, not on a broker that is away for weeks.
// 5. The client dials once; dialing again is done here. Its own way, when a broker dies in the middle of the handshake, is to
//    wait for the rest of the handshake until `dialTimeoutMs` is over: the client that may not reconnect ends at once.
import { readFileSync } from 'node:fs';
import {
  connect,
  nkeyAuthenticator,
  type ConnectionOptions,
  type Msg,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import type { Timers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { StewardError } from '../model/error.ts';
import type { Report } from '../model/error-report.ts';
import { createDial } from './dial.ts';

export interface LinkOptions {
  /** `nats://host:port` or `tls://host:port`. */
  readonly servers: readonly string[];
  readonly name: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly nkeySeedFile?: string | undefined;
  readonly rootCaPath?: string | undefined;
  readonly subjects: readonly string[];
  readonly log: Log;
  readonly report: Report;
  readonly onFrame: (subject: string, bytes: Uint8Array) => void;
  /** Nobody listens where we published; the subject is the reply subject that was given. */
  readonly onNoResponders: (subject: string) => void;
  readonly onUp: (server: string) => void;
  readonly onDown: () => void;
  /** A mistake of this program: the link does not come back. */
  readonly onFailed: (error: unknown) => void;
  readonly timers: Timers;
  readonly random: Random;
  /** So long may it take from the first byte to the broker's welcome. 20 s unless given: links by satellite are slow. */
  readonly dialTimeoutMs?: number;
}

export interface Link {
  publish(subject: string, bytes: Uint8Array, reply: string | undefined): void;
  listen(subject: string): void;
  unlisten(subject: string): void;
  close(): Promise<void>;
}

const redialMs = 250;
const redialJitterMs = 500;
const pingMs = 30_000;

/** Comes back at once; the connection is made, and made again, in the background. Throws if the key or the certificate cannot be read. */
export function openLink(options: LinkOptions): Link {
  const { log, report } = options;
  const extra = new Map<string, Subscription | undefined>();
  let connection: NatsConnection | undefined;
  let up = false;
  let closing = false;
  let cancelPause = (): void => undefined;
  let endPause = (): void => undefined;
  const settings = connectionOptions(options);
  const attempts = createDial();

  const receive = (error: Error | null, message: Msg): void => {
    if (error !== null) return report('link-refused', 'link: a subscription ended', { reason: error.message });
    if (message.headers?.code === 503 && message.data.length === 0) options.onNoResponders(message.subject);
    else options.onFrame(message.subject, message.data);
  };
  const goDown = (): void => {
    if (!up) return;
    up = false;
    if (closing) log.info('link: closed');
    else report('link-down', 'link: down, messages wait', { broker: options.servers.join(',') });
    options.onDown();
  };
  const goUp = (): void => {
    const server = connection?.getServer() ?? '';
    log.info('link: up', { broker: server });
    up = true;
    options.onUp(server);
  };

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      if (closing) return resolve();
      cancelPause = options.timers.after(redialMs + options.random.next() * redialJitterMs, resolve);
      endPause = resolve;
    });
  const dial = async (): Promise<NatsConnection | undefined> => {
    let said = '';
    while (!closing) {
      try {
        const made = await attempts.run(() => connect(settings));
        if (!closing) return made;
        await made.close();
      } catch (error) {
        if (closing) break;
        const reason = error instanceof Error ? error.message : 'the broker broke off the handshake';
        if (reason !== said)
          report('link-unreachable', 'link: no connection yet, trying on', {
            broker: options.servers.join(','),
            reason,
          });
        said = reason;
        await pause();
      }
    }
    return undefined;
  };
  const watch = async (made: NatsConnection): Promise<void> => {
    for await (const status of made.status()) {
      if (status.type === 'disconnect') goDown();
      else if (status.type === 'error')
        report('link-refused', 'link: the broker refuses', { reason: status.error.message });
    }
  };
  /** Resolves when the connection has ended. */
  const use = async (made: NatsConnection): Promise<void> => {
    connection = made;
    for (const subject of [...options.subjects, ...extra.keys()]) {
      const subscription = made.subscribe(subject, { callback: receive });
      if (extra.has(subject)) extra.set(subject, subscription);
    }
    watch(made).catch(options.onFailed);
    goUp();
    await made.closed();
    goDown();
  };
  const keep = async (): Promise<void> => {
    for (let made = await dial(); made !== undefined; made = await dial()) {
      if (!made.isClosed()) await use(made);
      // Also one that the broker ends as soon as it is made is not dialed in a tight loop.
      await pause();
    }
  };
  keep().catch(options.onFailed);

  return {
    publish(subject, bytes, reply) {
      if (!up) return;
      try {
        connection?.publish(subject, bytes, reply === undefined ? undefined : { reply });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        report('frame-not-sent', 'link: a frame could not be sent', { subject, bytes: bytes.length, reason });
      }
    },
    listen(subject) {
      if (extra.has(subject)) return;
      extra.set(
        subject,
        connection?.isClosed() === false ? connection.subscribe(subject, { callback: receive }) : undefined,
      );
    },
    unlisten(subject) {
      extra.get(subject)?.unsubscribe();
      extra.delete(subject);
    },
    async close() {
      closing = true;
      cancelPause();
      endPause();
      attempts.breakOff();
      await connection?.close();
    },
  };
}

function connectionOptions(options: LinkOptions): ConnectionOptions {
  const tls = options.servers.some((server) => server.startsWith('tls://')) || options.rootCaPath !== undefined;
  return {
    servers: options.servers.map((server) => server.replace(/^[a-z]+:\/\//, '')),
    name: options.name,
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: options.dialTimeoutMs ?? 20_000,
    pingInterval: pingMs,
    maxPingOut: 2,
    noAsyncTraces: true,
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.password === undefined ? {} : { pass: options.password }),
    ...(options.nkeySeedFile === undefined ? {} : { authenticator: nkeyAuthenticator(readSeed(options.nkeySeedFile)) }),
    ...(tls ? { tls: options.rootCaPath === undefined ? {} : { caFile: options.rootCaPath } } : {}),
  };
}

/** The line of the file that begins with "S": seeds are often kept with text around them. Throws `invalid-config`. */
function readSeed(file: string): Uint8Array {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((text) => /^S[A-Z0-9]{40,}$/.test(text.trim()));
  if (line === undefined) {
    throw new StewardError('invalid-config', `${file} holds no nkey seed`, {
      hint: 'a line that begins with SU, as `nk -gen user` prints it',
    });
  }
  return new TextEncoder().encode(line.trim());
}
