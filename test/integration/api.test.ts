import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect, createServer } from 'node:net';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenApi, type ApiServer } from '../../src/api/serve-api.ts';
import { createLog } from '../../src/base/log.ts';
import { createClient, type Client } from '../../src/client/client.ts';
import { maxSubmissionBytes } from '../../src/contract/api-socket.ts';
import type { MessageView } from '../../src/contract/message-view.ts';
import { waitFor } from '../support/wait-for.ts';
import { createFakeService, id, refusal, succeeded, viewOf, type FakeService } from '../unit/api/fake-service.ts';

let folder: string;
let path: string;
let service: FakeService;
let client: Client;
let logged: string[];
const open: ApiServer[] = [];

async function listen(): Promise<ApiServer> {
  const log = createLog({ write: (line) => logged.push(line), now: () => 0, format: 'text', level: 'info' });
  const server = await listenApi({ path, service, log });
  open.push(server);
  return server;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-api-'));
  path = join(folder, 'tmp', 'steward-api.sock');
  service = createFakeService();
  client = createClient({ socketPath: path });
  logged = [];
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
  rmSync(folder, { recursive: true });
});

/** A raw request, as curl would send it. */
async function send(options: RequestOptions, body?: string | Uint8Array): Promise<IncomingMessage & { text: string }> {
  const asked = request({ socketPath: path, agent: false, ...options });
  const responded = once(asked, 'response');
  // Node's last, empty write of a large body may find the connection closed after the answer.
  asked.on('error', () => {});
  asked.end(body);
  const [response] = (await responded) as [IncomingMessage];
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  return Object.assign(response, { text });
}

describe('the socket', () => {
  test('socket - is 0600 in a folder of 0700, with nothing beside it', async () => {
    await listen();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'tmp')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'tmp'))).toEqual(['steward-api.sock']);
  });

  test('socket - is gone after close, and can be opened again', async () => {
    const server = await listen();
    await server.close();
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    await listen();
    expect((await client.info()).node).toBe('central');
  });

  test('socket - a second server is refused, and the first one goes on', async () => {
    await listen();
    await expect(listen()).rejects.toMatchObject({ code: 'already-running' });
    expect((await client.info()).node).toBe('central');
  });

  test('socket - one that a killed process left is replaced', async () => {
    await (await listen()).close();
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`;
    const killed = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(lstatSync(path).isSocket()).toBe(true);
    await listen();
    expect((await client.info()).node).toBe('central');
  });

  test('socket - a file in its place stays', async () => {
    await (await listen()).close();
    writeFileSync(path, 'mine');
    await expect(listen()).rejects.toMatchObject({ code: 'invalid-config' });
    expect(lstatSync(path).isFile()).toBe(true);
  });

  test('socket - closing does not remove the socket of a successor', async () => {
    const first = await listen();
    rmSync(path);
    await listen();
    await first.close();
    expect((await client.info()).node).toBe('central');
  });

  test('socket - a path that is too long is refused with the number of bytes', async () => {
    path = join(folder, 'x'.repeat(120));
    await expect(listen()).rejects.toThrow(/107/);
    await expect(createClient({ socketPath: path }).info()).rejects.toThrow(/107/);
  });
});

describe('requests', () => {
  test('client - says what to do where no node answers', async () => {
    await expect(client.info()).rejects.toMatchObject({
      code: 'not-running',
      hint: expect.stringContaining('steward node'),
    });
  });

  test('client - gets what the service has', async () => {
    await listen();
    service.views.set(id(1), succeeded({ id: id(1) }));
    service.nodeViews = [{ name: 'ship1', presence: 'online', since: 5, queued: 0 }];
    expect(await client.message(id(1))).toEqual(succeeded({ id: id(1) }));
    expect((await client.counts()).counts.succeeded).toBe(1);
    expect(await client.nodes()).toEqual(service.nodeViews);
    expect(await client.info()).toEqual(service.info());
  });

  test('client - gets an error of the service whole', async () => {
    await listen();
    service.onSubmit = refusal;
    await expect(client.submit(Buffer.from('[]'))).rejects.toMatchObject({
      code: 'invalid-message',
      message: 'there is no method "cliComand"',
      hint: 'cliCommand',
      place: { line: 3, column: 5, field: 'method' },
    });
  });

  test('client - refuses what is no id without asking', async () => {
    await expect(client.message('../info')).rejects.toMatchObject({ code: 'invalid-usage' });
    await expect(client.output('', 'stdout')).rejects.toMatchObject({ code: 'invalid-usage' });
  });

  test('api - a submission and an output of 16 MiB come through byte for byte', async () => {
    await listen();
    const bytes = Buffer.alloc(maxSubmissionBytes, 'abc\u0000\u00ff', 'latin1');
    await client.submit(bytes);
    expect(Buffer.compare(service.submissions[0]?.bytes ?? Buffer.of(), bytes)).toBe(0);
    const { outcome } = succeeded({ id: id(1) });
    if (outcome === undefined) throw new Error('a message that succeeded has an outcome');
    service.outputs.set(id(1), { stdout: bytes, stderr: Buffer.of(), outcome });
    expect(Buffer.compare(await client.output(id(1), 'stdout'), bytes)).toBe(0);
    expect((await client.output(id(1), 'stderr')).length).toBe(0);
  });

  test('api - one byte more is refused with 413, and the service never sees it', async () => {
    await listen();
    const bytes = Buffer.alloc(maxSubmissionBytes + 1, ' ');
    await expect(client.submit(bytes)).rejects.toMatchObject({ code: 'too-large' });
    const response = await send({ method: 'POST', path: '/v1/messages' }, bytes);
    expect(response.statusCode).toBe(413);
    expect(JSON.parse(response.text)).toMatchObject({ error: { code: 'too-large' } });
    expect(service.submissions).toEqual([]);
  });

  test('api - a request on behalf of a page is refused', async () => {
    await listen();
    const response = await send(
      { method: 'POST', path: '/v1/messages', headers: { origin: 'http://evil.example' } },
      '[]',
    );
    expect(response.statusCode).toBe(403);
    expect(service.submissions).toEqual([]);
  });

  test('api - a mistake of the service is a 500 without its words, and stands in the log', async () => {
    await listen();
    service.counts = () => Promise.reject(new Error('secret detail'));
    const response = await send({ path: '/v1/counts' });
    expect(response.statusCode).toBe(500);
    expect(response.text).not.toContain('secret');
    expect(logged.join('')).toContain('secret detail');
  });

  test('api - a client that leaves in the middle of its request harms nobody', async () => {
    await listen();
    const leaving = connect(path).resume();
    leaving.end('POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n[{');
    await once(leaving, 'close');
    expect((await client.info()).node).toBe('central');
    expect(service.submissions).toEqual([]);
    expect(logged).toEqual([]);
  });

  test('client - understands a server that breaks off, and one that talks nonsense', async () => {
    await (await listen()).close();
    const answers = [
      '',
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"a"',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}',
    ];
    const server = createServer((socket) => socket.once('data', () => socket.end(answers.shift() ?? '')));
    server.listen(path);
    await once(server, 'listening');
    await expect(client.info()).rejects.toMatchObject({ code: 'not-running' });
    await expect(client.info()).rejects.toMatchObject({ code: 'not-running' });
    await expect(client.info()).rejects.toMatchObject({ code: 'internal' });
    server.close();
    await once(server, 'close');
  });
});

describe('following', () => {
  async function followUntil(
    state: string,
    onView: (view: MessageView) => void = () => {},
  ): Promise<readonly string[]> {
    const states: string[] = [];
    const signal = new AbortController().signal;
    for await (const view of client.follow([id(1)], { signal })) {
      states.push(view.state);
      onView(view);
      if (view.state === state) break;
    }
    return states;
  }

  test('follow - sees a message to its end, and leaves nothing behind', async () => {
    await listen();
    service.views.set(id(1), viewOf({ id: id(1) }));
    const next = { queued: 'delivered', delivered: 'running', running: 'succeeded' } as Record<
      string,
      MessageView['state']
    >;
    const states = await followUntil('succeeded', ({ state }) => {
      const following = next[state];
      if (following !== undefined) service.change(viewOf({ id: id(1), state: following }));
    });
    expect(states).toEqual(['queued', 'delivered', 'running', 'succeeded']);
    await waitFor('the watch to end', () => service.listeners.size === 0);
  });

  test('follow - a node that restarts is found again, and what happened meanwhile is told', async () => {
    const first = await listen();
    service.views.set(id(1), viewOf({ id: id(1) }));
    const away: string[] = [];
    const states: string[] = [];
    const signal = new AbortController().signal;
    for await (const view of client.follow([id(1)], { signal, onAway: (error) => away.push(error?.code ?? 'back') })) {
      states.push(view.state);
      if (view.state === 'succeeded') break;
      await first.close();
      service.change(succeeded({ id: id(1) }));
      await listen();
    }
    expect(states).toEqual(['queued', 'succeeded']);
    expect(away[0]).toBe('not-running');
    expect(away.at(-1)).toBe('back');
  });

  test('follow - an unknown id and an absent node are errors at once', async () => {
    await expect(followUntil('succeeded')).rejects.toMatchObject({ code: 'not-running' });
    await listen();
    await expect(followUntil('succeeded')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('follow - an error of the service reaches the reader', async () => {
    await listen();
    service.messages = () => Promise.reject(new Error('broken'));
    await expect(followUntil('succeeded')).rejects.toMatchObject({ code: 'internal' });
  });

  test('follow - the signal ends it without an error', async () => {
    await listen();
    service.views.set(id(1), viewOf({ id: id(1) }));
    const stop = new AbortController();
    const states: string[] = [];
    for await (const view of client.follow([id(1)], { signal: stop.signal })) {
      states.push(view.state);
      stop.abort();
    }
    expect(states).toEqual(['queued']);
    await waitFor('the watch to end', () => service.listeners.size === 0);
  });

  test('follow - many readers at once are not taken for a leak', async () => {
    const warnings: string[] = [];
    const note = ({ message }: Error): number => warnings.push(message);
    process.on('warning', note);
    await listen();
    service.views.set(id(1), viewOf({ id: id(1) }));
    const readers = Array.from({ length: 20 }, () => connect(path));
    try {
      for (const reader of readers) reader.write(`GET /v1/events?ids=${id(1)} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      await waitFor('all to be served', () => service.listeners.size === readers.length);
      expect((await client.info()).node).toBe('central');
    } finally {
      for (const reader of readers) reader.destroy();
      process.off('warning', note);
    }
    expect(warnings).toEqual([]);
  });

  test('follow - closing the server ends a stream that nobody reads', async () => {
    const server = await listen();
    service.views.set(id(1), viewOf({ id: id(1), args: ['x'.repeat(4_000_000)] }));
    const reader = connect(path);
    reader.pause();
    reader.write(`GET /v1/events?ids=${id(1)} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await waitFor('the watch to begin', () => service.listeners.size === 1);
    await server.close();
    expect(service.listeners.size).toBe(0);
    reader.destroy();
  });
});
