// The queue of another node, asked by a message, also where another one carries it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Queue } from '../../src/contract/queue.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';

let north: TestNatsServer;
let south: TestNatsServer;
let fleet: Fleet;
let central: FleetNode;
let island: FleetNode;

beforeAll(async () => {
  [north, south] = await Promise.all([startTestNatsServer(), startTestNatsServer()]);
  fleet = await Fleet.open({ broker: north.url });
  central = fleet.add('central');
  const gateway = fleet.add('gateway', '--other-broker-address', south.url);
  island = fleet.add('island', '--broker-address', south.url);
  await Promise.all([central, gateway, island].map((node) => node.startLinked()));
});

afterAll(async () => {
  await fleet.close();
  await Promise.all([north.close(), south.close()]);
});

const at = async (...words: readonly string[]): ReturnType<FleetNode['steward']> =>
  central.steward('queue', '--at', 'island', '--via', 'gateway', ...words);
const states = async (ids: readonly string[]): Promise<readonly string[]> =>
  Promise.all(ids.map(async (id) => (await island.client.message(id)).state));

test('queue --at - lists, removes and clears what waits in another node', async () => {
  const ids = await island.submit(...[1, 2, 3].map((number) => command('far', `echo ${number}`)), {
    toNode: 'farther',
    method: 'ping',
  });
  const listed = JSON.parse((await at('--json')).out) as Queue;
  expect(listed.lanes.map(({ to, lane, messages }) => [to, lane, messages])).toEqual([
    ['far', 'cliCommand', 3],
    ['farther', 'ping', 1],
  ]);
  expect(listed.messages.map(({ id }) => id)).toEqual(ids);
  expect((await at('far')).out).toContain('echo 2');

  expect(await at('remove', ids[1] ?? '')).toEqual({ status: 0, out: '1 cancelled\n', err: '' });
  expect((await at('far', 'clear', '--older-than', '1h')).out).toMatch(/^0 cancelled/);
  expect(await at('far', 'clear')).toEqual({ status: 0, out: '2 cancelled\n', err: '' });
  expect(await states(ids)).toEqual(['cancelled', 'cancelled', 'cancelled', 'queued']);
  expect((await island.client.message(ids[1] ?? '')).reason).toBe('cancelled by central on island');
});

test('queue --at - what the other node refuses it says, and more than a few are confirmed first', async () => {
  await island.submit(...Array.from({ length: 11 }, () => command('far', 'true')));
  const unconfirmed = await at('far', 'clear');
  expect(unconfirmed.status).toBe(2);
  expect(unconfirmed.err).toContain('nothing was cleared: these are 11 messages');
  expect((await at('far', 'clear', '--yes')).out).toBe('11 cancelled\n');
  const unknown = await at('remove', 'nosuch');
  expect(unknown.status).toBe(1);
  expect(unknown.err).toContain('island: "nosuch" is no message id');
  expect((await central.steward('queue', '--via', 'gateway')).err).toContain('--via is the way to the node of --at');
});
