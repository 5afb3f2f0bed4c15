// Every method by its old and its new name, between nodes of all kinds of names, and to oneself.
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
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

test('nodes - names with dots, to several at once, to oneself, and from a ship', async () => {
  const [central, dotted, plain] = await fleet.up('central', 'ship-1.fleet.example', 'ship_2');
  const ids = await central.submit({
    ...command('', 'echo $STEWARD_NODE', { directory: 'd', fileName: 'f' }),
    toNode: undefined,
    toNodes: ['ship-1.fleet.example', 'ship_2', 'central'],
  });
  expect(ids).toHaveLength(3);
  for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
  for (const name of ['ship-1.fleet.example', 'ship_2', 'central'])
    expect(central.data('d', name, 'f').toString()).toBe(`${name}\n`);
  const view = await dotted.ask(command('ship_2', 'echo from afar >> ran', { directory: 'd', fileName: 'f' }));
  expect(view.state).toBe('succeeded');
  expect(readFileSync(plain.path('ran'), 'utf8')).toBe('from afar\n');
});

test('nodes - a node that is alone with its broker runs what it sends to itself', async () => {
  const [central] = await fleet.up('central');
  const view = await central.ask(command('central', 'echo ran >> ran'));
  expect(view.state).toBe('succeeded');
  expect(readFileSync(central.path('ran'), 'utf8')).toBe('ran\n');
});

test.for(['cliCommand', 'REQCliCommand', 'REQnCliCommand', 'reqclicommand'])(
  'methods - %s runs a command',
  async (method) => {
    const [central] = await fleet.up('central', 'ship1');
    const view = await central.ask(command('ship1', 'echo it', { method, directory: 'd', fileName: 'f' }));
    expect(view).toMatchObject({ state: 'succeeded', method: 'cliCommand' });
    expect(central.data('d', 'ship1', 'f').toString()).toBe('it\n');
  },
);

test.for(['ping', 'REQPing'])('methods - %s is answered with pong', async (method) => {
  const [central] = await fleet.up('central', 'ship1');
  const view = await central.ask({ toNode: 'ship1', method, directory: 'd', fileName: 'f' });
  expect(view.state).toBe('succeeded');
  expect(central.data('d', 'ship1', 'f').toString()).toBe('pong\n');
});

test.for([
  ['ping', 'pong'],
  ['REQPing', 'REQPong'],
])('methods - the answer of %s is treated by %s, which adds a line for each', async ([method = '', replyMethod]) => {
  const [central] = await fleet.up('central', 'ship1');
  const file = { directory: 'pings', fileName: `${method}.log` };
  for (let time = 0; time < 2; time += 1)
    expect(await central.ask({ toNode: 'ship1', method, replyMethod, ...file })).toMatchObject({
      state: 'succeeded',
      reply: { state: 'handled' },
    });
  expect(central.data('pings', 'ship1', `${method}.log`).toString()).toMatch(
    /^(\d{4}-\d\d-\d\dT\S+Z, pong received from ship1\n){2}$/,
  );
});

test.for(['hello', 'REQHello'])('methods - %s leaves a line at the receiver', async (method) => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect((await ship1.ask({ toNode: 'central', method })).state).toBe('succeeded');
  expect(central.data('hello-messages', 'ship1', 'hello.log').toString()).toMatch(
    /^\S+, Received hello from "ship1"\n$/,
  );
});

test.for([
  ['console', 'REQToConsole'],
  ['REQToConsole', 'console'],
] as const)('methods - %s prints on the terminal of the receiver, as a reply too', async ([method, replyMethod]) => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect((await central.ask({ toNode: 'ship1', method, data: 'printed there\n' })).state).toBe('succeeded');
  expect(ship1.printed()).toBe('printed there\n');
  expect((await central.ask(command('ship1', 'echo printed here', { replyMethod }))).reply?.state).toBe('handled');
  expect(central.printed()).toBe('printed here\n');
});

test.for([
  ['file', 'fileAppend'],
  ['REQToFile', 'REQToFileAppend'],
  ['REQToFile', 'REQTextToLogFile'],
] as const)('methods - %s replaces a file, %s adds to it, as replies too', async ([file, fileAppend]) => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const write = (node: FleetNode, method: string, data: string): Promise<unknown> =>
    central.ask({ toNode: node.name, method, data, directory: 'd', fileName: 'f' });
  for (const [method, data, result] of [
    [file, 'long content\n', 'long content\n'],
    [file, 'one\n', 'one\n'],
    [fileAppend, 'two\n', 'one\ntwo\n'],
  ] as const) {
    expect(await write(ship1, method, data)).toMatchObject({ state: 'succeeded' });
    expect(ship1.data('d', 'central', 'f').toString()).toBe(result);
  }
  const answer = (replyMethod: string, script: string): Promise<unknown> =>
    central.ask(command('ship1', script, { replyMethod, directory: 'd', fileName: 'f' }));
  await answer(file, 'echo 1; echo 2');
  await answer(file, 'echo 3');
  await answer(fileAppend, 'echo 4');
  expect(central.data('d', 'ship1', 'f').toString()).toBe('3\n4\n');
});

test.for(['file', 'fileAppend', 'REQToFile', 'REQToFileAppend'])(
  'methods - %s writes to a unix socket that stands where the file would be, as a reply too',
  async (method) => {
    const [central, ship1] = await fleet.up('central', 'ship1');
    const at = { directory: 'd', fileName: 'sock' };
    const received = await Promise.all([
      listenAt(ship1, 'd', 'central', 'sock'),
      listenAt(central, 'd', 'ship1', 'sock'),
    ]);
    try {
      for (const data of ['one\n', ['two\n', 'three\n']])
        expect(await central.ask({ toNode: 'ship1', method, data, ...at })).toMatchObject({ state: 'succeeded' });
      const answer = await central.ask(command('ship1', 'echo four', { replyMethod: method, ...at }));
      expect(answer).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
      await waitFor('all of it', () => received.map(({ text }) => text()).join('|') === 'one\ntwo\nthree\n|four\n');
    } finally {
      for (const { server } of received) server.close();
    }
  },
);

async function listenAt(node: FleetNode, ...path: readonly string[]): Promise<{ server: Server; text: () => string }> {
  mkdirSync(dirname(node.dataPath(...path)), { recursive: true });
  let text = '';
  const server = createServer((socket) => socket.setEncoding('utf8').on('data', (piece: string) => (text += piece)));
  await new Promise<void>((resolve) => void server.listen(node.dataPath(...path), resolve));
  return { server, text: () => text };
}

test('methods - a reply of none leaves nothing but the outcome', async () => {
  const [central] = await fleet.up('central', 'ship1');
  const view = await central.ask(
    command('ship1', 'echo kept; exit 7', { replyMethod: 'none', directory: 'd', fileName: 'f' }),
  );
  expect(view).toMatchObject({ state: 'failed', outcome: { exitCode: 7 } });
  expect(view.reply).toBeUndefined();
  expect(central.data('d', 'ship1', 'f').length).toBe(0);
});
