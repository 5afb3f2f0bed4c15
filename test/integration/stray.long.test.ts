// A second node of a name, started by mistake in an empty folder, beside the one that was there before (docs/adr/0031).
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestNatsServer;
let fleet: Fleet;
let central: FleetNode;
let ship1: FleetNode;
let stray: FleetNode;

beforeAll(async () => {
  server = await startTestNatsServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
  [central, ship1] = await fleet.up('central', 'ship1');
  stray = fleet.addStray('ship1');
});
afterEach(() => fleet.close());

const say = (number: number): ReturnType<typeof command> => command('ship1', `echo ${number} >> ran`);
const ran = (node: FleetNode): string => (existsSync(node.path('ran')) ? readFileSync(node.path('ran'), 'utf8') : '');
const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_none, index) => from + index);
const lines = (from: number, to: number): string =>
  numbers(from, to)
    .map((number) => `${number}\n`)
    .join('');
const doubled = (): number => central.log().filter(({ msg }) => msg.startsWith('two nodes have one name')).length;

/** Submits them together, and waits for the end of each. */
async function sayAll(from: number, to: number): Promise<void> {
  const ids = await central.submit(...numbers(from, to).map(say));
  for (const id of ids) expect(await central.settled(id)).toMatchObject({ state: 'succeeded' });
}

test('stray - while the real one answers, all goes on there, output that is followed too, and the operator is told once', async () => {
  await sayAll(1, 3);
  writeFileSync(ship1.path('app.txt'), '');
  const [followed = ''] = await central.submit({
    toNode: 'ship1',
    method: 'tailFile',
    methodArgs: ['app.txt'],
    directory: './logs/',
    fileName: 'app.txt',
    ACKTimeout: 5,
    retries: 3,
    methodTimeout: -1,
  });
  const state = async (): Promise<string> => (await central.client.message(followed)).state;
  await waitFor('the file to be followed', async () => (await state()) === 'running');
  const [slow] = await central.submit(command('ship1', 'touch slow; while [ ! -e go ]; do sleep 0.05; done'));
  await waitFor('a command to run', () => existsSync(ship1.path('slow')));

  await stray.startLinked();
  await waitFor('central to tell', () => doubled() === 1);
  writeFileSync(ship1.path('go'), '');
  expect(await central.settled(slow)).toMatchObject({ state: 'succeeded' });
  await sayAll(4, 9);
  await stray.stop();
  await sayAll(10, 15);

  expect([ran(ship1), ran(stray)]).toEqual([lines(1, 15), '']);
  appendFileSync(ship1.path('app.txt'), 'still here\n');
  await waitFor('the line', () => central.data('logs', 'ship1', 'app.txt').toString() === 'still here\n');
  expect(await state()).toBe('running');
  expect(doubled()).toBe(1);
  expect(central.says('a node lost its store')).toBeUndefined();
});

test('stray - one that was there while the real one was not has gone: what is sent then runs on the real one, once', async () => {
  await sayAll(1, 3);
  await ship1.kill();
  await stray.startLinked();
  await sayAll(4, 5);
  expect(ran(stray)).toBe(lines(4, 5));
  await stray.stop();
  await ship1.startLinked();
  await sayAll(6, 25);
  expect(ran(ship1)).toBe(lines(1, 3) + lines(6, 25));
  expect(central.says('a lane starts again')).toBeUndefined();
});
