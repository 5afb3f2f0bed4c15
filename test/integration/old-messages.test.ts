// Message files as people wrote them for the original of 2021: what they say happens, by the names of that time.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openOldFleet, type OldFleet } from '../support/old-fleet.ts';

let old: OldFleet;
let web: Server;
let origin: string;

beforeAll(async () => {
  old = await openOldFleet();
  web = createServer((request, response) => {
    response.writeHead(request.url === '/' ? 200 : 404).end(`<p>page of ${request.url}</p>\n`);
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
});
afterAll(async () => {
  web.closeAllConnections();
  web.close();
  await old.close();
});

const onCentral = (...parts: readonly string[]): string => old.central.data(...parts).toString();

test('2021 - the output of a command lands on central, by its directory, node and file name', async () => {
  const [view] = await old.run(`[
    {
        "directory":"collected/uptime",
        "fileName": "up.result",
        "toNode": "ship1",
        "data": ["bash","-c","printf 'up %s\\n' $STEWARD_NODE; echo not well >&2"],
        "method":"REQCliCommand",
        "replyMethod":"REQToFileAppend",
        "ACKTimeout":5,
        "retries":1,
        "replyACKTimeout":5,
        "replyRetries":1,
        "methodTimeout": 5
    }
]
`);
  expect(view).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect(onCentral('collected/uptime', 'ship1', 'up.result')).toBe('up ship1\n');
  expect(onCentral('collected/uptime', 'ship1', 'up.result.error')).toBe('not well\n');
});

test('2021 - with the names of before June 2021, and a file named after node and method', async () => {
  await old.run(`[ { "directory": "/var/early/", "fileExtension": ".log", "toNode": "ship2",
    "data": ["sh", "-c", "echo early"], "method": "REQnCliCommand", "commandOrEvent": "CommandACK",
    "timeout": 3, "retries": 3, "requestTimeout": 3, "requestRetries": 3, "MethodTimeout": 7 } ]`);
  expect(onCentral('var/early', 'ship2', 'ship2.REQnCliCommand.log')).toBe('early\n');
});

test('2021 - two nodes at once, by toNodes and by the older toHosts', async () => {
  for (const field of ['toNodes', 'toHosts']) {
    const views = await old.run(`[{"directory":"both","fileName":"${field}","toNode":"","${field}":["ship1","ship2"],
      "method":"REQCliCommand","methodArgs":["sh","-c","echo I am $STEWARD_NODE"],"replyMethod":"REQToFile"}]`);
    expect(views).toHaveLength(2);
    for (const name of ['ship1', 'ship2']) expect(onCentral('both', name, field)).toBe(`I am ${name}\n`);
  }
});

test('2021 - one object, without a list', async () => {
  const [view] = await old.run(
    '{"toNode": "ship1", "data": [""], "method": "REQPing", "directory": "ping", "fileExtension": ".ping"}',
  );
  expect(view?.state).toBe('succeeded');
  expect(onCentral('ping', 'ship1', 'ship1.REQPing.ping')).toBe('pong\n');
});

test('2021 - hello, with an empty data and no ACK', async () => {
  await old.run('[{"toNode": "central", "data": [""], "method": "REQHello"}]');
  expect(onCentral('hello-messages', 'central', 'hello.log')).toMatch(/Received hello from "central"\n$/);
  const [view] = await old.run('[{"toNode": "ship1", "data": [], "method": "REQHello", "ACKTimeout": 5}]');
  expect(view?.state).toBe('succeeded');
  expect(old.ship1.data('hello-messages', 'central', 'hello.log').toString()).toContain('from "central"');
});

test('2021 - text for a log goes to the node that it is for', async () => {
  for (const method of ['REQToFileAppend', 'REQTextToLogFile'])
    await old.run(`[{"directory": "text", "fileName": "some.log", "toNode": "ship1",
      "data": ["a line by ${method}\\n", "and one more\\n"], "commandOrEvent": "EventACK", "method": "${method}"}]`);
  expect(old.ship1.data('text', 'central', 'some.log').toString()).toBe(
    'a line by REQToFileAppend\nand one more\na line by REQTextToLogFile\nand one more\n',
  );
});

test('2021 - a page of a web server that only the ship asks', async () => {
  const views = await old.run(`[
    {"directory": "web", "fileName": "page.html", "toNode": "ship2", "data": ["${origin}/"], "method": "REQHttpGet",
      "replyMethod": "REQToFile", "ACKTimeout": 5, "retries": 3, "methodTimeout": 5},
    {"directory": "web", "fileName": "none.html", "toNode": "ship2", "methodArgs": ["${origin}/none"],
      "method": "REQHttpGet", "replyMethod": "REQToFile"}
  ]`);
  expect(views.map(({ state }) => state)).toEqual(['succeeded', 'failed']);
  expect(onCentral('web', 'ship2', 'page.html')).toBe('<p>page of /</p>\n');
});

const operations = (rest: string, fileName: string): string =>
  `[{"directory":"op","fileName":"${fileName}","toNode":"ship1",${rest},
    "replyMethod":"REQToFile","ACKTimeout":3,"retries":3,"replyACKTimeout":3,"replyRetries":3,"MethodTimeout":7}]`;

test.for([
  [
    'REQOpCommand',
    '"data":[],"method":"REQOpCommand","operation":{"opCmd":"stopProc","opArg":{"method":"REQHttpGet","kind":"subscriber","receivingNode":"ship1"}}',
    '"data":[],"method":"REQOpCommand","operation":{"opCmd":"ps"}',
    '"data":[],"method":"REQOpCommand","operation":{"opCmd":"startProc","opArg":{"method":"REQHttpGet","allowedNodes":["central","ship2"]}}',
  ],
  [
    'REQOpCommand of before June 2021',
    '"data":["stopProc","REQHttpGet","subscriber","ship1"],"method":"REQOpCommand"',
    '"data":["ps"],"method":"REQOpCommand"',
    '"data":["startProc","REQHttpGet","central"],"method":"REQOpCommand"',
  ],
  [
    'REQOpProcess…',
    '"method":"REQOpProcessStop","methodArgs":["REQHttpGet","ship1","subscriber","199"]',
    '"method":"REQOpProcessList","methodArgs":[]',
    '"method":"REQOpProcessStart","methodArgs":["REQHttpGet"]',
  ],
] as const)(
  '2021 - %s stops the subscriber of a method, lists it, and starts it again',
  async ([, stop, list, start]) => {
    await old.run(operations(stop, 'stopped'));
    expect(onCentral('op', 'ship1', 'stopped')).toBe('subscriber httpGet is stopped\n');
    const { ids = [] } = await old.submit(
      `[{"toNode":"ship1","method":"REQHttpGet","data":["${origin}/"],"directory":"op","fileName":"page"}]`,
    );
    await old.run(operations(list, 'ps'));
    expect(onCentral('op', 'ship1', 'ps')).toMatch(/^ship1\.httpGet\..*stopped/m);
    expect((await old.central.client.message(ids[0] ?? '')).state).not.toBe('succeeded');
    await old.run(operations(start, 'started'));
    expect((await old.central.settled(ids[0])).state).toBe('succeeded');
    expect(onCentral('op', 'ship1', 'started')).toMatch(/^subscriber httpGet is started/);
  },
);

test('2021 - what is asked of another node by way of a relay is refused, with what to write', async () => {
  const { ids, error } = await old.submit(
    '[{"toNode":"ship1","relayViaNode":"ship2","relayReplyMethod":"REQToConsole","method":"REQCliCommand","methodArgs":["true"]}]',
  );
  expect(ids).toBeUndefined();
  expect(error).toMatchObject({ code: 'invalid-message', field: 'relayViaNode' });
  expect(error?.hint).toContain('"via": ["central"]');
});
