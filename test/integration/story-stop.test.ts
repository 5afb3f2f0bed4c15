// How a node ends, and what the next one finds.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { processesIn } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

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

test('stop - what runs has the time of --drain to end, nothing new starts, and the rest runs after the restart', async () => {
  const central = fleet.add('central');
  const ship1 = fleet.add('ship1', '--drain', '10s');
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  const ids = await central.submit(
    command('ship1', 'echo start >> ran; sleep 1; echo end >> ran'),
    command('ship1', 'echo next >> ran'),
  );
  await waitFor('it to run', () => existsSync(ship1.path('ran')));
  const stopping = ship1.stop();
  expect(await stopping).toBe(0);
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('start\nend\n');
  await ship1.start();
  for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('start\nend\nnext\n');
});

test('stop - after --drain what still runs is killed, recorded, and reported after the restart', async () => {
  const central = fleet.add('central');
  const ship1 = fleet.add('ship1', '--drain', '300ms');
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  const ids = await central.submit(
    command('ship1', 'echo before; echo $$ > pid; sleep 300 & sleep 300', { directory: 'd', fileName: 'f' }),
    command('ship1', 'echo $$ > other; sleep 300', { method: 'REQnCliCommand' }),
  );
  await waitFor('both to run', () => existsSync(ship1.path('pid')) && existsSync(ship1.path('other')));
  // The outcome cannot be reported before the restart.
  await server.stop();
  expect(await ship1.stop()).toBe(0);
  expect(processesIn(ship1.folder)).toEqual([]);
  await server.start();
  await ship1.start();
  for (const id of ids) expect(await central.settled(id)).toMatchObject({ state: 'failed', reason: 'node stopped' });
  expect(central.data('d', 'ship1', 'f').toString()).toBe('before\n');
});

test('stop - a sender that is stopped keeps what it has accepted, and takes nothing new', async () => {
  const [central] = await fleet.up('central');
  const ship1 = fleet.add('ship1');
  const [id] = await central.submit(command('ship1', 'true'));
  expect(await central.stop()).toBe(0);
  expect([
    existsSync(central.path('tmp', 'steward.sock')),
    existsSync(central.path('tmp', 'steward-api.sock')),
  ]).toEqual([false, false]);
  await expect(central.submit(command('ship1', 'true'))).rejects.toThrow(/ENOENT/);
  await Promise.all([central.start(), ship1.start()]);
  expect((await central.settled(id)).state).toBe('succeeded');
});

test('start - a second node in the same folder is refused, with the pid of the first, which goes on', async () => {
  const [central] = await fleet.up('central', 'ship1');
  const again = fleet.add('central');
  const second = again.launch();
  expect(await second.ended).toBe(3);
  expect(second.err()).toContain(`already running in this folder, pid ${central.pid}`);
  expect(second.err().trim().split('\n')).toHaveLength(1);
  expect((await central.ask(command('ship1', 'true'))).state).toBe('succeeded');
});

test('start - what a node that was killed has left is no obstacle, at once and ten times over', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  for (let times = 0; times < 10; times += 1) {
    await ship1.kill();
    expect(existsSync(ship1.path('tmp', 'steward.sock'))).toBe(true);
    await ship1.start();
  }
  expect(statSync(ship1.path('tmp', 'steward.sock')).mode & 0o777).toBe(0o600);
  expect((await central.ask(command('ship1', 'true'))).state).toBe('succeeded');
});
