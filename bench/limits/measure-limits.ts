// The raw limits of this machine, in this run: what Steward is held against.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { median } from '../figure.ts';
import { residentMb } from '../lab/processes.ts';

export interface Speed {
  /** Milliseconds, one at a time. */
  readonly p50: number;
  readonly p99: number;
  /** Many at once. */
  readonly perSecond: number;
}

export interface Limits {
  /** A bare request and its reply over the same broker, between two processes. */
  readonly request: Speed;
  /** 4 KiB appended and fdatasync, in the folder of the nodes. */
  readonly sync: Speed;
  /** `true`, by node's own spawn from a small process. */
  readonly spawn: Speed;
  /** `true`, through the executor. */
  readonly executor: Speed;
  /** A process of Node that does nothing: milliseconds of its whole life, and resident MB. */
  readonly node: { readonly startMs: number; readonly residentMb: number };
}

export async function measureLimits(of: { readonly brokerUrl: string; readonly folder: string }): Promise<Limits> {
  const { brokerUrl, folder } = of;
  const program = process.argv[1] ?? '';
  const run = async (mode: string, argument = ''): Promise<Speed> => {
    const child = spawn(process.execPath, [program, 'limit', mode, argument], { stdio: ['ignore', 'pipe', 'inherit'] });
    return JSON.parse(await firstLine(child.stdout)) as Speed;
  };
  const responder = spawn(process.execPath, [program, 'limit', 'respond', brokerUrl], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await firstLine(responder.stdout);
  const request = await run('request', brokerUrl);
  responder.stdin.end();
  await once(responder, 'close');
  return {
    request,
    sync: await run('sync', folder),
    spawn: await run('spawn'),
    executor: await run('executor'),
    node: await bareNode(),
  };
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  const [line] = (await once(createInterface(stream), 'line')) as [string];
  return line;
}

async function bareNode(): Promise<Limits['node']> {
  const lives: number[] = [];
  for (let index = 0; index < 10; index += 1) {
    const from = performance.now();
    await once(spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }), 'close');
    lives.push(performance.now() - from);
  }
  const idle = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => undefined, 1e6)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await firstLine(idle.stdout);
  const resident = residentMb([idle.pid ?? 0]);
  idle.kill();
  await once(idle, 'close');
  return { startMs: median(lives), residentMb: resident };
}
