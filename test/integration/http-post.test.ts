// httpPost between real nodes and a web server: as a method, and as what becomes of an answer, through restarts.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

interface Told {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

const pair = usePair();
let web: Server;
let told: Told[];
let statuses: number[];

async function listen(port = 0): Promise<void> {
  web = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      told.push({ headers: request.headers, body: JSON.parse(Buffer.concat(pieces).toString()) as unknown });
      response.writeHead(statuses.shift() ?? 200).end('thanks\n');
    });
  });
  web.listen(port, '127.0.0.1');
  await once(web, 'listening');
}

const url = (): string => `http://127.0.0.1:${(web.address() as AddressInfo).port}/hook`;

beforeEach(async () => {
  [told, statuses] = [[], []];
  await listen();
});
afterEach(() => {
  web.closeAllConnections();
  web.close();
});

test('httpPost - posts data as JSON, plain and as an event, and its answer is what the server says', async () => {
  const { central } = pair;
  const post = (options: readonly string[], data: string): Promise<{ id: string; state: string }> =>
    central.ask({ toNode: 'ship1', method: 'httpPost', methodArgs: [url(), ...options], data, replyMethod: 'none' });
  const plain = await post([], '{"metres": 1.2}');
  expect(plain.state).toBe('succeeded');
  expect(Buffer.from(await central.client.output(plain.id, 'stdout')).toString()).toBe('thanks\n');
  const structured = await post(['event=structured', 'type=com.example.tide'], 'high');
  await post(['event=binary', 'header=X-Ship: 1'], '[1]');
  expect(told[0]).toMatchObject({
    headers: { 'content-type': 'application/json', 'idempotency-key': plain.id },
    body: { metres: 1.2 },
  });
  expect(told[1]?.body).toMatchObject({
    specversion: '1.0',
    id: structured.id,
    source: '/steward/central',
    type: 'com.example.tide',
    data: 'high',
  });
  expect(told[2]).toMatchObject({
    headers: { 'ce-specversion': '1.0', 'ce-type': 'steward.message', 'x-ship': '1' },
    body: [1],
  });
});

test('httpPost - as a reply method tells of each outcome, also of a failure and of what was never run', async () => {
  const { central } = pair;
  const tell = (message: object): Promise<object> =>
    central.ask({ toNode: 'ship1', replyMethod: 'httpPost', replyMethodArgs: [url(), 'event=binary'], ...message });
  await tell({ method: 'cliCommand', methodArgs: ['sh', '-c', 'echo good; echo bad >&2'] });
  await tell({ method: 'cliCommand', methodArgs: ['sh', '-c', 'exit 3'] });
  await tell({ method: 'cliCommand', methodArgs: ['true'], onlyIf: ['false'] });
  expect(told.map(({ headers }) => headers['ce-type'])).toEqual([
    'steward.answer.succeeded',
    'steward.answer.failed',
    'steward.answer.rejected',
  ]);
  expect(told[0]?.body).toMatchObject({ node: 'ship1', method: 'cliCommand', stdout: 'good\n', stderr: 'bad\n' });
  expect(told[1]?.body).toMatchObject({ outcome: { exitCode: 3 } });
});

test('httpPost - is tried again as the message says, and fails with the status where that does not help', async () => {
  statuses = [503, 503];
  const message = { toNode: 'ship1', method: 'httpPost', methodArgs: [url()], replyMethod: 'none' };
  const view = await pair.central.ask({ ...message, data: '1', methodRetries: 3, methodRetryWait: 0.1 });
  expect([view.state, view.outcome?.attempts]).toEqual(['succeeded', 3]);
  expect(new Set(told.map(({ headers }) => headers['idempotency-key']))).toEqual(new Set([view.id]));
  statuses = [404];
  const failed = await pair.central.ask({ ...message, data: '1' });
  expect([failed.state, failed.outcome?.reason]).toEqual(['failed', 'HTTP 404 Not Found']);
});

test('httpPost - an answer reaches a server that was away, over a kill of the node that tells it', async () => {
  const { central } = pair;
  const hook = url();
  const { port } = web.address() as AddressInfo;
  web.close();
  const message = { toNode: 'ship1', method: 'ping', replyMethod: 'httpPost', replyMethodArgs: [hook] };
  const [id = ''] = await central.submit({ ...message, replyMethodTimeout: '10m' });
  await waitFor('the outcome', async () => (await central.client.message(id)).state === 'succeeded');
  await central.kill();
  await central.startLinked();
  await listen(port);
  expect(await central.settled(id)).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect(told).toMatchObject([{ headers: { 'idempotency-key': id }, body: { id, node: 'ship1', stdout: 'pong\n' } }]);
});

test('httpPost - wrong options are refused at intake, with their place', async () => {
  const wrong = { toNode: 'ship1', method: 'ping', replyMethod: 'httpPost', replyMethodArgs: [url(), 'event=sent'] };
  expect(JSON.parse(await pair.central.pipe(JSON.stringify([wrong])))).toMatchObject({
    error: { code: 'invalid-message', field: 'replyMethodArgs[1]', message: 'httpPost has no option "event=sent"' },
  });
  const typed = { toNode: 'ship1', method: 'httpPost', methodArgs: [url(), 'type=a'], data: '1' };
  expect(JSON.parse(await pair.central.pipe(JSON.stringify([typed])))).toMatchObject({
    error: { code: 'invalid-message', field: 'methodArgs[1]', message: 'type= is that of an event, and there is none' },
  });
  const nowhere = { toNode: 'ship1', method: 'httpPost', methodArgs: ['nourl'], data: '1' };
  expect(JSON.parse(await pair.central.pipe(JSON.stringify([nowhere])))).toMatchObject({
    error: { field: 'methodArgs[0]', hint: expect.stringContaining('event=structured') as unknown },
  });
});

test('httpPost - each run of a schedule is told with an id of its own, and as which run it is', async () => {
  const { central } = pair;
  const [answered = '', asked = ''] = await central.submit(
    {
      toNode: 'ship1',
      method: 'cliCommand',
      methodArgs: ['true'],
      schedule: [1, 2],
      replyMethod: 'httpPost',
      replyMethodArgs: [url(), 'event=structured'],
    },
    {
      toNode: 'ship1',
      method: 'httpPost',
      methodArgs: [url(), 'event=binary'],
      schedule: [1, 2],
      replyMethod: 'none',
    },
  );
  await waitFor('both runs of both', () => told.length === 4);
  const answers = told.filter(({ headers }) => headers['ce-id'] === undefined);
  expect(answers.map(({ headers }) => headers['idempotency-key'])).toEqual([`${answered}-1`, `${answered}-2`]);
  const due = expect.stringMatching(/^2\d{3}-.*Z$/) as unknown;
  expect(answers.map(({ body }) => body)).toMatchObject(
    [1, 2].map((run) => ({ id: `${answered}-${run}`, run, due, data: { id: answered, run, due } })),
  );
  const requests = told.filter(({ headers }) => headers['ce-id'] !== undefined);
  expect(requests.map(({ headers }) => headers['idempotency-key'])).toEqual([`${asked}-1`, `${asked}-2`]);
  expect(requests.map(({ headers }) => headers)).toMatchObject(
    [1, 2].map((run) => ({ 'ce-id': `${asked}-${run}`, 'ce-run': String(run), 'ce-due': due })),
  );
});

test('httpPost - an answer that no server takes is told as an error once, with the last reason, and counted', async () => {
  const { central } = pair;
  statuses = Array.from({ length: 20 }, () => 500);
  const message = { toNode: 'ship1', method: 'ping', replyMethod: 'httpPost', replyMethodTimeout: 0.5 };
  const refused = await central.ask({ ...message, replyMethodArgs: [url()] });
  const why = 'replyMethodTimeout has run out: no end within the method timeout of 500 ms; the last attempt: ';
  expect([refused.state, refused.reply?.state]).toEqual(['succeeded', 'failed']);
  expect(refused.reply?.reason).toBe(`${why}HTTP 500 Internal Server Error`);
  const away = url();
  const { host } = new URL(away);
  web.close();
  web.closeAllConnections();
  const alone = await central.ask({ ...message, replyMethodArgs: [away] });
  expect(alone.reply?.reason).toBe(`${why}could not connect to ${host}: ECONNREFUSED`);
  expect(await central.client.counts()).toMatchObject({ failedReplies: 2 });
  expect((await central.steward('status')).out).toMatch(/^replies that failed +2$/m);
  const errors = await waitFor('both errors', async () => {
    const found = await central.client.errors({});
    return found.errors.length < 2 ? undefined : found.errors;
  });
  expect(errors.toReversed()).toMatchObject([
    { code: 'reply-failed', id: refused.id, count: 1, text: expect.stringContaining('node ship1') as unknown },
    { code: 'reply-failed', id: alone.id, count: 1, text: expect.stringContaining('ECONNREFUSED') as unknown },
  ]);
});
