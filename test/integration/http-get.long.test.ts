// httpGet from a message file on central to the file that arrives there, by a web server that only the ship can know.
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { MessageView } from '../../src/contract/message-view.ts';
import { Fleet, type FleetNode, type MessageFields } from '../support/fleet.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let broker: TestNatsServer;
let fleet: Fleet;
let central: FleetNode;
let web: Server;
let origin = '';
const asked: string[] = [];
const sockets = new Set<Socket>();

const pages: Readonly<Record<string, RequestListener>> = {
  '/page': (_request, response) => response.writeHead(200, { 'X-Page': 'one' }).end('a page\n'),
  '/missing': (_request, response) => response.writeHead(404).end('no such page\n'),
  '/away': (_request, response) => response.writeHead(302, { Location: 'page' }).end('look there\n'),
  '/loop': (_request, response) => response.writeHead(301, { Location: '/loop' }).end(),
  '/bomb': (_request, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb),
  '/large': (_request, response) => response.end('x'.repeat(100_000)),
  '/hangs': (_request, response) => response.write('begun\n'),
};
const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));

beforeAll(async () => {
  broker = await startTestNatsServer();
  web = createServer((request, response) => {
    asked.push(request.url ?? '');
    pages[request.url ?? '']?.(request, response);
  });
  web.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
});
afterAll(async () => {
  web.close();
  await broker.close();
});
beforeEach(async () => {
  asked.length = 0;
  fleet = await Fleet.open({ broker: broker.url });
  [central] = await fleet.up('central', 'ship1');
});
afterEach(async () => {
  try {
    // Also while the node that opened them runs on.
    await waitFor('every connection to be closed', () => sockets.size === 0);
  } finally {
    web.closeAllConnections();
    await fleet.close();
  }
});

const kept = (): string => central.data('web', 'ship1', 'it').toString();

function message(methodArgs: readonly string[], more: MessageFields = {}): MessageFields {
  return {
    toNodes: ['ship1'],
    method: 'REQHttpGet',
    methodArgs,
    directory: 'web',
    fileName: 'it',
    replyMethod: 'REQToFile',
    methodTimeout: 30,
    ...more,
  };
}

const ask = (path: string, ...options: readonly string[]): Promise<MessageView> =>
  central.ask(message([`${origin}${path}`, ...options]));

test('httpGet - a page arrives as a file on central', async () => {
  const view = await ask('/page');
  expect(view).toMatchObject({
    state: 'succeeded',
    method: 'httpGet',
    outcome: { state: 'succeeded', stdoutBytes: 7, stderrBytes: 0 },
  });
  expect(view.outcome).not.toHaveProperty('reason');
  expect(kept()).toBe('a page\n');
  expect(asked).toEqual(['/page']);
});

test('httpGet - a page that is not there fails, and what the server says of it arrives', async () => {
  const view = await ask('/missing');
  expect(view).toMatchObject({
    state: 'failed',
    outcome: { state: 'failed', reason: 'HTTP 404 Not Found', stdoutBytes: 13 },
  });
  expect(kept()).toBe('no such page\n');
});

test('httpGet - follows a redirect, and writes the heads where they are asked for', async () => {
  expect(await ask('/away', 'include')).toMatchObject({ state: 'succeeded' });
  const [first = '', second = '', body, ...more] = kept().split('\r\n\r\n');
  expect(first).toMatch(/^HTTP\/1\.1 302 Found\r\nLocation: page\r\n/);
  expect(second).toMatch(/^HTTP\/1\.1 200 OK\r\nX-Page: one\r\n/);
  expect([body, ...more]).toEqual(['a page\n']);
  expect(asked).toEqual(['/away', '/page']);
});

test('httpGet - a loop of redirects ends', async () => {
  const view = await ask('/loop');
  expect(view).toMatchObject({
    state: 'failed',
    outcome: { state: 'failed', reason: 'more than 5 redirects', stdoutBytes: 0 },
  });
  expect(asked).toHaveLength(6);
});

test('httpGet - of what is too large arrives what came before', async () => {
  const view = await ask('/large', 'limit=1000');
  expect(view.outcome).toMatchObject({
    state: 'failed',
    reason: 'output limit: output too large, more than 1000 bytes; what came before is kept',
    stdoutBytes: 1_000,
  });
  expect(kept()).toBe('x'.repeat(1_000));
});

test('httpGet - of what is packed small and is too large, too', async () => {
  const view = await ask('/bomb', 'limit=2000000');
  expect(view.outcome).toMatchObject({
    state: 'failed',
    reason: 'output limit: output too large, more than 2000000 bytes; what came before is kept',
    stdoutBytes: 2_000_000,
  });
  expect(central.data('web', 'ship1', 'it').equals(Buffer.alloc(2_000_000))).toBe(true);
  const all = await ask('/bomb');
  expect(all.outcome).toMatchObject({
    reason: 'output limit: output too large, more than 16777216 bytes; what came before is kept',
    stdoutBytes: 16_777_216,
  });
});

test('httpGet - a server that hangs is waited for as long as the method timeout says', async () => {
  const view = await central.ask(message([`${origin}/hangs`], { methodTimeout: '1s' }));
  expect(view).toMatchObject({
    state: 'timedOut',
    outcome: { state: 'timedOut', reason: 'no end within the method timeout of 1000 ms', stdoutBytes: 6 },
  });
  expect(kept()).toBe('begun\n');
});

test('httpGet - is cancelled while it hangs, and lets the next one go', async () => {
  const [hanging, next] = await central.submit(
    message([`${origin}/hangs`], { methodTimeout: -1 }),
    message([`${origin}/page`], { fileName: 'next' }),
  );
  await waitFor('it to hang', () => asked.includes('/hangs'));
  const said = await central.steward('cancel', '--wait', hanging ?? '');
  expect(said.status).toBe(0);
  expect(said.out).toMatch(new RegExp(`${hanging} +ship1 +cancelled +cancelled by \\S+ on central`));
  expect(await central.client.message(hanging ?? '')).toMatchObject({ state: 'cancelled' });
  expect((await central.settled(next)).state).toBe('succeeded');
  expect(central.data('web', 'ship1', 'next').toString()).toBe('a page\n');
  expect(asked).toEqual(['/hangs', '/page']);
});

test('httpGet - says that nobody is there, and is no error of the node', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const at = `127.0.0.1:${(free.address() as AddressInfo).port}`;
  free.close();
  const view = await central.ask(message([`http://${at}/`]));
  expect(view).toMatchObject({
    state: 'failed',
    outcome: { state: 'failed', reason: `could not connect to ${at}: ECONNREFUSED`, stdoutBytes: 0 },
  });
  expect((await fleet.nodes[1]?.client.errors({}))?.errors).toEqual([]);
});

test('httpGet - goes on after its node was killed, and one that is stopped says so', async () => {
  const ship1 = fleet.nodes[1];
  const [hanging] = await central.submit(message([`${origin}/hangs`], { methodTimeout: -1 }));
  await waitFor('it to hang', () => asked.length === 1);
  await ship1?.kill();
  await ship1?.startLinked('--drain', '0s');
  await waitFor('it to be asked again', () => asked.length === 2);
  await ship1?.stop();
  await ship1?.startLinked();
  const view = await central.settled(hanging);
  expect(view.outcome).toMatchObject({ state: 'failed', reason: 'node stopped' });
  expect(asked).toHaveLength(2);
});

test('httpGet - what it does not understand is refused at intake, with its place', async () => {
  const answer = await central.pipe(JSON.stringify(message([origin, 'include', 'redirects=many'])));
  expect(JSON.parse(answer)).toMatchObject({
    error: {
      code: 'invalid-message',
      message: 'redirects cannot be "many"',
      hint: 'a whole number from 0 to 20',
      field: 'methodArgs[2]',
    },
  });
});
