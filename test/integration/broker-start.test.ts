// `steward broker` and its child: which broker it takes, and that nothing of it is left behind.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBroker, type RunningBroker } from '../../src/broker/start-broker.ts';
import { findNatsServer, freePort } from '../support/nats-server.ts';
import { quietLog } from '../support/quiet-log.ts';
import { RawClient } from '../support/raw-client.ts';
import { connectLine } from '../support/two-brokers.ts';
import { waitFor } from '../support/wait-for.ts';

let folder: string;
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-broker-'));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: { port?: number; address?: string }): Promise<RunningBroker> {
  const broker = await startBroker({ port: 0, log: quietLog, searchPath: `:/nowhere:${folder}`, ...options });
  cleanups.push(() => broker.close());
  return broker;
}

async function putOnPath(script?: string): Promise<void> {
  const file = join(folder, 'nats-server');
  if (script === undefined) return symlink(findNatsServer(), file);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

async function speak(port: number): Promise<unknown> {
  const client = await RawClient.open(port);
  cleanups.push(() => client.close());
  return { name: client.info()['server_name'], said: await client.ask(connectLine, 'SUB a 1', 'PUB a 2', 'hi') };
}

async function isUp(port: number): Promise<boolean> {
  const client = await RawClient.open(port).catch(() => undefined);
  client?.close();
  return client !== undefined;
}

const sourceFile = fileURLToPath(new URL('../../src/broker/start-broker.ts', import.meta.url));

/** A process of its own that does what `steward broker` does, and prints its port. */
async function startOwner(): Promise<{ readonly pid: number; readonly port: number }> {
  const entry = join(folder, 'owner.mjs');
  await build({
    stdin: {
      contents: `
        import { startBroker } from ${JSON.stringify(sourceFile)};
        const log = { debug() {}, info() {}, warn() {}, error() {} };
        const broker = await startBroker({ port: ${await freePort()}, log, searchPath: ${JSON.stringify(folder)} });
        console.log(broker.port);
      `,
      resolveDir: folder,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: entry,
    logLevel: 'error',
  });
  const owner = spawn(process.execPath, [entry], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanups.push(() => owner.kill('SIGKILL'));
  let printed = '';
  owner.stdout.on('data', (text: Buffer) => (printed += text.toString()));
  const port = await waitFor('the broker', () => printed.includes('\n') && Number(printed));
  if (owner.pid === undefined) throw new Error('the owner has no pid');
  return { pid: owner.pid, port };
}

test('broker - is nats-server where that is on the PATH', async () => {
  await putOnPath();
  const broker = await start({ port: await freePort() });
  expect(broker.kind).toBe('nats-server');
  expect(await speak(broker.port)).toEqual({ name: expect.stringMatching(/^N/), said: ['MSG a 1 2', 'hi'] });
  await broker.close();
  await broker.closed;
  expect(await isUp(broker.port)).toBe(false);
});

test('broker - is the built-in one where nats-server is not on the PATH', async () => {
  const broker = await start({});
  expect(broker.kind).toBe('built-in');
  expect(await speak(broker.port)).toEqual({ name: 'steward-built-in', said: ['MSG a 1 2', 'hi'] });
  await broker.close();
  await broker.closed;
  expect(await isUp(broker.port)).toBe(false);
});

test('broker - takes any free port when told 0, of both kinds', async () => {
  const builtIn = await start({ port: 0 });
  await putOnPath();
  const real = await start({ port: 0 });
  expect([builtIn.kind, real.kind]).toEqual(['built-in', 'nats-server']);
  expect(await isUp(builtIn.port)).toBe(true);
  expect(await isUp(real.port)).toBe(true);
});

test('broker - passes over what is called nats-server and cannot be executed', async () => {
  await writeFile(join(folder, 'nats-server'), '');
  expect((await start({})).kind).toBe('built-in');
});

test.each(['built-in', 'nats-server'])('broker - says that the port is taken, and what to do (%s)', async (kind) => {
  if (kind === 'nats-server') await putOnPath();
  const { port } = await holdPort();
  await expect(start({ port })).rejects.toMatchObject({
    code: 'already-running',
    message: `port ${port} on 127.0.0.1 is taken`,
    hint: expect.stringContaining('--port'),
  });
});

test.each(['0.0.0.0', '::1', 'localhost', '192.168.0.1', ''])('broker - refuses to listen on "%s"', async (address) => {
  await expect(start({ address })).rejects.toMatchObject({
    code: 'invalid-usage',
    message: expect.stringContaining('127.0.0.1 only'),
  });
});

test.each([-1, 65_536, 4222.5, Number.NaN])('broker - refuses %s as a port', async (port) => {
  await expect(start({ port })).rejects.toMatchObject({ code: 'invalid-usage' });
});

test('broker - tells its owner when nats-server ends on its own', async () => {
  await putOnPath(`"${findNatsServer()}" "$@" & echo $! > "${folder}/pid"; wait $!`);
  const broker = await start({ port: await freePort() });
  const pid = await waitFor('its pid', async () => Number(await readFile(join(folder, 'pid'), 'utf8')));
  process.kill(pid, 'SIGKILL');
  await expect(broker.closed).rejects.toMatchObject({
    code: 'broker-unreachable',
    message: expect.stringContaining('ended on its own'),
  });
  await broker.close();
});

test('broker - says what nats-server said when it does not start', async () => {
  await putOnPath('echo "[7] 2026/01/01 00:00:00.000000 [FTL] no such luck" >&2; exit 3');
  await expect(start({})).rejects.toMatchObject({
    code: 'broker-unreachable',
    message: expect.stringMatching(/ended on its own \(exit code 3\): no such luck/),
  });
});

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'broker - nats-server goes when its owner is ended by %s',
  async (signal) => {
    await putOnPath();
    const { pid, port } = await startOwner();
    expect(await isUp(port)).toBe(true);
    process.kill(pid, signal);
    await waitFor('nats-server to end', async () => !(await isUp(port)));
  },
);

async function holdPort(): Promise<{ readonly port: number }> {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port }, resolve));
  cleanups.push(() => server.close());
  return { port };
}
