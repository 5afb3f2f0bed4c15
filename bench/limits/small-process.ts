// A process that holds nothing but what it measures. Prints one line of JSON.
import { spawn } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@nats-io/transport-node';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { createExecutorRunner } from '../../src/methods/command/executor-runner.ts';
import { createIdentify } from '../../src/methods/orphans/process-table.ts';
import { quantile } from '../figure.ts';
import { bareReceiver, bareSender } from './bare-trip.ts';

const subject = 'steward-bench.limit';
const modes: Readonly<Record<string, (argument: string) => Promise<void>>> = {
  respond,
  request,
  sync,
  spawn: bareSpawn,
  executor,
  'trip-receiver': bareReceiver,
  'trip-sender': bareSender,
};

/** Mode, and its argument: a broker's address, a folder, or both. */
export async function runSmallProcess([mode = '', argument = '']: readonly string[]): Promise<void> {
  await modes[mode]?.(argument);
}

function print(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Calls `once` so often, one at a time; then with so many at once. */
async function measure(
  once: () => Promise<unknown>,
  of: { count: number; many: number; atOnce: number },
): Promise<object> {
  for (let index = 0; index < of.count / 10; index += 1) await once();
  const samples: number[] = [];
  for (let index = 0; index < of.count; index += 1) {
    const from = performance.now();
    await once();
    samples.push(performance.now() - from);
  }
  let next = 0;
  const work = async (): Promise<void> => {
    while (next++ < of.many) await once();
  };
  const from = performance.now();
  await Promise.all(Array.from({ length: of.atOnce }, work));
  const perSecond = (of.many / (performance.now() - from)) * 1000;
  return { p50: quantile(samples, 0.5), p99: quantile(samples, 0.99), perSecond };
}

/** Answers until its standard input ends. */
async function respond(url: string): Promise<void> {
  const connection = await connect({ servers: url });
  connection.subscribe(subject, { callback: (_error, message) => void message.respond(message.data) });
  await connection.flush();
  print({ ready: true });
  process.stdin.resume().once('end', () => void connection.close());
}

async function request(url: string): Promise<void> {
  const connection = await connect({ servers: url });
  const payload = new Uint8Array(128);
  print(
    await measure(() => connection.request(subject, payload, { timeout: 10_000 }), {
      count: 2000,
      many: 50_000,
      atOnce: 256,
    }),
  );
  await connection.close();
}

/** Appends 4 KiB and syncs them. */
async function sync(folder: string): Promise<void> {
  const file = join(folder, 'sync');
  const descriptor = openSync(file, 'w');
  const page = Buffer.alloc(4096, 1);
  const once = async (): Promise<void> => {
    writeSync(descriptor, page);
    fdatasyncSync(descriptor);
  };
  print(await measure(once, { count: 1000, many: 1000, atOnce: 1 }));
  closeSync(descriptor);
  rmSync(file);
}

async function bareSpawn(): Promise<void> {
  const once = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = spawn('true', { stdio: ['ignore', 'pipe', 'pipe'] });
      child.once('error', reject).once('close', () => resolve());
    });
  print(await measure(once, { count: 300, many: 2000, atOnce: 16 }));
}

/** Through the helper process by which nodes start their commands. */
async function executor(): Promise<void> {
  const runner = createExecutorRunner({
    clock: systemClock,
    timers: systemTimers,
    env: { PATH: process.env['PATH'] ?? '' },
    look: () => Promise.resolve([]),
    sweep: () => Promise.resolve({ ended: [], left: [] }),
    identify: createIdentify({ path: '/proc' }),
    mark: 'bench',
  });
  while (!runner.warm()) await new Promise((resolve) => setTimeout(resolve, 5));
  let last = 0;
  const once = (): Promise<unknown> =>
    runner.run({
      key: `bench/${(last += 1)}`,
      args: ['true'],
      cwd: tmpdir(),
      stdin: new Uint8Array(),
      timeoutMs: 10_000,
      outputLimit: 1 << 20,
      onSpawned: () => undefined,
      signal: new AbortController().signal,
    });
  print(await measure(once, { count: 300, many: 2000, atOnce: 16 }));
  await runner.close();
}
