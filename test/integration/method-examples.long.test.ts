// The example message of every method that people may send, as docs/methods.md shows it, from central to a real ship: it ends as the page says.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MessageView } from '../../src/contract/message-view.ts';
import { methodDocs } from '../../src/intake/method-docs.ts';
import { methodEntry, methodNames, type MethodName } from '../../src/model/method-name.ts';
import { Fleet, type FleetNode, type MessageFields } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestNatsServer;
let fleet: Fleet;
let central: FleetNode;
let ship1: FleetNode;
let web: Server;
let freePort: number;

beforeAll(async () => {
  server = await startTestNatsServer();
  const free = createSocket('udp4').bind(0, '127.0.0.1');
  await once(free, 'listening');
  freePort = free.address().port;
  free.close();
  web = createServer((_request, response) => response.end('ships 3\n')).listen(0, '127.0.0.1');
  await once(web, 'listening');
  fleet = await Fleet.open({ broker: server.url });
  [central, ship1] = await fleet.up('central', 'ship1');
  mkdirSync(ship1.path('etc', 'methods'), { recursive: true });
  writeFileSync(ship1.path('etc', 'methods', 'greet'), '#!/bin/sh\necho "good day, $1"\n', { mode: 0o755 });
});
afterAll(async () => {
  await fleet.close();
  web.closeAllConnections();
  web.close();
  await server.close();
});

/** Where the result lies, and what it is. */
interface Result {
  readonly at: () => string;
  readonly is: RegExp;
}

const printedAt = (node: () => FleetNode) => (): string => node().printed();
const onCentral = printedAt(() => central);
const file =
  (node: () => FleetNode, ...path: readonly string[]) =>
  (): string =>
    node()
      .data(...path)
      .toString();

/** Of the methods that answer a person; one that is added gets its line here. */
const results: Readonly<Partial<Record<MethodName, Result>>> = {
  cliCommand: { at: file(() => central, 'answers', 'ship1', 'disk.txt'), is: /^\S+ +\d+.* \/\n$/ },
  cliCommandCont: { at: file(() => central, 'answers', 'ship1', 'steps.txt'), is: /^1\n2\n3\n$/ },
  tailFile: { at: file(() => central, 'logs', 'ship1', 'hostname.txt'), is: /^\S+\n$/ },
  syslog: { at: file(() => central, 'logs', 'ship1', 'syslog.log'), is: /^(<14>bridge: the anchor is up\n)+$/ },
  copySrc: { at: () => readFileSync(central.path('from-ship1', 'hostname'), 'utf8'), is: /^\S+\n$/ },
  httpGet: {
    at: file(() => central, 'metrics', 'ship1', 'web.txt'),
    is: /^HTTP\/1\.1 200 OK\r\n(\S+: .*\r\n)+\r\nships 3\n$/,
  },
  ping: { at: onCentral, is: /^pong$/m },
  pong: {
    at: file(() => ship1, 'pings', 'central', 'pings.log'),
    is: /^\S+, pong received from central\n$/,
  },
  hello: {
    at: file(() => central, 'facts', 'ship1', 'facts.json'),
    is: /^\{"addresses":.*"name":"ship1".*"system":"linux".*\}\n$/,
  },
  opCancel: { at: onCentral, is: /^01m81s35yg9sy5s75k40 is not waiting here$/m },
  opQueue: { at: file(() => central, 'queues', 'ship1', 'queue.json'), is: /^\{"lanes":\[\],.*"messages":\[\].*\}\n$/ },
  httpPost: { at: onCentral, is: /^ships 3$/m },
  own: { at: onCentral, is: /^good day, harbour$/m },
  opMethods: { at: file(() => central, 'methods', 'ship1', 'all.json'), is: /"own":\[\{"name":"greet"/ },
  opStartup: { at: onCentral, is: /^\{"done":"added disk"\}$/m },
  opSchedule: { at: onCentral, is: /^\{"schedules":\[\],"more":false\}$/m },
  opProcessList: { at: onCentral, is: /^ship1\.cliCommand\*\.central, subscriber .*restarts 0/m },
  opProcessStart: { at: onCentral, is: /^subscriber httpGet is started$/m },
  opProcessStop: { at: onCentral, is: /^subscriber httpGet is stopped$/m },
  console: { at: printedAt(() => ship1), is: /^the pilot comes at six\n$/ },
  file: { at: file(() => ship1, 'notes', 'central', 'today.txt'), is: /^first line\nsecond line\n$/ },
  fileAppend: { at: file(() => ship1, 'notes', 'central', 'log.txt'), is: /^a line of text\n$/ },
};

test.each(methodNames.filter((name) => methodEntry(name).request))(
  'method examples - the example of %s ends as its page says',
  async (name) => {
    const { example, ends = '' } = methodDocs[name];
    if (name === 'opProcessList') await haveItWork();
    const message = atOurServer(example ?? {});
    const stopTalking = name === 'syslog' ? talkTo(message) : () => undefined;
    const view = await central.ask(message).finally(stopTalking);
    expect(view.method).toBe(name);
    expectEnd(view, ends);
    const result = results[name];
    if (result === undefined) throw new Error(`nothing is known of what ${name} leaves`);
    // What a node has printed comes through a pipe.
    await waitFor(`the result of ${name}`, () => result.is.test(result.at()), { seen: result.at });
  },
);

test('method examples - the output of a command whose answer goes nowhere is there', async () => {
  const { example, ends = '' } = methodDocs.none;
  const view = await central.ask(example ?? {});
  expectEnd(view, ends);
  expect((await central.steward('output', view.id)).out).toBe('Linux\n');
});

function expectEnd(view: MessageView, ends: string): void {
  const [, state] = /^It ends as `(\w+)`/.exec(ends) ?? [];
  expect({ state: view.state, reply: view.reply?.state ?? 'handled' }).toEqual({ state, reply: 'handled' });
}

/** A node that rests has no process to list. */
async function haveItWork(): Promise<void> {
  const [id = ''] = await central.submit(command('ship1', 'sleep 120', { unordered: true }));
  await waitFor('a command to run', async () => (await central.client.message(id)).state === 'running');
}

/** Datagrams, as a program logs, until it is told to stop. */
function talkTo(message: MessageFields): () => void {
  const [address = ''] = message['methodArgs'] as readonly string[];
  const socket = createSocket('udp4');
  const timer = setInterval(
    () => socket.send('<14>bridge: the anchor is up\n', Number(address.split(':')[1]), '127.0.0.1'),
    100,
  );
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

/** The example names a server that is not here, or a port that another test may have. */
function atOurServer(example: MessageFields): MessageFields {
  if (example['method'] === 'syslog') return { ...example, methodArgs: [`udp:${freePort}`] };
  if (example['method'] !== 'httpGet' && example['method'] !== 'httpPost') return example;
  const [, ...options] = example['methodArgs'] as readonly string[];
  const { port } = web.address() as AddressInfo;
  return { ...example, methodArgs: [`http://127.0.0.1:${port}/metrics`, ...options] };
}
