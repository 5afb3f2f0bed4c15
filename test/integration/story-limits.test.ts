// Messages at the edges of what fits: one that does not harms itself at most.
import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestNatsServer | undefined;
let fleet: Fleet | undefined;

afterEach(async () => {
  await fleet?.close();
  await server?.close();
  fleet = undefined;
  server = undefined;
});

async function open(config = ''): Promise<Fleet> {
  server = await startTestNatsServer({ config });
  fleet = await Fleet.open({ broker: server.url });
  return fleet;
}

/** Text that cannot be packed. */
const noise = (bytes: number): string => randomBytes(bytes).toString('base64').slice(0, bytes);

test('limits - arguments as long as they may be arrive', async () => {
  const [central] = await (await open()).up('central', 'ship1');
  const view = await central.ask({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs: ['bash', '-c', 'echo ${#1} ${#2}', 'x', noise(98_000), noise(98_000)],
    directory: 'd',
    fileName: 'f',
  });
  expect(view.state).toBe('succeeded');
  expect(central.data('d', 'ship1', 'f').toString()).toBe('98000 98000\n');
});

test.for([
  ['arguments that fit no frame', { methodArgs: ['echo', noise(3_000_000)] }, 'methodArgs'],
  ['data beyond a batch without ACK', { methodArgs: ['cat'], data: noise(100_000), ACKTimeout: 0 }, 'data'],
] as const)('limits - %s are refused at intake, and the node goes on', async ([, fields, field]) => {
  const [central] = await (await open()).up('central', 'ship1');
  const answer = await central.pipe(JSON.stringify({ ...command('ship1', ''), ...fields }));
  expect(JSON.parse(answer)).toMatchObject({ error: { code: 'invalid-message', field } });
  expect((await central.ask(command('ship1', 'true'))).state).toBe('succeeded');
});

test('limits - what the broker does not take waits, or expires, and holds up no other lane', async () => {
  const [central] = await (await open('max_payload: 65536')).up('central', 'ship1');
  const long = { method: 'cliCommand', toNode: 'ship1', methodArgs: ['echo', noise(100_000)] };
  const [waiting, expiring] = await central.submit(
    { ...long, unordered: true },
    { ...long, ACKTimeout: 1, retries: 0 },
    { ...command('ship1', 'echo never') },
  );
  await waitFor('the refusal', () => central.says('link: a frame could not be sent'));
  const others = [
    { toNode: 'ship1', method: 'ping' },
    { toNode: 'ship1', method: 'fileAppend', data: noise(1_000_000), fileName: 'f' },
  ];
  for (const other of others) expect((await central.ask(other)).state).toBe('succeeded');
  expect((await central.client.message(waiting ?? '')).state).toBe('queued');
  expect((await central.settled(expiring)).state).toBe('expired');
  expect(central.running).toBe(true);
});
