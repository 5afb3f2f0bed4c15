import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenApi, type ApiServer } from '../../src/api/serve-api.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startSteward, type StewardProcess } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';
import { createFakeService, id, succeeded, viewOf, type FakeService } from '../unit/api/fake-service.ts';

let folder: string;
let service: FakeService;
let server: ApiServer;
const started: StewardProcess[] = [];

function steward(...args: readonly string[]): StewardProcess {
  const process = startSteward(args, { cwd: folder });
  started.push(process);
  return process;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'steward-cli-'));
  service = createFakeService();
  server = await listenApi({ path: join(folder, 'tmp', 'steward-api.sock'), service, log: quietLog });
});

afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await server.close();
  rmSync(folder, { recursive: true });
});

test('executable - finds the node of the current folder, and prints the same through a pipe', async () => {
  service.views.set(id(1), viewOf({ id: id(1) }));
  const status = steward('status');
  expect(await status.ended).toBe(0);
  expect(status.out()).toMatch(/^node {3}central\n.*\n.*\n\nqueued {2}1\n$/);
});

test('executable - an error is one line without a stack, with its status', async () => {
  await server.close();
  const status = steward('status');
  expect(await status.ended).toBe(3);
  expect(status.err()).toMatch(/^steward: no node answers on tmp\/steward-api.sock [^\n]*\n$/);
  expect(status.out()).toBe('');
});

test('executable - an output larger than a pipe comes through whole', async () => {
  const view = succeeded({ id: id(1) });
  service.views.set(id(1), view);
  const stdout = Buffer.alloc(5_000_000, 'steward\n');
  service.outputs.set(id(1), { stdout, stderr: Buffer.of(), outcome: view.outcome ?? expect.fail('no outcome') });
  const output = steward('output', id(1));
  expect(await output.ended).toBe(0);
  expect(output.out() === stdout.toString()).toBe(true);
});

test('executable - a reader that has had enough (| head) is no error', async () => {
  const view = succeeded({ id: id(1) });
  service.views.set(id(1), view);
  const stdout = Buffer.alloc(5_000_000, 'steward\n');
  service.outputs.set(id(1), { stdout, stderr: Buffer.of(), outcome: view.outcome ?? expect.fail('no outcome') });
  const output = steward('output', id(1));
  output.child.stdout?.once('data', () => output.child.stdout?.destroy());
  expect(await output.ended).toBe(0);
  expect(output.err()).toBe('');
  expect(output.out().length).toBeLessThan(stdout.length);
});

test('executable - Ctrl-C detaches from a run that waits', async () => {
  service.onSubmit = () => {
    service.views.set(id(1), viewOf({ id: id(1), waiting: 'node offline' }));
    return [id(1)];
  };
  const run = steward('run', 'ship1', '--', 'true');
  await waitFor('the run to follow its message', () => service.listeners.size === 1);
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(130);
  expect(run.err()).toContain(`steward status ${id(1)}`);
});

test('executable - a broker says where it listens, and ends with its signal', async () => {
  const broker = steward('broker', '--port', '0');
  await waitFor('the address', () => /^nats:\/\/127\.0\.0\.1:\d+\n$/.test(broker.out()), { seen: broker.err });
  broker.child.kill('SIGTERM');
  expect(await broker.ended).toBe(0);
});

test('executable - a broker whose port is taken says so with status 3, and another address is refused with 2', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const broker = steward('broker', '--port', String(port));
  expect(await broker.ended).toBe(3);
  expect(broker.err()).toContain(String(port));
  other.close();
  expect(await steward('broker', '--address', '0.0.0.0').ended).toBe(2);
});
