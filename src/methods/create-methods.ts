// All that a node can be asked to do, put together.
//
// Job: one table from a method's name to how it runs, and one way to run each.
// From: the flow's runner. To: commands, files and the console of this node, and web servers.
//
// 1. Nothing that a message holds makes a run reject: whatever goes wrong is in its result.
// 2. Everything from outside comes in as an argument: environment, clock, timers, writers.
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { replacesFile, type MessageId } from '../model/message.ts';
import type { MethodName } from '../model/method-name.ts';
import { createExecutorRunner } from './command/executor-runner.ts';
import { OutlivingCommands } from './command/outliving-command.ts';
import { commandEnvironment } from './command/command-environment.ts';
import { commandOf } from './command/run-command.ts';
import { answerHellos } from './facts/answer-hellos.ts';
import { NodeFacts } from './facts/facts.ts';
import { Appends, type Prepared } from './files/appends.ts';
import { Leases } from './files/leases.ts';
import { NearDisk } from './files/near-disk.ts';
import { openInside } from './files/open-inside.ts';
import { runReplace } from './files/run-replace.ts';
import { type OrphanReport, endOrphans } from './orphans/end-orphans.ts';
import { createSweeper } from './orphans/sweeper.ts';
import { findRunProcesses, type RunTrace } from './orphans/find-run-processes.ts';
import { createIdentify, readProcessTable } from './orphans/process-table.ts';
import { type MethodKind, kinds } from './kinds.ts';
import { failed, succeeded } from './result.ts';
import type { RunKey, RunOptions, RunRequest, RunResult } from './run.ts';
import { runConsole } from './run-console.ts';
import { startSpan } from './span.ts';
import { createProcessRunner, defaultOutputLimit, type Runner } from './run-process.ts';
import { OwnMethods } from './own/own-methods.ts';
import { runHttp, runSource, runTarget } from './load-method.ts';
import { Inputs } from './input/inputs.ts';
import type { MethodsOptions } from './methods-options.ts';

export interface Methods {
  /** What it keeps for messages to read. */
  readonly inputs: Inputs;
  kindOf(method: MethodName): MethodKind;
  /** For kind `inline`. */
  runInline(request: RunRequest): RunResult;
  /** For kind `file`: where each run will write, to be made durable before `runBatch`. Waits for files that other runs hold. */
  prepare(requests: readonly RunRequest[]): Promise<readonly Prepared[]>;
  /** For kind `file`, at a start and before any `prepare`: what has a mark and no outcome. */
  adopt(requests: readonly RunRequest[]): Promise<void>;
  /** A run that is over, or of kind `file` and will not be run although it was prepared or adopted: what is held for it goes, and what is kept for it to read. */
  release(run: RunKey, input?: MessageId): void;
  /** For kind `file`: one result a request; one sync a file. All of them replace their files, or none does (`replacesFile`). */
  runBatch(requests: readonly RunRequest[]): Promise<readonly RunResult[]>;
  /** For every kind: one run. */
  run(request: RunRequest, options: RunOptions): Promise<RunResult>;
  /**
   * Says that `run` is about to be called with the same request, so that a process can be made ready while the mark of its
   * start is written to the disk. Nothing of the command begins. For every kind; does nothing where nothing can be done.
   * To be followed by `run` or `disarm`; what was made is gone some seconds later if neither comes, or the node dies.
   */
  arm(request: RunRequest): void;
  /** A run that was armed will not be run now. It may be armed again, or run. Nothing happens if it was not armed. */
  disarm(run: RunKey): void;
  /** What there is to know of the methods of this node's own. */
  readonly own: Pick<OwnMethods, 'list' | 'listModules' | 'find' | 'has'>;
  /** At a start, before anything runs: ends the commands of runs that a crash interrupted, and comes back when they are gone. */
  endOrphans(runs: readonly RunTrace[]): Promise<OrphanReport>;
  close(): Promise<void>;
}

const defaultErrorLogBytes = 16 * 1024 * 1024;

export function createMethods(options: MethodsOptions): Methods {
  const { clock, timers, parts = {} } = options;
  const proc = { path: '/proc' };
  const end = (runs: readonly RunTrace[]): Promise<OrphanReport> =>
    endOrphans(runs, { proc, timers, self: options.pid });
  const look = createSweeper(async (runs) => ({
    ended: [],
    left: findRunProcesses(await readProcessTable(proc), { runs, self: options.pid }),
  }));
  const files = {
    dataFolder: options.dataFolder,
    nearDisk: new NearDisk(options),
    clock,
    timers,
    leases: new Leases(),
    open: openInside,
    errorLogBytes: options.errorLogBytes ?? defaultErrorLogBytes,
  };
  const appends = new Appends(files);
  const mark = `executor of ${options.dataFolder}`;
  const runnerOptions = {
    clock,
    timers,
    env: commandEnvironment(options),
    sweep: createSweeper(end),
    look: async (run: RunTrace) => (await look(run)).left,
    identify: createIdentify(proc),
    ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
  };
  const folder = join(options.storeFolder, 'outliving');
  const outliving = parts.outliving ?? new OutlivingCommands({ ...runnerOptions, folder, proc, self: options.pid });
  const perl = options.perl === undefined ? {} : { perl: options.perl };
  const commands = parts.commands ?? createExecutorRunner({ ...runnerOptions, mark, ...perl });

  const facts = new NodeFacts({
    ...options,
    startedAt: clock.monotonic(),
    commands,
    keyOf: (program) => `facts of ${options.dataFolder}: ${program}`,
  });
  const outputLimit = options.outputLimit ?? defaultOutputLimit;
  const inputs = new Inputs(options);
  const runWeb: Runner = (request, how) => runHttp(request, how, { ...options, outputLimit });
  const own = new OwnMethods({ ...options, outputLimit, commands });
  const others: Readonly<Partial<Record<MethodName, Runner>>> = {
    httpGet: runWeb,
    httpPost: runWeb,
    own: (request, how) => own.run(request, how),
    copySrc: (request, how) => runSource(request, how, { ...options, inputs }),
  };
  const running = {
    ...parts,
    others,
    ...perl,
    workFolder: options.workFolder,
    inputs,
    clock,
    timers,
    commands,
    outliving,
    facts,
  };
  const runProcess = createProcessRunner({ ...running, outputLimit });
  const runBatch = async (requests: readonly RunRequest[]): Promise<readonly RunResult[]> => {
    const appended = requests.filter(isAppend);
    const results = new Map((await appends.runBatch(appended)).map((result, index) => [appended[index]?.key, result]));
    for (const request of requests) if (!isAppend(request)) results.set(request.key, await runReplace(request, files));
    return answerHellos(requests, results, facts);
  };

  const runners: Readonly<Record<MethodKind, (request: RunRequest, runOptions: RunOptions) => Promise<RunResult>>> = {
    inline: ({ message }) => Promise.resolve(inline(message.method, clock)),
    file: async (request) =>
      (await runBatch([request]))[0] ?? failed(startSpan(clock)(), { reason: 'nothing was run' }),
    turn: (request, runOptions) =>
      request.message.method === 'copyDst'
        ? runTarget(request, runOptions, { ...options, inputs })
        : runConsole(request, options),
    order: ({ message }) => Promise.resolve(inline(message.method, clock)),
    node: (request) => options.askNode(request),
    process: runProcess,
  };

  return {
    kindOf: (method) => kinds[method],
    runInline: ({ message }) => inline(message.method, clock),
    async prepare(requests) {
      const appended = requests.filter(isAppend);
      const prepared = new Map(
        (await appends.prepare(appended)).map((answer, index) => [appended[index]?.key, answer]),
      );
      return requests.map(({ key }) => prepared.get(key) ?? { mark: { stdout: 0, stderr: 0 } });
    },
    adopt: (requests) => appends.adopt(requests.filter(isAppend)),
    inputs,
    release(run, input) {
      files.leases.release(run);
      outliving.forget(run);
      // What is left of it goes by age.
      if (input !== undefined) inputs.drop({ from: run.split('/')[0] ?? '', id: input }).catch(() => undefined);
    },
    runBatch,
    run: (request, runOptions) => runners[kinds[request.message.method]](request, runOptions),
    arm(request) {
      const { method, endsNode, detach, settings, stdinFile, onlyIfFact } = request.message;
      const isPlain = [endsNode, detach, settings, stdinFile, onlyIfFact].every((value) => value === undefined);
      if (method === 'cliCommand' && isPlain) commands.arm(commandOf(request, options.workFolder));
    },
    own,
    disarm: (run) => commands.disarm(run),
    async endOrphans(runs) {
      const keys = [...(await facts.leftKeys()), ...own.describeKeys];
      // The executor of the node that died, if it hangs, could still start what it was given. A live one is our own.
      if (commands.pid() === undefined) keys.push(mark);
      return end([...runs, ...keys.map((key) => ({ key }))]);
    },
    async close() {
      outliving.close();
      await own.close();
      await commands.close();
    },
  };
}

function isAppend({ message }: RunRequest): boolean {
  return !replacesFile(message);
}

function inline(method: MethodName, clock: Clock): RunResult {
  const span = { startedAt: Math.round(clock.wall()), durationMs: 0 };
  return succeeded(span, method === 'ping' ? Buffer.from('pong\n') : undefined);
}
