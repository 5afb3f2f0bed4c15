// Stores that are lost, restored from a copy, or run twice: nothing hangs, nothing lies, and what may not rerun does not (custody rules 7 and 8).
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
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

const say = (number: number): ReturnType<typeof command> => command('ship1', `echo ${number} >> ran`);
const ran = (node: FleetNode): string => (existsSync(node.path('ran')) ? readFileSync(node.path('ran'), 'utf8') : '');

test('store lost - of a receiver: what it had not answered is unknown or goes again, what it had not been sent runs', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect((await central.ask(say(1))).state).toBe('succeeded');
  const [running, behind, again] = await central.submit(
    command('ship1', 'echo 2 >> ran; sleep 300'),
    say(3),
    command('ship1', 'echo again >> again; [ -e once ] || { touch once; sleep 300; }', {
      method: 'REQnCliCommand',
      rerun: 'always',
    }),
  );
  await waitFor('both to run', () => existsSync(ship1.path('once')) && ran(ship1) === '1\n2\n');
  await waitFor('delivery', async () => (await central.client.message(behind ?? '')).state === 'delivered');
  await ship1.kill();
  await central.submit({ toNode: 'ship1', method: 'ping' });
  const presence = async (): Promise<string | undefined> =>
    (await central.client.nodes()).find(({ name }) => name === 'ship1')?.presence;
  await waitFor('central to know', async () => (await presence()) === 'offline');
  const [later] = await central.submit(say(4));
  rmSync(ship1.path('store'), { recursive: true });
  await ship1.start();
  expect(await central.settled(running)).toMatchObject({ state: 'unknown', reason: 'ship1 lost its store' });
  expect((await central.settled(behind)).state).toBe('unknown');
  expect((await central.settled(again)).state).toBe('succeeded');
  expect((await central.settled(later)).state).toBe('succeeded');
  expect(ran(ship1)).toBe('1\n2\n4\n');
  expect(readFileSync(ship1.path('again'), 'utf8')).toBe('again\nagain\n');
});

test('store lost - of a sender: it starts anew, and what it sends runs once', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  for (const number of [1, 2, 3]) expect((await central.ask(say(number))).state).toBe('succeeded');
  await central.kill();
  rmSync(central.path('store'), { recursive: true });
  await central.start();
  for (const number of [4, 5]) expect((await central.ask(say(number))).state).toBe('succeeded');
  expect(ran(ship1)).toBe('1\n2\n3\n4\n5\n');
});

test('store restored - of a receiver, from before it had accepted: nothing runs twice, and its lanes go on', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect((await central.ask(say(1))).state).toBe('succeeded');
  await ship1.stop();
  cpSync(ship1.path('store'), ship1.path('copy'), { recursive: true });
  await ship1.start();
  for (const number of [2, 3]) expect((await central.ask(say(number))).state).toBe('succeeded');
  await ship1.stop();
  rmSync(ship1.path('store'), { recursive: true });
  cpSync(ship1.path('copy'), ship1.path('store'), { recursive: true });
  await ship1.start();
  const { state } = await central.ask(say(4));
  expect((await central.ask(say(5))).state).toBe('succeeded');
  // What had left when the loss was found out is unknown, and did not run; what had not is sent to the new incarnation.
  expect([
    ['unknown', '1\n2\n3\n5\n'],
    ['succeeded', '1\n2\n3\n4\n5\n'],
  ]).toContainEqual([state, ran(ship1)]);
  expect(ship1.says('this node lost part of its store')).toBeDefined();
});

test('store restored - of a sender: what it sends next runs once, in order, and nothing that ran runs again', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect((await central.ask(say(1))).state).toBe('succeeded');
  await ship1.stop();
  const [two, three] = await central.submit(say(2), say(3));
  await central.stop();
  cpSync(central.path('store'), central.path('copy'), { recursive: true });
  await Promise.all([central.start(), ship1.start()]);
  for (const id of [two, three]) expect((await central.settled(id)).state).toBe('succeeded');
  expect((await central.ask(say(4))).state).toBe('succeeded');
  await central.stop();
  rmSync(central.path('store'), { recursive: true });
  cpSync(central.path('copy'), central.path('store'), { recursive: true });
  await central.start();
  for (const id of [two, three]) expect((await central.settled(id)).state).toBe('unknown');
  expect((await central.ask(say(5))).state).toBe('succeeded');
  expect(ran(ship1)).toBe('1\n2\n3\n4\n5\n');
});
