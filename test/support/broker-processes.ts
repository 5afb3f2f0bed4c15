// nats-server and the built-in broker, each a process of its own, with the same bounds: for cases with so much traffic
// or so many clients that a broker in the test's own process would be measured together with the test.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BrokerLimits } from '../../src/broker/limits.ts';
import { buildProgram } from './build-program.ts';
import { freePort, startTestNatsServer } from './nats-server.ts';
import { RawClient } from './raw-client.ts';
import { connectLine } from './two-brokers.ts';
import { waitFor } from './wait-for.ts';

export interface BrokerProcess {
  readonly kind: 'nats-server' | 'built-in';
  readonly port: number;
  readonly pid: number;
}

export interface BrokerProcesses {
  readonly natsServer: BrokerProcess;
  readonly builtIn: BrokerProcess;
  close(): Promise<void>;
}

export type SharedLimits = Pick<BrokerLimits, 'maxPending' | 'writeDeadlineMs'>;

export async function startBrokerProcesses(limits: Partial<SharedLimits> = {}): Promise<BrokerProcesses> {
  const { maxPending, writeDeadlineMs } = limits;
  const config = [
    ...(maxPending === undefined ? [] : [`max_pending: ${maxPending}`]),
    ...(writeDeadlineMs === undefined ? [] : [`write_deadline: "${writeDeadlineMs}ms"`]),
  ].join('\n');
  const server = await startTestNatsServer({ config });
  const folder = await mkdtemp(join(tmpdir(), 'steward-broker-'));
  const port = await freePort();
  const child = await launchBuiltIn({ folder, port, limits });
  return {
    natsServer: { kind: 'nats-server', port: server.port, pid: server.pid() },
    builtIn: { kind: 'built-in', port, pid: child.pid ?? 0 },
    close: async () => {
      await server.close();
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'close');
        child.kill('SIGKILL');
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface LaunchOptions {
  readonly folder: string;
  readonly port: number;
  readonly limits: Partial<SharedLimits>;
}

async function launchBuiltIn({ folder, port, limits }: LaunchOptions): Promise<ChildProcess> {
  const program = join(folder, 'broker-program.mjs');
  await buildProgram(new URL('broker-program.ts', import.meta.url), { outfile: program });
  const child = spawn(process.execPath, [program, String(port), JSON.stringify(limits)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  await waitFor('the built-in broker', () => child.exitCode !== null || printed.includes('ready'));
  if (child.exitCode !== null) throw new Error(`the built-in broker ended with ${child.exitCode}`);
  return child;
}

export interface Bench {
  readonly broker: BrokerProcess;
  /** Connected, greeted, and these lines said. */
  readonly open: (...lines: readonly string[]) => Promise<RawClient>;
  /** A client that says these lines and reads nothing. `end()` closes its half of the connection, when all was said. */
  readonly openDeaf: (...lines: readonly string[]) => Socket;
}

/** A test that nats-server behaves as `expected` says, and the built-in broker in the same way. */
export function sameOnProcesses(
  pair: () => BrokerProcesses,
  title: string,
  run: (bench: Bench) => Promise<unknown>,
  expected: unknown,
): void {
  test(`broker - ${title}`, async () => {
    for (const broker of [pair().natsServer, pair().builtIn]) {
      expect({ [broker.kind]: await runOn(broker, run) }).toEqual({ [broker.kind]: expected });
    }
  });
}

/** What was opened is closed, whatever happens. */
export async function runOn<T>(broker: BrokerProcess, run: (bench: Bench) => Promise<T>): Promise<T> {
  const clients: RawClient[] = [];
  const sockets: Socket[] = [];
  try {
    return await run({
      broker,
      open: async (...lines) => {
        const client = await RawClient.open(broker.port);
        clients.push(client);
        await client.ask(connectLine, ...lines);
        return client;
      },
      openDeaf: (...lines) => {
        const socket = connect({ host: '127.0.0.1', port: broker.port });
        sockets.push(socket);
        // How the broker ends it is nothing to a client that does not listen.
        socket.on('error', () => undefined).pause();
        socket.write([connectLine, ...lines].map((line) => `${line}\r\n`).join(''), 'latin1');
        return socket;
      },
    });
  } finally {
    for (const client of clients) client.close();
    for (const socket of sockets) socket.destroy();
  }
}

/** Bytes of memory that a process has now, and the most that it ever had. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number => {
    const kibibytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1];
    if (kibibytes === undefined) throw new Error(`no ${name} of process ${pid}`);
    return Number(kibibytes) * 1024;
  };
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}
