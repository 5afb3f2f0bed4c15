// What waits for a node that is away: listed and run in the order of its priority.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Queue } from '../../src/contract/queue.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';

let broker: TestNatsServer;
let fleet: Fleet;
let central: FleetNode;
let ship: FleetNode;

beforeAll(async () => {
  broker = await startTestNatsServer();
  fleet = await Fleet.open({ broker: broker.url });
  [central, ship] = [fleet.add('central'), fleet.add('ship1', '--max-running', '1', '--max-running-total', '1')];
  await central.startLinked();
});

afterAll(async () => {
  await fleet.close();
  await broker.close();
});

test('priority - what waits is listed in the order in which it goes, and runs in it', async () => {
  const one = (text: string, priority?: number): Readonly<Record<string, unknown>> => ({
    ...command('ship1', `echo ${text} >> order`),
    ...(priority === undefined ? {} : { priority }),
  });
  const [low, usual, second, high] = await central.submit(
    one('low', 0),
    one('usual'),
    one('usual-2', 4),
    one('high', 9),
  );
  const stop = await central.submit({ toNode: 'ship1', method: 'opProcessList' });
  const listed = JSON.parse((await central.steward('queue', 'ship1', '--json')).out) as Queue;
  expect(listed.messages.map(({ id }) => id)).toEqual([...stop, high, usual, second, low]);
  expect(listed.lanes.map(({ lane }) => lane)).toEqual(['cliCommand', 'cliCommand:0', 'cliCommand:9', 'control']);
  const only = await central.steward('queue', 'ship1', '--lane', 'cliCommand:9', '--json');
  expect((JSON.parse(only.out) as Queue).messages.map(({ id }) => id)).toEqual([high]);

  const ran = central.steward('run', 'ship1', '--ordered', '--priority', '7', '--', 'sh', '-c', 'echo run >> order');
  await expect.poll(async () => (await central.client.counts()).counts.queued).toBe(6);
  await ship.startLinked();
  expect((await ran).status).toBe(0);
  await expect.poll(async () => (await central.client.counts()).counts.succeeded).toBe(6);
  const read = await central.steward('run', 'ship1', '--', 'cat', 'order');
  expect(read.out.match(/^(high|run|usual|usual-2|low)$/gm)).toEqual(['high', 'run', 'usual', 'usual-2', 'low']);
});

test('priority - one that there is not is refused with those that there are', async () => {
  const { status, err } = await central.steward('run', '--priority', '11', 'ship1', '--', 'true');
  expect(status).toBe(2);
  expect(err).toContain('from 0 to 9');
});
