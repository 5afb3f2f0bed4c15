// httpGet over real connections, to servers of this process that behave in every way.
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { getOnce } from '../../src/methods/http/get-once.ts';
import { runHttpGet } from '../../src/methods/http/run-http-get.ts';
import { RunStop, type RunResult } from '../../src/methods/run.ts';
import { newRequest } from '../unit/methods/new-request.ts';
import { waitFor } from '../support/wait-for.ts';

const servers: (Server | HttpServer)[] = [];
const sockets = new Set<Socket>();

/** Connections that are open now are those that the method left. */
async function listen(server: Server | HttpServer): Promise<string> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers a question with these bytes, whatever they are; `end`: and closes. */
function rubbish(bytes: string, end: boolean): Promise<string> {
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(bytes, 'latin1');
      if (end) socket.end();
    });
  });
  return listen(server);
}

function web(answer: RequestListener): Promise<string> {
  return listen(createHttpServer(answer));
}

afterEach(async () => {
  try {
    await waitFor('every connection to be closed', () => sockets.size === 0);
  } finally {
    for (const socket of sockets) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  }
});

interface How {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

function get(args: readonly string[], how: How = {}): Promise<RunResult> {
  const { timeoutMs = 20_000, signal = new AbortController().signal } = how;
  const request = newRequest({ method: 'httpGet', args, methodTimeoutMs: timeoutMs });
  return runHttpGet(request, {
    clock: systemClock,
    timers: systemTimers,
    transport: getOnce,
    outputLimit: 1_000_000,
    signal,
  });
}

const textOf = ({ stdout }: RunResult): string => Buffer.from(stdout).toString('latin1');

describe('httpGet', () => {
  test('sends what it is told to, and no more than once', async () => {
    const seen: string[] = [];
    const at = await web((request, response) => {
      seen.push([request.method, request.url, ...request.rawHeaders].join('|'));
      response.end('it');
    });
    const headers = ['header=X-A: ö€', 'header=x-a: 2', 'header=__proto__: 3', 'header=Accept: text/plain'];
    const result = await get([`http://u:p@${at}/ä b?c=d#e`, ...headers]);
    expect(result.outcome).toMatchObject({ state: 'succeeded', stdoutBytes: 2 });
    const [line = ''] = seen;
    expect(seen).toHaveLength(1);
    expect(line.startsWith('GET|/%C3%A4%20b?c=d|')).toBe(true);
    const utf8 = Buffer.from('ö€').toString('latin1');
    for (const part of [
      `x-a|${utf8}|x-a|2`,
      '__proto__|3',
      'accept|text/plain',
      'authorization|Basic dTpw',
      'accept-encoding|gzip, deflate, br',
      `Host|${at}`,
      'Connection|close',
    ])
      expect(line).toContain(part);
  });

  test('takes a name that has several addresses', async () => {
    const at = await web((_request, response) => response.end('it'));
    const result = await get([`http://localhost:${at.split(':')[1]}/`]);
    expect(result.outcome).toMatchObject({ state: 'succeeded', stdoutBytes: 2 });
  });

  test('closes what its redirects have opened, one after the other', async () => {
    let most = 0;
    const at = await web((request, response) => {
      most = Math.max(most, sockets.size);
      const left = Number(request.url?.slice(1));
      if (left === 0) return response.end('there');
      response.writeHead(302, { Location: `/${left - 1}` });
      // Its body never ends.
      response.write('not wanted');
    });
    const result = await get([`http://${at}/20`, 'redirects=20']);
    expect(textOf(result)).toBe('there');
    expect(most).toBeLessThanOrEqual(2);
  });

  test.for([
    ['it asks', () => undefined],
    ['the body comes', (_request, response) => response.write('begun')],
    ['a packed body comes', (_request, response) => pack(response)],
  ] as readonly (readonly [string, RequestListener])[])('ends at once while %s', async ([, answer]) => {
    let asked = 0;
    const at = await web((request, response) => {
      asked += 1;
      answer(request, response);
    });
    const late = await get([`http://${at}/`], { timeoutMs: 300 });
    expect(late.outcome).toMatchObject({
      state: 'timedOut',
      reason: 'no end within the method timeout of 300 ms',
    });
    const stop = new AbortController();
    const running = get([`http://${at}/`], { timeoutMs: -1, signal: stop.signal });
    await waitFor('the question to be there', () => asked === 2);
    stop.abort(new RunStop('node stopped'));
    expect((await running).outcome).toMatchObject({ state: 'failed', reason: 'node stopped' });
  });

  test('unpacks no more than the limit, however much there is behind it', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000));
    const at = await web((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      response.write(bomb);
    });
    const before = process.memoryUsage.rss();
    const result = await get([`http://${at}/`, 'limit=500000']);
    expect(result.outcome).toMatchObject({
      state: 'failed',
      reason: 'output limit: output too large, more than 500000 bytes; what came before is kept',
      stdoutBytes: 500_000,
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(60_000_000);
  });

  test('of a server that sends without end takes no more than there is room for', async () => {
    const at = await web((_request, response) => {
      const go = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
      };
      response.on('drain', go);
      go();
    });
    const result = await get([`http://${at}/`, 'include']);
    expect(result.outcome).toMatchObject({ state: 'failed', stdoutBytes: 1_000_000 });
    expect(textOf(result)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nxxxx/);
    expect(result.outcome.reason).toMatch(/^output limit: output too large, more than 999\d\d\d bytes/);
  });

  test.for([
    ['', true, /closed the connection without an answer$/],
    ['no HTTP at all', true, /^what 127.0.0.1:\d+ answers is no HTTP: HPE_/],
    ['SSH-2.0-OpenSSH_9.2\r\n', false, /answers is no HTTP: HPE_/],
    ['HTTP/1.1 200', true, /closed the connection without an answer$/],
    [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`, false, /^the headers of 127.0.0.1:\d+ are too long$/],
    ['HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', false, /^HTTP 101 Switching$/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegun', true, /closed the connection in the middle of the body$/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n', true, /in the middle of the body$/],
    [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\nzz\r\n',
      false,
      /is no HTTP: HPE_INVALID_CHUNK/,
    ],
    ['HTTP/1.1 999 \x01 odd\r\nContent-Length: 5\r\n\r\nbegun', false, /^(HTTP 999 odd|what .* is no HTTP: HPE_\w+)$/],
    ['HTTP/1.0 503\r\n\r\nbegun', true, /^HTTP 503$/],
  ] as const)('says what is wrong with %j', async ([bytes, end, reason]) => {
    const result = await get([`http://${await rubbish(bytes, end)}/`]);
    expect(result.outcome).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) as string });
    expect(textOf(result)).toBe(bytes.includes('begun') && !result.outcome.reason?.includes('HPE_') ? 'begun' : '');
  });

  test('speaks TLS, and only with a server that shows who it is', async () => {
    const options = { key: certificateKey, cert: certificate };
    const at = await listen(createHttpsServer(options, (_request, response) => response.end('it')));
    expect((await get([`https://${at}/`])).outcome).toMatchObject({
      state: 'failed',
      reason: `the certificate of ${at} is not accepted: DEPTH_ZERO_SELF_SIGNED_CERT`,
      stdoutBytes: 0,
    });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(textOf(await get([`https://${at}/`]))).toBe('it');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  test('says what is wrong where there is nobody, no name, or no TLS', async () => {
    const server = createServer();
    const at = await listen(server);
    server.close();
    expect((await get([`http://${at}/`])).outcome).toMatchObject({
      state: 'failed',
      reason: `could not connect to ${at}: ECONNREFUSED`,
    });
    const nameless = await get(['http://no-such-name.invalid/'], { timeoutMs: 50_000 });
    expect(nameless.outcome.reason).toMatch(/^(name not found: |the name )no-such-name\.invalid/);
    const plain = await web((_request, response) => response.end('it'));
    expect((await get([`https://${plain}/`])).outcome.reason).toMatch(new RegExp(`^no TLS with ${plain}: `));
  });
});

/** Of 127.0.0.1, signed by itself, for a hundred years. Nobody trusts it. */
const certificate = pem('CERTIFICATE', [
  'MIIBnDCCAUGgAwIBAgIUaIEdBIJDOw0crlT9ziwL1URdsd8wCgYIKoZIzj0EAwIw',
  'FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyOTA3MjkxNloYDzIxMjYxMTA1',
  'MDcyOTE2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO',
  'PQMBBwNCAARBg4s+kDq3tSlGaFNmXdtMNy2C+mmj/Rw2mGGEzMoiGDS8LI+X2Zt4',
  'rKwEw4PxAP87fTwOexP8wSpfieek9Nweo28wbTAdBgNVHQ4EFgQUZWuupB64OFQU',
  'PtnGUYEZBXkJbHQwHwYDVR0jBBgwFoAUZWuupB64OFQUPtnGUYEZBXkJbHQwDwYD',
  'VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZI',
  'zj0EAwIDSQAwRgIhAODXwK70hXTPcJg/x3p5JT1YpsENgzGWMFOvJnPyFV99AiEA',
  '9fYv7P8zF15/INqGNQd/9pZBN7zRL52oENi1WdWGolI=',
]);
const certificateKey = pem('PRIVATE KEY', [
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcLJahfWh4NlaxCmk',
  'D1xzknp3EWhWhzimsOupJMcLDoGhRANCAARBg4s+kDq3tSlGaFNmXdtMNy2C+mmj',
  '/Rw2mGGEzMoiGDS8LI+X2Zt4rKwEw4PxAP87fTwOexP8wSpfieek9Nwe',
]);

function pem(what: string, lines: readonly string[]): string {
  return [`-----BEGIN ${what}-----`, ...lines, `-----END ${what}-----`, ''].join('\n');
}

function pack(response: Parameters<RequestListener>[1]): void {
  response.writeHead(200, { 'Content-Encoding': 'gzip' });
  response.write(gzipSync('some text').subarray(0, 12));
}
