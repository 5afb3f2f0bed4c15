// Large outputs and large data arrive whole.
import { createHash } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

const mib = 1024 * 1024;
const limit = 16 * mib;

let server: TestNatsServer;
let fleet: Fleet;

beforeAll(async () => {
  server = await startTestNatsServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
});
afterEach(() => fleet.close());

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('large - an output of exactly 16 MiB comes back whole', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const bytes = randomBytes(limit);
  writeFileSync(ship1.path('big'), bytes);
  const view = await central.ask(command('ship1', 'cat big', { directory: 'd', fileName: 'f' }), 40_000);
  expect(view).toMatchObject({ state: 'succeeded', outcome: { stdoutBytes: limit }, reply: { state: 'handled' } });
  expect(digest(central.data('d', 'ship1', 'f'))).toBe(digest(bytes));
  expect(digest(await central.client.output(view.id, 'stdout'))).toBe(digest(bytes));
});

test('large - one byte more is failed, and says so; what came before is kept', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const bytes = randomBytes(limit + 1);
  writeFileSync(ship1.path('big'), bytes);
  const view = await central.ask(command('ship1', 'cat big', { directory: 'd', fileName: 'f' }), 40_000);
  expect(view).toMatchObject({
    state: 'failed',
    reason: `output limit: output too large, more than ${limit} bytes; what came before is kept`,
    outcome: { stdoutBytes: limit },
  });
  expect(digest(central.data('d', 'ship1', 'f'))).toBe(digest(bytes.subarray(0, limit)));
  expect(digest(await central.client.output(view.id, 'stdout'))).toBe(digest(bytes.subarray(0, limit)));
  expect((await central.ask(command('ship1', 'echo next', { directory: 'd' }))).state).toBe('succeeded');
});

test('large - standard output and standard error come whole, each in its file, and hold up no other lane', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [out, err] = [randomBytes(7 * mib + 3), randomBytes(6 * mib + 5)];
  writeFileSync(ship1.path('out'), out);
  writeFileSync(ship1.path('err'), err);
  const [id] = await central.submit(
    command('ship1', 'cat out & cat err >&2; wait; exit 1', { directory: 'd', fileName: 'f' }),
  );
  const ping = await central.ask({ toNode: 'ship1', method: 'ping' });
  expect(ping.state).toBe('succeeded');
  expect(await central.settled(id, 40_000)).toMatchObject({ state: 'failed', outcome: { exitCode: 1 } });
  expect(digest(central.data('d', 'ship1', 'f'))).toBe(digest(out));
  expect(digest(central.data('d', 'ship1', 'f.error'))).toBe(digest(err));
});

test('large - data of several MiB arrives, for a file and as the input of nothing else', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const bytes = randomBytes(9 * mib + 1);
  const data = { base64: bytes.toString('base64') };
  const view = await central.ask(
    { toNode: 'ship1', method: 'fileAppend', data, directory: 'in', fileName: 'blob' },
    40_000,
  );
  expect(view.state).toBe('succeeded');
  expect(digest(ship1.data('in', 'central', 'blob'))).toBe(digest(bytes));
});

test('large - goes on where it was when the broker and both nodes were killed on the way', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const bytes = randomBytes(15 * mib);
  const data = { base64: bytes.subarray(0, 10 * mib).toString('base64') };
  writeFileSync(ship1.path('big'), bytes);
  const ids = await central.submit(
    { toNode: 'ship1', method: 'fileAppend', data, directory: 'in', fileName: 'blob' },
    command('ship1', 'cat big; echo ran >> ran', { directory: 'd', fileName: 'f' }),
  );
  await ship1.kill();
  await ship1.start();
  await server.kill();
  await central.kill();
  await server.start();
  await central.start();
  // The broker may have died in the middle of ship1's handshake: nobody waits for the rest of that.
  await waitFor('the command to have run', () => readFileSync(ship1.path('ran'), 'utf8') === 'ran\n');
  await ship1.kill();
  await ship1.start();
  for (const id of ids) expect((await central.settled(id, 40_000)).state).toMatch(/^(succeeded|unknown)$/);
  expect(digest(ship1.data('in', 'central', 'blob'))).toBe(digest(bytes.subarray(0, 10 * mib)));
  const answer = central.data('d', 'ship1', 'f');
  if ((await central.client.message(ids[1] ?? '')).state === 'succeeded') expect(digest(answer)).toBe(digest(bytes));
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('ran\n');
}, 180_000);
