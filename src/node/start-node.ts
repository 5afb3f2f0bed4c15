// The composition root: a node, from its store to its sockets, in the order in which things happen.
//
// 1. Nothing runs before the sockets are there, and nobody is spoken to before the store has been taken up.
// 2. However it ends, also in the middle of the start, everything that was opened is closed.
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiSocketName, intakeSocketName } from '../contract/api-socket.ts';
import { listenApi, type ApiServer } from '../api/serve-api.ts';
import type { NodeService } from '../api/service.ts';
import { listenIntakeSocket, type IntakeSocket } from '../api/intake-socket.ts';
import { systemClock, systemTimers } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { openLinks } from '../link/join-links.ts';
import { createMethods, type Methods } from '../methods/create-methods.ts';
import type { MethodsOptions } from '../methods/methods-options.ts';
import { keepFor } from '../message-log/keep-files.ts';
import { limitMemory } from '../methods/command/memory-limit.ts';
import type { ConsoleWriter } from '../methods/run-console.ts';
import { describeError } from '../model/error.ts';
import { driverFor } from '../store/driver.ts';
import { openStore } from '../store/open-store.ts';
import { storeBytes } from '../store/quota.ts';
import type { Config } from './config/config.ts';
import { answerOperator } from './answer-operator.ts';
import { ToldMethods } from './own-methods/told-methods.ts';
import { tellBroken } from './own-methods/tell-broken.ts';
import { createStartup } from './startup/create-startup.ts';
import { createFlow, quotaShares } from './create-flow.ts';
import { Engine } from './engine.ts';
import { historyOf } from './message-history.ts';
import { createErrorReporting } from './report-errors.ts';
import { createErrorPost } from './error-post/create-error-post.ts';
import { OwnRequests } from './own-requests.ts';
import { keptOutputOf } from './kept-output.ts';
import { defaultsOf } from './message-defaults.ts';
import { createService, type Service } from './service.ts';
import { ageInputs, takeInputs } from './take-inputs.ts';
import { aborted, withResolvers } from './resolvers.ts';
import { BufferTidier, bufferBytes, collectGarbage } from './tidy-heap.ts';

export interface NodeOptions {
  readonly config: Config;
  /** Writes the configuration file; answers warnings. Called once the node has started: alone in its folders, with its sockets and keys. */
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
  const time = { clock: systemClock, timers: systemTimers };
  const startedAt = systemClock.wall();
  const failed = withResolvers();
  // Nobody may wait for it yet: that is no reason to end the process at once.
  failed.promise.catch(() => undefined);
  let storeState: { state: 'ok' } | { state: 'stalled'; reason: string } = { state: 'ok' };
  let linkState: { state: 'up' | 'down'; broker: string; since: number } = {
    state: 'down',
    broker: config.brokers.flatMap(({ servers }) => servers).join(','),
    since: startedAt,
  };

  const errors = createErrorReporting({
    node: config.nodeName,
    central: config.centralNodeName,
    log,
    ...time,
    random: systemRandom,
  });
  const { report } = errors;
  const onMistake = (error: unknown): void => {
    report('internal', 'the node ends, by a mistake of its own', { error: describeError(error) });
    failed.reject(error);
  };
  /** What the sockets call an error is a mistake, too. */
  const socketLog: Log = { ...log, error: (text, data) => report('internal', text, data) };
  let engine: Engine | undefined;
  mkdirSync(config.databaseFolder, { recursive: true, mode: 0o700 });
  const storePath = join(config.databaseFolder, 'steward.db');
  const store = openStore({
    path: storePath,
    logBounds: quotaShares(config)?.log,
    driver: driverFor(process.versions.node),
    checkpointThread: new URL('./checkpoint-thread.mjs', import.meta.url),
    ...time,
    onStalled: (reason) => {
      if (storeState.state === 'ok')
        report('store-unavailable', 'store: cannot write, nothing is accepted until it can', { reason });
      storeState = { state: 'stalled', reason };
      engine?.handle({ type: 'store-stalled', reason });
    },
    onReady: () => {
      log.info('store: can write again');
      storeState = { state: 'ok' };
      engine?.handle({ type: 'store-ready' });
    },
    onForgotten: (reason) =>
      report('store-unchecked', 'store: damage of its pages is not found before the next start', { reason }),
    onUpgrade: (what) =>
      log.info(`store: ${what}; nothing else is done until then`, { bytes: statSync(storePath).size }),
    onFailed: (error) => failed.reject(error),
  });
  const history = historyOf(config, { store, log });
  let methods: Methods | undefined;
  // Nothing runs before the service is there.
  let askNode: MethodsOptions['askNode'] = () => Promise.reject(new Error('there is no service yet'));
  let askOther: MethodsOptions['askOther'] = () => Promise.reject(new Error('there is no engine yet'));
  let intake: IntakeSocket | undefined;
  let api: ApiServer | undefined;
  let closeService = (): void => undefined;
  let mayRun = false;
  try {
    methods = createMethods({
      nodeName: config.nodeName,
      dataFolder: config.subscribersDataFolder,
      storeFolder: config.databaseFolder,
      workFolder: options.workFolder,
      configFolder: config.configFolder,
      groups: config.groups,
      version,
      env: options.env,
      ...time,
      stdout: options.console.stdout,
      stderr: options.console.stderr,
      methodsFolder: config.methodsFolder,
      modules: {
        paths: config.methodModules,
        runner: { node: process.execPath, script: fileURLToPath(new URL('./run-module.mjs', import.meta.url)) },
      },
      askNode: (request) => askNode(request),
      askOther: (draft, signal) => askOther(draft, signal),
      outputLimit: config.outputLimitBytes,
      errorLogBytes: keepFor({ ageMs: config.logKeepMs, quotaBytes: config.logQuotaBytes }).fileBytes,
      ...limitMemory({ limitBytes: config.maxMethodMemoryBytes, log }),
      pid: process.pid,
    });
    const ready = withResolvers();
    const flow = createFlow(options, { methods, onReady: ready.resolve });
    let publish: Service['publish'] = () => undefined;
    const made = new Engine({
      flow,
      store,
      methods,
      ...time,
      log,
      report,
      onNotice(notice) {
        errors.onNotice(notice);
        ownRequests.note(notice);
        if (!ownRequests.isOwn(notice)) history.note(notice);
        publish(notice);
      },
      onFailed: onMistake,
    });
    engine = made;
    const ownRequests = new OwnRequests({ flow, engine: made, store, ...time });
    askOther = ownRequests.ask;
    const told = new ToldMethods({
      path: join(config.databaseFolder, 'told-methods.json'),
      node: config.nodeName,
      store,
      flow,
      warn: log.warn.bind(log),
    });
    const service = createService({
      node: config.nodeName,
      flow,
      engine: made,
      store,
      history,
      central: config.centralNodeName,
      ...time,
      warn: log.warn.bind(log),
      configFolder: config.configFolder,
      workFolder: options.workFolder,
      keptOutput: keptOutputOf(config, time),
      told,
      defaults: { ...defaultsOf(config), hasOwnMethod: (name) => methods?.own.has(name) ?? true },
      info: () => ({
        node: config.nodeName,
        version,
        pid: process.pid,
        startedAt,
        link: linkState,
        central: config.centralNodeName,
        store: {
          ...storeState,
          bytes: storeBytes(storePath),
          ...(config.storeQuotaBytes < 0 ? {} : { quota: config.storeQuotaBytes }),
        },
      }),
    });
    made.isWatched = () => service.isWatched();
    const startup = createStartup({ ...options, service, ...time, report });
    const errorPost = createErrorPost(config, { store, requests: ownRequests, report, ...time });
    publish = (notice) => {
      service.publish(notice);
      startup.note(notice);
      errorPost?.note(notice);
    };
    const stopAgeing = ageInputs(methods.inputs, systemTimers);
    closeService = () => {
      stopAgeing();
      errorPost?.close();
      startup.close();
      service.close();
    };
    askNode = answerOperator({ service, told, startup, methods, timers: systemTimers, wall: () => systemClock.wall() });
    // A file in the place of a socket, or a wrong key, ends the start before anything runs.
    const whenReady: NodeService = {
      ...service,
      ...takeInputs(methods.inputs, { node: config.nodeName, defaults: defaultsOf(config) }),
      submit: (submission) => ready.promise.then(() => service.submit(submission)),
    };
    intake = await listenIntakeSocket({
      path: join(config.socketFolder, intakeSocketName),
      submit: (bytes) => whenReady.submit({ bytes, source: 'socket' }),
      log: socketLog,
    });
    api = await listenApi({ path: join(config.socketFolder, apiSocketName), service: whenReady, log: socketLog });
    await history.begin();
    made.handle({ type: 'start' });
    const stopped = aborted(options.signal);
    // A disk that is full would have the start wait for ever: it can be stopped, too.
    await Promise.race([ready.promise, failed.promise, stopped]);
    if (options.signal.aborted) return;
    mayRun = true;
    await service.begin();
    await errorPost?.begin();
    errors.start({ store, engine: made, onKept: () => publish({ type: 'errors' }) });
    void startup.begin();
    void tellBroken({ methods, report });
    log.warn('messages are not signed yet: whoever can publish on the broker can run commands on this node');
    const buffers = new BufferTidier({ clock: systemClock, bufferBytes, collect: collectGarbage });
    made.link = openLinks({
      brokers: config.brokers.map(({ password, ...broker }) => ({ ...broker, password: password() })),
      name: config.nodeName,
      subjects: flow.subjects(),
      log,
      report,
      onFrame: (subject, bytes) => {
        made.handle({ type: 'frame', subject, bytes });
        buffers.frameCame();
      },
      onNoResponders: (subject) => made.handle({ type: 'no-responders', subject }),
      onUp: (broker) => {
        linkState = { state: 'up', broker, since: systemClock.wall() };
        made.handle({ type: 'link-up' });
      },
      onPartlyDown: (broker) => {
        linkState = { ...linkState, broker };
      },
      onDown: () => {
        linkState = { ...linkState, state: 'down', since: systemClock.wall() };
        made.handle({ type: 'link-down' });
      },
      onFailed: onMistake,
      timers: systemTimers,
      random: systemRandom,
    });
    for (const warning of options.saveConfig()) log.warn(warning);
    const startMs = Math.round(systemClock.monotonic());
    log.info('ready', { node: config.nodeName, version, pid: process.pid, startMs });
    await Promise.race([stopped, failed.promise]);
    log.info('stopping');
  } finally {
    try {
      closeService();
      if (!mayRun) engine?.close();
      await intake?.close();
      if (mayRun) await engine?.drain(config.drainMs);
      await api?.close();
      await engine?.link?.close();
      await methods?.close();
    } finally {
      errors.close();
      // Whatever went wrong: a store that the end of the process closes is closed without its sums.
      await store.close();
      engine?.close();
      await history.close();
    }
  }
  log.info('stopped');
}
