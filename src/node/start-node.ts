// The composition root: a node, from its store to its sockets, in the order in which things happen.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { apiSocketName, intakeSocketName } from '../contract/api-socket.ts';
import { listenApi } from '../api/serve-api.ts';
import { listenIntakeSocket } from '../api/intake-socket.ts';
import { systemClock, systemTimers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { Flow } from '../flow/flow.ts';
import { openLink } from '../link/open-link.ts';
import { createMethods } from '../methods/create-methods.ts';
import type { ConsoleWriter } from '../methods/run-console.ts';
import { createIdSource } from '../model/id.ts';
import { digestSeals, openPolicy } from '../security/seal.ts';
import { driverFor } from '../store/driver.ts';
import { openStore } from '../store/open-store.ts';
import type { Config } from './config/config.ts';
import { Engine } from './engine.ts';
import { createService, type Service } from './service.ts';

export interface NodeOptions {
  readonly config: Config;
  /** Writes the configuration file; answers warnings. Called once the node knows that it is alone in its folders. */
  readonly saveConfig: () => readonly string[];
  readonly log: Log;
  readonly version: string;
  /** What commands inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where commands run. */
  readonly workFolder: string;
  /** What the method `console` writes to. */
  readonly console: { readonly stdout: ConsoleWriter; readonly stderr: ConsoleWriter };
  /** Asks the node to stop. */
  readonly signal: AbortSignal;
}

/** Resolves when the node has stopped because `signal` said so. Rejects with a StewardError if it cannot start or go on. */
export async function runNode(options: NodeOptions): Promise<void> {
  const { config, log, version } = options;
  const startedAt = systemClock.wall();
  const failed = withResolvers();
  let storeState: { state: 'ok' } | { state: 'stalled'; reason: string } = { state: 'ok' };
  let linkState: { state: 'up' | 'down'; broker: string; since: number } = {
    state: 'down',
    broker: config.brokerAddresses.join(','),
    since: startedAt,
  };

  mkdirSync(config.databaseFolder, { recursive: true, mode: 0o700 });
  const store = await openStore({
    path: join(config.databaseFolder, 'steward.db'),
    driver: driverFor(process.versions.node),
    worker: new URL('./store-worker.mjs', import.meta.url),
    onStalled: (reason) => {
      if (storeState.state === 'ok') log.error('store: cannot write, nothing is accepted until it can', { reason });
      storeState = { state: 'stalled', reason };
      engine.handle({ type: 'store-stalled', reason });
    },
    onReady: () => {
      log.info('store: can write again');
      storeState = { state: 'ok' };
      engine.handle({ type: 'store-ready' });
    },
    onFailed: (error) => failed.reject(error),
  });
  for (const warning of options.saveConfig()) log.warn(warning);

  const methods = createMethods({
    nodeName: config.nodeName,
    dataFolder: config.subscribersDataFolder,
    workFolder: options.workFolder,
    env: options.env,
    clock: systemClock,
    timers: systemTimers,
    stdout: options.console.stdout,
    stderr: options.console.stderr,
    outputLimit: config.outputLimitBytes,
    pid: process.pid,
  });
  const ready = withResolvers();
  const flow = new Flow(
    {
      node: config.nodeName,
      central: config.centralNodeName,
      version,
      boot: Buffer.from(systemRandom.bytes(9)).toString('base64url'),
      random: systemRandom,
      wall: () => systemClock.wall(),
      monotonic: () => systemClock.monotonic(),
      seals: digestSeals,
      policy: openPolicy,
      methods,
      newId: createIdSource({
        now: () => systemClock.wall(),
        random48: () => Math.floor(systemRandom.next() * 2 ** 48),
      }),
      maxRunning: config.maxRunning,
    },
    ready.resolve,
  );
  let service: Service | undefined;
  const engine: Engine = new Engine({
    flow,
    store,
    methods,
    clock: systemClock,
    timers: systemTimers,
    log,
    onNotice: (notice) => service?.publish(notice),
    onFailed: failed.reject,
  });
  engine.handle({ type: 'start' });
  await Promise.race([ready.promise, failed.promise, aborted(options.signal)]);
  if (options.signal.aborted) {
    // Stopped while it started: a disk that is full would have it wait for ever.
    engine.close();
    return store.close();
  }

  service = createService({
    node: config.nodeName,
    flow,
    engine,
    store,
    defaults: {
      ackTimeoutMs: config.defaultMessageTimeoutMs,
      retries: config.defaultMessageRetries,
      methodTimeoutMs: config.defaultMethodTimeoutMs,
      expiresMs: config.defaultExpiresMs,
    },
    info: () => ({
      node: config.nodeName,
      version,
      pid: process.pid,
      startedAt,
      link: linkState,
      central: config.centralNodeName,
      store: storeState,
    }),
  });
  const intakeService = service;
  const intake = await listenIntakeSocket({
    path: join(config.socketFolder, intakeSocketName),
    submit: (bytes) => intakeService.submit({ bytes, source: 'socket' }),
    log,
  });
  const api = await listenApi({ path: join(config.socketFolder, apiSocketName), service, log });

  log.warn('messages are not signed yet: whoever can publish on the broker can run commands on this node');
  engine.link = openLink({
    servers: config.brokerAddresses,
    name: config.nodeName,
    user: config.brokerUser,
    password: config.brokerPassword(),
    nkeySeedFile: config.nkeySeedFile,
    rootCaPath: config.rootCaPath,
    subjects: flow.subjects(),
    log,
    onFrame: (subject, bytes) => engine.handle({ type: 'frame', subject, bytes }),
    onNoResponders: (subject) => engine.handle({ type: 'no-responders', subject }),
    onUp: (broker) => {
      linkState = { state: 'up', broker, since: systemClock.wall() };
      engine.handle({ type: 'link-up' });
    },
    onDown: () => {
      linkState = { ...linkState, state: 'down', since: systemClock.wall() };
      engine.handle({ type: 'link-down' });
    },
    onFailed: failed.reject,
    timers: systemTimers,
    random: systemRandom,
  });
  log.info('ready', { node: config.nodeName, version, pid: process.pid, startMs: Math.round(systemClock.monotonic()) });

  try {
    await Promise.race([aborted(options.signal), failed.promise]);
    log.info('stopping');
  } finally {
    await intake.close();
    await engine.drain(config.drainMs);
    await api.close();
    await engine.link.close();
    await methods.close();
    await store.close();
    engine.close();
  }
  log.info('stopped');
}

function withResolvers(): {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve = (): void => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
