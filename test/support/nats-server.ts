// A real nats-server for a test, on 127.0.0.1. scripts/fetch-nats-server.mjs brings the program.
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface TestNatsServer {
  readonly port: number;
  readonly url: string;
  readonly pid: () => number;
  /** SIGKILL: what it had not sent is lost. */
  kill(): Promise<void>;
  /** An orderly end. The port stays ours: start() takes it again. */
  stop(): Promise<void>;
  /** After kill() or stop(), on the same port. */
  start(): Promise<void>;
  /** Ends it, if it runs, and removes its files. */
  close(): Promise<void>;
}

export interface TestNatsServerOptions {
  /** Further lines of its configuration file, such as `authorization { … }` or `tls { … }`. */
  readonly config?: string;
}

const cached = fileURLToPath(new URL('../../.cache/nats-server/nats-server', import.meta.url));

/** Throws, and says how to get it, where there is none. */
export function findNatsServer(): string {
  const given = process.env['STEWARD_TEST_NATS_SERVER'];
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'nats-server'));
  const found = [...(given === undefined ? [] : [given]), cached, ...onPath].find(isExecutable);
  if (found === undefined) throw new Error('no nats-server: run "node scripts/fetch-nats-server.mjs" first');
  return found;
}

export async function startTestNatsServer(options: TestNatsServerOptions = {}): Promise<TestNatsServer> {
  const executable = findNatsServer();
  const folder = await mkdtemp(join(tmpdir(), 'steward-nats-'));
  const port = await freePort();
  const configFile = join(folder, 'nats.conf');
  await writeFile(configFile, `listen: "127.0.0.1:${port}"\n${options.config ?? ''}\n`);
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    child = await launch(executable, configFile);
  };
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('close', resolve));
    running.kill(signal);
    await ended;
  };
  await start();
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    pid: () => {
      if (child?.pid === undefined) throw new Error('nats-server is not running');
      return child.pid;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start,
    close: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A port that nobody listens on, below those that the system gives to outgoing connections: while the server is down,
 * neither another socket nor a client that dials itself can take it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await canListen(port)) return port;
  }
  throw new Error('found no free port between 20000 and 32000 in 100 tries');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}

function launch(executable: string, configFile: string): Promise<ChildProcess> {
  const child = spawn(executable, ['-c', configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (how: string): void => reject(new Error(`nats-server did not start (${how}):\n${log}`));
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, signal) => fail(signal ?? `exit code ${code}`));
    child.stderr.on('data', (text: Buffer) => {
      log = (log + text.toString()).slice(-10_000);
      if (log.includes('Server is ready')) resolve(child);
    });
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // The next place is tried.
  }
}
