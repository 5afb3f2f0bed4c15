// The method over servers that are made up: their answers, and what becomes of them half-way, are drawn.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runHttpGet } from '../../../src/methods/http/run-http-get.ts';
import type { Answer, Question, Transport } from '../../../src/methods/http/transport.ts';
import { type RunResult, RunStop } from '../../../src/methods/run.ts';
import { ManualTime } from '../../support/manual-time.ts';
import { newRequest } from './new-request.ts';

const packs = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  'raw deflate': deflateRawSync,
  br: brotliCompressSync,
} as const;

interface Scene {
  /** Node's code of the error; `hang`: nothing comes. */
  readonly fails?: string;
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
  readonly packed?: keyof typeof packs;
  /** After so many bytes of what is sent. */
  readonly cutAt?: number;
  readonly end?: 'ends' | 'breaks' | 'hangs';
}

interface World {
  readonly transport: Transport;
  readonly asked: Question[];
  readonly bodies: Readable[];
  /** Something waits for ever. */
  readonly hangs: Promise<void>;
}

/** One scene a question, and the last one again and again. */
function play(scenes: readonly Scene[]): World {
  const asked: Question[] = [];
  const bodies: Readable[] = [];
  let tellHang = (): void => undefined;
  const hangs = new Promise<void>((resolve) => (tellHang = resolve));
  const transport = async (question: Question): Promise<Answer> => {
    const scene = scenes[Math.min(asked.length, scenes.length - 1)] ?? {};
    asked.push(question);
    const ended = once(question.signal, 'abort').then(() => Promise.reject(new Error('aborted')));
    ended.catch(() => undefined);
    if (scene.fails === 'hang') tellHang();
    if (scene.fails === 'hang') await ended;
    if (scene.fails !== undefined) throw Object.assign(new Error('no answer'), { code: scene.fails });
    const { packed, body = new Uint8Array(0), end = 'ends' } = scene;
    const whole = packed === undefined ? body : packs[packed](body);
    const sent = whole.subarray(0, scene.cutAt);
    const stream = Readable.from(
      (async function* () {
        for (let at = 0; at < sent.length; at += 1000) yield sent.subarray(at, at + 1000);
        if (end === 'breaks') throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
        if (end === 'hangs') tellHang();
        if (end === 'hangs') await ended;
      })(),
    );
    question.signal.addEventListener('abort', () => stream.destroy());
    bodies.push(stream);
    const coding =
      packed === undefined ? [] : [['Content-Encoding', packed === 'raw deflate' ? 'deflate' : packed] as const];
    return {
      version: '1.1',
      status: scene.status ?? 200,
      statusText: scene.status === undefined ? 'OK' : 'Said So',
      headers: [...coding, ...(scene.headers ?? [])],
      body: stream,
    };
  };
  return { transport, asked, bodies, hangs };
}

interface Ran extends World {
  readonly result: RunResult;
  readonly stdout: string;
}

interface How {
  readonly args?: readonly string[];
  readonly timeoutMs?: number;
  readonly outputLimit?: number;
}

const limit = 20_000;

/** What hangs is ended: by the timeout, or where there is none by a stop. */
async function run(scenes: readonly Scene[], how: How = {}): Promise<Ran> {
  const { args = ['http://u:p@one.example/a'], timeoutMs = 7_000, outputLimit = limit } = how;
  const world = play(scenes);
  const time = new ManualTime();
  const stop = new AbortController();
  const request = newRequest({ method: 'httpGet', args, methodTimeoutMs: timeoutMs });
  const running = runHttpGet(request, {
    clock: time,
    timers: time,
    transport: world.transport,
    outputLimit,
    signal: stop.signal,
  });
  await Promise.race([running, world.hangs]);
  if (timeoutMs >= 0) time.advance(timeoutMs);
  else stop.abort(new RunStop('not wanted'));
  const result = await running;
  for (const { signal } of world.asked) expect(signal.aborted).toBe(true);
  for (const body of world.bodies) expect(body.destroyed).toBe(true);
  expect(result.outcome).toMatchObject({ stdoutBytes: result.stdout.length, stderrBytes: 0 });
  expect(result.retry).toBeUndefined();
  expect(result.stdout.length).toBeLessThanOrEqual(outputLimit);
  return { ...world, result, stdout: Buffer.from(result.stdout).toString('latin1') };
}

const odd = fc.string({ unit: 'binary', maxLength: 20 });
const scenes = fc.record(
  {
    fails: fc.constantFrom('hang', 'ECONNREFUSED', 'ENOTFOUND', 'EWHATEVER', ''),
    status: fc.oneof(fc.constantFrom(200, 204, 301, 302, 307, 404), fc.integer({ min: 0, max: 999 })),
    headers: fc.array(
      fc.oneof(
        fc.tuple(
          fc.constant('location'),
          fc.oneof(odd, fc.constantFrom('/b', 'http://two.example/', 'https://[', 'ftp://x/')),
        ),
        fc.tuple(
          fc.constantFrom('Content-Encoding', 'content-length'),
          fc.oneof(odd, fc.constantFrom('gzip', 'br,br')),
        ),
        fc.tuple(odd, odd),
      ),
      { maxLength: 3 },
    ),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 3_000 }),
      fc.constantFrom(new Uint8Array(limit), Buffer.alloc(1_000_000)),
    ),
    packed: fc.constantFrom(...(Object.keys(packs) as (keyof typeof packs)[])),
    cutAt: fc.nat(2_000),
    end: fc.constantFrom('ends' as const, 'breaks' as const, 'hangs' as const),
  },
  { requiredKeys: [] },
);

test('httpGet - whatever servers do, there is one result within its bounds, and nothing is left open', async () => {
  const args = fc.subarray(['include', 'redirects=2', 'limit=1500', 'header=X-Ä: ö', 'header=X-A: ö€']);
  const any = fc.asyncProperty(
    fc.array(scenes, { minLength: 1, maxLength: 4 }),
    args,
    fc.constantFrom(0, 5_000, -1),
    async (drawn, options, timeoutMs) => {
      const wanted = { args: ['http://one.example/a', ...options], timeoutMs };
      const { result, asked } = await run(drawn, wanted);
      const { state, reason } = result.outcome;
      expect(['succeeded', 'failed', 'timedOut']).toContain(state);
      expect(state === 'succeeded').toBe(reason === undefined);
      expect(reason ?? 'one line').not.toMatch(/^$|[\n\r]/);
      expect(asked.length).toBeLessThanOrEqual(options.includes('redirects=2') ? 3 : 6);
      if (options.includes('limit=1500') && !options.includes('include'))
        expect(result.stdout.length).toBeLessThanOrEqual(1_500);
    },
  );
  await fc.assert(any, { numRuns: 400 });
});

describe('httpGet', () => {
  const text = Buffer.from('text\n'.repeat(2_000));

  test('gives back the body of an answer that succeeds', async () => {
    const { result } = await run([{ body: text }]);
    expect(result.outcome).toMatchObject({ state: 'succeeded', stdoutBytes: 10_000 });
    expect(Buffer.from(result.stdout).equals(text)).toBe(true);
  });

  test('keeps the body of one that fails', async () => {
    const { result, stdout } = await run([{ status: 404, body: Buffer.from('gone') }]);
    expect(result.outcome).toMatchObject({ state: 'failed', reason: 'HTTP 404 Said So' });
    expect(stdout).toBe('gone');
  });

  test('puts the head of each answer before the body where it is asked for', async () => {
    const location = [['Location', '/b']] as const;
    const answers = [
      { status: 302, headers: location, body: Buffer.from('not wanted') },
      { headers: [['X', '\xe4']], body: Buffer.from('body') },
    ] as const;
    const { stdout } = await run(answers, { args: ['http://one.example/', 'include'] });
    expect(stdout).toBe('HTTP/1.1 302 Said So\r\nLocation: /b\r\n\r\nHTTP/1.1 200 OK\r\nX: \xe4\r\n\r\nbody');
  });

  test('a head for which there is no room is too large, as a body is', async () => {
    const { result } = await run([{}], { args: ['http://one.example/', 'include'], outputLimit: 10 });
    expect(result.outcome).toMatchObject({ state: 'failed', stdoutBytes: 10 });
    expect(result.outcome.reason).toContain('more than 10 bytes');
  });

  test.for(Object.keys(packs) as (keyof typeof packs)[])('unpacks %s', async (packed) => {
    const { result } = await run([{ body: text, packed }]);
    expect(result.outcome).toMatchObject({ state: 'succeeded', stdoutBytes: 10_000 });
    expect(Buffer.from(result.stdout).equals(text)).toBe(true);
    expect((await run([{ body: text, packed, cutAt: 0 }])).result.outcome).toMatchObject({ state: 'succeeded' });
  });

  test.for(Object.keys(packs) as (keyof typeof packs)[])('unpacks no more of %s than the limit', async (packed) => {
    const large = { body: Buffer.alloc(5_000_000), packed };
    const { result } = await run([large]);
    expect(result.outcome).toMatchObject({
      state: 'failed',
      reason: `output limit: output too large, more than ${limit} bytes; what came before is kept`,
      stdoutBytes: limit,
    });
  });

  test('unpacks what was packed twice, not five times, and leaves what it does not know', async () => {
    const twice = [{ body: brotliCompressSync(gzipSync(text)), headers: [['content-encoding', 'gzip, BR']] }] as const;
    expect((await run(twice)).result.stdout.length).toBe(text.length);
    const often = [{ body: text, headers: [['content-encoding', 'br,br,br,br,br']] }] as const;
    expect((await run(often)).result.outcome.reason).toBe('the body is packed more than 4 times');
    const unknown = [{ body: text, headers: [['content-encoding', 'zstd']] }] as const;
    expect((await run(unknown)).result.outcome).toMatchObject({ state: 'succeeded', stdoutBytes: 10_000 });
  });

  test('says when a body is not what its header says, or ends too early', async () => {
    const wrong = [{ body: text, headers: [['Content-Encoding', 'gzip']] }] as const;
    expect((await run(wrong)).result.outcome).toMatchObject({
      state: 'failed',
      reason: 'the body cannot be unpacked (gzip): incorrect header check',
    });
    const short = await run([{ body: text, packed: 'gzip', cutAt: 30 }]);
    expect(short.result.outcome.reason).toBe('the body cannot be unpacked (gzip): unexpected end of file');
    const broken = await run([{ body: text, packed: 'gzip', cutAt: 30, end: 'breaks' }]);
    expect(broken.result.outcome.reason).toBe('one.example:80 closed the connection in the middle of the body');
  });

  test('keeps what came when the time is over, or when it is stopped', async () => {
    const hanging = [{ body: text, cutAt: 3_000, end: 'hangs' }] as const;
    const late = await run(hanging, { timeoutMs: 2_000 });
    expect(late.result.outcome).toMatchObject({
      state: 'timedOut',
      reason: 'no end within the method timeout of 2000 ms',
      stdoutBytes: 3_000,
      durationMs: 2_000,
    });
    const stopped = await run(hanging, { timeoutMs: -1 });
    expect(stopped.result.outcome).toMatchObject({ state: 'failed', reason: 'not wanted', stdoutBytes: 3_000 });
  });

  test('asks nobody when it was stopped before', async () => {
    const world = play([{}]);
    const time = new ManualTime();
    const signal = AbortSignal.abort(new RunStop('node stopped'));
    const request = newRequest({ method: 'httpGet', args: ['http://one.example/'] });
    const options = { clock: time, timers: time, transport: world.transport, outputLimit: limit, signal };
    const { outcome } = await runHttpGet(request, options);
    expect(outcome).toMatchObject({ state: 'failed', reason: 'node stopped' });
    expect(world.asked).toEqual([]);
  });

  test('of arguments that no intake has read, says what is wrong', async () => {
    const { result, asked } = await run([{}], { args: ['file:///etc/passwd'] });
    expect(result.outcome).toMatchObject({
      state: 'failed',
      reason: '"file:///etc/passwd" is no address of http or https (it begins with http:// or https://)',
    });
    expect(asked).toEqual([]);
  });

  test('gives credentials and headers to its own origin only, and not again after another one', async () => {
    const to = (location: string): Scene => ({ status: 307, headers: [['Location', location]] });
    const way = [to('b?c'), to('//x:y@two.example/'), to('http://one.example/'), {}];
    const { asked, result } = await run(way, { args: ['http://u%:p@one.example/d/a', 'header=Cookie: c'] });
    expect(result.outcome.state).toBe('succeeded');
    expect(asked.map(({ url }) => url.href.replace('u%:p@', ''))).toEqual([
      'http://one.example/d/a',
      'http://one.example/d/b?c',
      'http://two.example/',
      'http://one.example/',
    ]);
    const secrets = asked.map(({ headers }) => headers.filter(([name]) => /^(authorization|cookie)$/i.test(name)));
    const basic = `Basic ${Buffer.from('u%:p').toString('base64')}`;
    const both = [
      ['Authorization', basic],
      ['Cookie', 'c'],
    ];
    expect(secrets).toEqual([both, both, [], []]);
  });

  test('follows no more redirects than it may, and none to what is no web server', async () => {
    const loop = [{ status: 301, headers: [['location', '/']] }] as const;
    const three = await run(loop, { args: ['http://one.example/', 'redirects=3'] });
    expect(three.result.outcome).toMatchObject({ state: 'failed', reason: 'more than 3 redirects' });
    expect(three.asked).toHaveLength(4);
    const away = await run([{ status: 301, headers: [['location', 'file:///etc/passwd']] }]);
    expect(away.result.outcome.reason).toBe('redirect to what is no address of http or https: file:///etc/passwd');
    expect((await run([{ status: 301 }])).result.outcome.reason).toBe('HTTP 301 Said So');
    expect((await run([{ status: 304 }])).result.outcome.reason).toBe('HTTP 304 Said So');
  });

  test.for([
    ['ECONNREFUSED', 'could not connect to one.example:80: ECONNREFUSED'],
    ['ENOTFOUND', 'name not found: one.example'],
    ['EAI_AGAIN', 'the name one.example could not be looked up: EAI_AGAIN'],
    ['CERT_HAS_EXPIRED', 'the certificate of one.example:80 is not accepted: CERT_HAS_EXPIRED'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'no TLS with one.example:80: ERR_SSL_WRONG_VERSION_NUMBER'],
    ['HPE_INVALID_CONSTANT', 'what one.example:80 answers is no HTTP: HPE_INVALID_CONSTANT'],
    ['HPE_HEADER_OVERFLOW', 'the headers of one.example:80 are too long'],
    ['ECONNRESET', 'one.example:80 closed the connection without an answer'],
    ['', 'could not connect to one.example:80: no answer'],
  ] as const)('says what %s means', async ([fails, reason]) => {
    const { result } = await run([{ fails }]);
    expect(result.outcome).toMatchObject({ state: 'failed', reason });
  });
});
