// One node of the benchmark: the executable as its users start it, in a folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createClient, type Client } from '../../src/client/client.ts';
import { askIntake } from './submit.ts';
import { waitUntil } from './wait-until.ts';

export interface BenchNode {
  readonly name: string;
  readonly folder: string;
  readonly intake: string;
  readonly client: Client;
  readonly pid: () => number;
  /** Milliseconds from the start of the process until its intake answered. */
  readonly start: () => Promise<number>;
  /** Until the node says that it has its broker. */
  readonly linkUp: () => Promise<void>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** The lines of its log since its last start. */
  readonly log: () => readonly { readonly time: string; readonly msg: string }[];
}

export interface BenchNodeOptions {
  readonly name: string;
  readonly folder: string;
  readonly program: string;
  readonly brokerUrl: string;
  /** Where the processor profiles go, if there shall be any. */
  readonly profiles?: string | undefined;
  /** Beside its name and the addresses. */
  readonly flags: readonly string[];
}

export function createBenchNode({ name, folder, program, brokerUrl, profiles, flags }: BenchNodeOptions): BenchNode {
  mkdirSync(folder, { recursive: true });
  const intake = join(folder, 'tmp/steward.sock');
  const logFile = join(folder, 'node.log');
  const client = createClient({ socketPath: join(folder, 'tmp/steward-api.sock') });
  let child: ChildProcess | undefined;

  const pid = (): number => {
    if (child?.pid === undefined) throw new Error(`${name} does not run`);
    return child.pid;
  };
  return {
    name,
    folder,
    intake,
    client,
    pid,
    async start() {
      const log = openSync(logFile, 'w');
      const from = performance.now();
      child = spawn(
        // The executable itself, as it is used: a profile can only be asked for at its Node.
        profiles === undefined ? program : process.execPath,
        [
          ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profiles, name)}`, program]),
          'node',
          `--node-name=${name}`,
          `--broker-address=${brokerUrl}`,
          '--central-node-name=central',
          ...flags,
        ],
        {
          cwd: folder,
          env: { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` },
          stdio: ['ignore', 'ignore', log],
        },
      );
      closeSync(log);
      const started = child;
      await waitUntil(`${name} to answer`, 1, () => {
        if (started.exitCode !== null) throw new Error(`${name} has ended:\n${readFileSync(logFile, 'utf8')}`);
        return askIntake(intake, '{}').then(
          () => true,
          () => false,
        );
      });
      return performance.now() - from;
    },
    linkUp: () =>
      waitUntil(`${name} to have its broker`, 5, () =>
        client.info().then(
          ({ link }) => link.state === 'up',
          () => false,
        ),
      ),
    async stop(signal = 'SIGTERM') {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const ended = once(running, 'close');
      running.kill(signal);
      await ended;
    },
    log: () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as { time: string; msg: string }),
  };
}
