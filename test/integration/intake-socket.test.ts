import { once } from 'node:events';
import { chmod, lstat, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { listenIntakeSocket, type IntakeSocket, type IntakeSocketOptions } from '../../src/api/intake-socket.ts';
import { parseMessageFile } from '../../src/intake/parse-message-file.ts';
import type { Timers } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { StewardError } from '../../src/model/error.ts';

const defaults = { ackTimeoutMs: 10_000, retries: -1, methodTimeoutMs: 10_000, expiresMs: 86_400_000 };
const message =
  '[{"toNode":"ship1","method":"cliCommand","methodArgs":["echo","}]\\"{["]},{"toNode":"a,b","method":"ping"}]';
const answer = '{"ids":["ship1","a","b"]}\n';
const mib = 1024 * 1024;

let folder: string;
let path: string;
let intake: IntakeSocket | undefined;
let submitted: string[];
let logged: string[];
const clients: Socket[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-intake-'));
  path = join(folder, 'tmp', 'steward.sock');
  submitted = [];
  logged = [];
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await intake?.close();
  intake = undefined;
  await rm(folder, { recursive: true });
});

const log = createLog({ write: (line) => logged.push(line), now: () => 0, format: 'json', level: 'info' });

async function submit(bytes: Uint8Array): Promise<{ ids: string[] }> {
  const ids = parseMessageFile(bytes, { defaults }).map((draft) => draft.message.to);
  submitted.push(Buffer.from(bytes).toString());
  return Promise.resolve({ ids });
}

async function listen(options: Partial<IntakeSocketOptions> = {}): Promise<void> {
  intake = await listenIntakeSocket({ path, submit, log, ...options });
}

/** Timers that a test moves on. */
function manualTimers(): Timers & { advance: (ms: number) => void; armed: () => number } {
  const waiting = new Map<number, { at: number; callback: () => void }>();
  let now = 0;
  let count = 0;
  return {
    after(delayMs, callback) {
      const id = (count += 1);
      waiting.set(id, { at: now + delayMs, callback });
      return () => waiting.delete(id);
    },
    advance(ms) {
      now += ms;
      for (const [id, { at, callback }] of waiting) {
        if (at <= now && waiting.delete(id)) callback();
      }
    },
    armed: () => count,
  };
}

/** A client that keeps its side open, as `nc -U` of OpenBSD does, until it is told to end. */
async function open(): Promise<Socket> {
  const client = connect({ path, allowHalfOpen: true });
  clients.push(client);
  await once(client, 'connect');
  return client;
}

/** All that the node says until it ends its side. */
async function listenTo(client: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  client.on('data', (chunk) => chunks.push(chunk));
  if (!client.readableEnded) await once(client, 'end');
  return Buffer.concat(chunks).toString();
}

async function send(text: string | Uint8Array, options: { end: boolean }): Promise<string> {
  const client = await open();
  const said = listenTo(client);
  if (options.end) client.end(text);
  else client.write(text);
  return said;
}

function errorOf(said: string): Record<string, unknown> {
  expect(said).toMatch(/^\{.*\}\n$/);
  return (JSON.parse(said) as { error: Record<string, unknown> }).error;
}

describe('intake socket', () => {
  test('answers with the ids, whether the client closes its side or not', async () => {
    await listen();
    expect(await send(message, { end: true })).toBe(answer);
    expect(await send(message, { end: false })).toBe(answer);
    expect(await send(`${message}\n\n`, { end: false })).toBe(answer);
    expect(submitted).toHaveLength(3);
  });

  test('leaves a client that never closes its side', async () => {
    await listen({ lingerMs: 20 });
    const client = await open();
    let error: Error | undefined;
    client.on('error', (problem) => (error = problem)).resume();
    client.write(message);
    await once(client, 'end');
    await vi.waitFor(() => {
      client.write(' ');
      expect(error).toMatchObject({ code: 'EPIPE' });
    });
  });

  test('takes YAML at the end of the input', async () => {
    await listen();
    expect(await send('- toNode: ship1\n  method: ping\n', { end: true })).toBe('{"ids":["ship1"]}\n');
  });

  test('takes input in pieces of one byte', async () => {
    await listen();
    const client = await open();
    const said = listenTo(client);
    for (const byte of Buffer.from(message)) {
      client.write(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    expect(await said).toBe(answer);
    expect(submitted).toEqual([message]);
  });

  test('lets a client write white space after the answer came, and still read it', async () => {
    await listen();
    const client = await open();
    client.write(message);
    await vi.waitFor(() => expect(submitted).toHaveLength(1));
    client.write('\n');
    client.end('\n');
    expect(await listenTo(client)).toBe(answer);
  });

  test('says what is wrong and where, and takes nothing of the list', async () => {
    await listen();
    const said = await send('[{"toNode":"a","method":"ping"},\n {"toNode":"b","method":"png"}]', { end: false });
    expect(errorOf(said)).toEqual({
      code: 'invalid-message',
      message: 'unknown method "png"',
      hint: 'did you mean ping?',
      line: 2,
      column: 25,
      field: 'method',
    });
    expect(submitted).toEqual([]);
  });

  test.each([
    ['rubbish', 'rubbish \0\u0001 rubbish', /object with fields|not YAML/],
    ['nothing', '', /nothing was sent/],
    ['white space', ' \n', /no message/],
    ['half of a value', message.slice(0, -1), /not JSON: the text ends inside a list/],
    ['two values', `${message}{}`, /more than one value/],
    ['two values on two lines', `${message}\n${message}\n`, /more than one value/],
    ['a closing bracket too much', `${message}]`, /more than one value/],
    ['a value of brackets that do not match', '[}', /not JSON/],
    ['bytes that are no text', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), /not UTF-8/],
  ])('refuses %s', async (_name, text, problem) => {
    await listen();
    expect(errorOf(await send(text, { end: true }))).toMatchObject({
      code: 'invalid-message',
      message: expect.stringMatching(problem) as string,
    });
    expect(submitted).toEqual([]);
  });

  test('refuses a second value that arrives behind the first before it is handed in', async () => {
    await listen();
    const whole = Buffer.from(`${JSON.stringify([{ toNode: 'a', method: 'ping', data: 'x'.repeat(mib) }])}{}`);
    expect(errorOf(await send(whole, { end: true }))['message']).toMatch(/more than one value/);
    expect(submitted).toEqual([]);
  });

  test('takes 16 MiB, and refuses more while the client is still writing', async () => {
    await listen();
    const head = '[{"toNode":"ship1","method":"fileAppend","data":"';
    const full = `${head}${'x'.repeat(16 * mib - head.length - 3)}"}]`;
    expect(Buffer.byteLength(full)).toBe(16 * mib);
    expect(await send(full, { end: false })).toBe('{"ids":["ship1"]}\n');
    const error = errorOf(await send(`${head}${'x'.repeat(17 * mib)}`, { end: false }));
    expect(error).toMatchObject({ code: 'too-large', message: 'more than 16777216 bytes (16 MiB) in one submission' });
  });

  test('serves two clients at once, piece by piece', async () => {
    await listen();
    const [one, two] = [await open(), await open()];
    const said = [listenTo(one), listenTo(two)];
    one.write(message.slice(0, 20));
    two.write('[{"toNode":"b",');
    one.write(message.slice(20));
    two.write('"method":"ping"}]');
    expect(await Promise.all(said)).toEqual([answer, '{"ids":["b"]}\n']);
  });

  test('takes nothing of a client that breaks off, and all of one that does not wait', async () => {
    await listen();
    const broken = await open();
    broken.write(message.slice(0, -10));
    broken.destroy();
    const hasty = await open();
    hasty.write(message, () => hasty.destroy());
    await vi.waitFor(() => expect(submitted).toEqual([message]));
    expect(await send(message, { end: true })).toBe(answer);
    expect(submitted).toHaveLength(2);
  });

  test('answers the error of the store, and goes on', async () => {
    let full = true;
    await listen({
      submit: (bytes) =>
        full
          ? Promise.reject(new StewardError('store-unavailable', 'the disk is full', { hint: 'make room' }))
          : submit(bytes),
    });
    const error = errorOf(await send(message, { end: false }));
    expect(error).toEqual({ code: 'store-unavailable', message: 'the disk is full', hint: 'make room' });
    full = false;
    expect(await send(message, { end: false })).toBe(answer);
  });

  test('hides an error of its own from the client and shows it in the log', async () => {
    await listen({ submit: () => Promise.reject(new Error('secret detail')) });
    const said = await send(message, { end: false });
    expect(errorOf(said)['code']).toBe('internal');
    expect(said).not.toContain('secret');
    expect(logged.join('')).toContain('secret detail');
  });

  test('tells a client so that has been idle for a minute, and not one that is slow', async () => {
    const manual = manualTimers();
    await listen({ timers: manual });
    const client = await open();
    const said = listenTo(client);
    for (const piece of ['toNode: a\n', 'method: ping\n', '\n']) {
      const armed = manual.armed();
      client.write(piece);
      await vi.waitFor(() => expect(manual.armed()).toBeGreaterThan(armed));
      manual.advance(59_999);
    }
    expect(client.readableLength).toBe(0);
    manual.advance(1);
    expect(errorOf(await said)).toMatchObject({ message: 'nothing came for 60 s: nothing was taken' });
    expect(submitted).toEqual([]);
  });

  test('tells one client too many that it is busy, until another has left', async () => {
    await listen({ maxConnections: 2 });
    const first = await open();
    await open();
    expect(errorOf(await send(message, { end: true }))).toMatchObject({ code: 'busy' });
    const said = listenTo(first);
    first.end(message);
    expect(await said).toBe(answer);
    await vi.waitFor(async () => expect(await send(message, { end: true })).toBe(answer));
  });

  test('bounds what all clients together make it keep', async () => {
    await listen({ maxBytes: mib, maxWaitingBytes: mib });
    const first = await open();
    first.write(`["${'x'.repeat(600 * 1024)}`);
    await vi.waitFor(async () => expect(errorOf(await send(message, { end: true }))).toMatchObject({ code: 'busy' }));
    first.destroy();
    await vi.waitFor(async () => expect(await send(message, { end: true })).toBe(answer));
  });
});

describe('intake socket, the file', () => {
  test('is for its owner alone, in a folder for its owner alone', async () => {
    await listen();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'tmp'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, 'tmp'))).toEqual(['steward.sock']);
  });

  test('is for its owner alone in an open folder as well', async () => {
    await mkdir(join(folder, 'tmp'));
    await chmod(join(folder, 'tmp'), 0o755);
    await listen();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('replaces one that a crash left', async () => {
    const dead = createServer();
    await mkdir(join(folder, 'tmp'));
    dead.listen(join(folder, 'tmp', 'born'));
    await once(dead, 'listening');
    // Closing removes the path that it was bound to: moved away, the socket stays as after a crash.
    await rename(join(folder, 'tmp', 'born'), path);
    dead.close();
    await once(dead, 'close');
    expect((await lstat(path)).isSocket()).toBe(true);
    await listen();
    expect(await send(message, { end: false })).toBe(answer);
  });

  test('is refused to a second node, and the first one serves on', async () => {
    await listen();
    await expect(listenIntakeSocket({ path, submit, log })).rejects.toMatchObject({ code: 'already-running' });
    expect(await send(message, { end: false })).toBe(answer);
  });

  test('does not replace a file that is no socket', async () => {
    await mkdir(join(folder, 'tmp'));
    await writeFile(path, 'mine');
    await expect(listenIntakeSocket({ path, submit, log })).rejects.toMatchObject({ code: 'invalid-config' });
    expect((await lstat(path)).isFile()).toBe(true);
  });

  test('has a path that the system can name', async () => {
    const long = join(folder, 'x'.repeat(100), 'steward.sock');
    await expect(listenIntakeSocket({ path: long, submit, log })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(/allows 107/) as string,
    });
  });

  test('is gone after close, which tells those who are still sending', async () => {
    await listen();
    const client = await open();
    const said = listenTo(client);
    client.write(message.slice(0, 10));
    await intake?.close();
    expect(errorOf(await said)).toMatchObject({ code: 'stopping' });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    await expect(open()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('close waits for what is being submitted, and its client gets the answer', async () => {
    let finish = (): void => undefined;
    const stored = new Promise<void>((resolve) => (finish = resolve));
    await listen({ submit: (bytes) => stored.then(() => submit(bytes)) });
    const client = await open();
    const said = listenTo(client);
    client.end(message);
    await vi.waitFor(() => expect(client.writableFinished).toBe(true));
    // One more connection, answered in turn, shows that the server has read the message.
    expect(errorOf(await send('', { end: true }))['message']).toBe('nothing was sent');
    const closed = intake?.close();
    finish();
    await closed;
    expect(await said).toBe(answer);
  });
});
