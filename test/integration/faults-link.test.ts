// The proxy of the fault campaign does to a connection what it says: else the campaign would show nothing.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openFaultyLink, type FaultyLink } from '../../faults/lab/faulty-link.ts';
import { perfect } from '../../faults/lab/link-profile.ts';
import { seededRandom } from '../../src/base/random.ts';
import { waitFor } from '../support/wait-for.ts';

interface End {
  readonly socket: Socket;
  readonly text: () => string;
  readonly ended: () => boolean;
}

let server: Server;
let link: FaultyLink;
let stalls: number;
const far: End[] = [];
const near: End[] = [];

function watch(socket: Socket): End {
  const seen = { text: '', ended: false };
  socket.setEncoding('latin1').on('data', (text: string) => (seen.text += text));
  socket.on('close', () => (seen.ended = true));
  // A reset is what is looked for: `ended` shows it.
  socket.on('error', () => (seen.ended = true));
  return { socket, text: () => seen.text, ended: () => seen.ended };
}

beforeEach(async () => {
  stalls = 0;
  server = createServer((socket) => far.push(watch(socket)));
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const toPort = (server.address() as AddressInfo).port;
  link = await openFaultyLink({ name: 'test', toPort, random: seededRandom(1), onStall: () => (stalls += 1) });
});
afterEach(async () => {
  for (const end of [...near.splice(0), ...far.splice(0)]) end.socket.destroy();
  await link.close();
  server.close();
});

async function open(): Promise<readonly [End, End]> {
  const socket = connect({ host: '127.0.0.1', port: link.port, noDelay: true });
  near.push(watch(socket));
  await once(socket, 'connect');
  const known = far.length;
  const end = await waitFor('the other end', () => far[known] ?? far.at(-1));
  return [near.at(-1) as End, end];
}

test('faulty link - a perfect one passes everything on, both ways and in order', async () => {
  const [ours, theirs] = await open();
  const text = Array.from({ length: 50_000 }, (_none, index) => `${index},`).join('');
  ours.socket.write(text);
  theirs.socket.write('answer');
  await waitFor('all of it', () => theirs.text().length === text.length && ours.text() === 'answer');
  expect(theirs.text()).toBe(text);
});

test('faulty link - a slow one takes its delay and its rate', async () => {
  link.use({ delayMs: 150, jitterMs: 0, bytesPerSecond: 10_000, loss: 0 });
  const [ours, theirs] = await open();
  const began = performance.now();
  ours.socket.write('x'.repeat(4_000));
  await waitFor('all of it', () => theirs.text().length === 4_000, { everyMs: 2 });
  // 150 ms on the way and 400 ms to be sent; a timer may come a little early.
  expect(performance.now() - began).toBeGreaterThan(530);
});

test('faulty link - a lossy one stalls, and loses nothing', async () => {
  link.use({ ...perfect, loss: 0.3 });
  const [ours, theirs] = await open();
  const text = 'abcdefg'.repeat(2_000);
  ours.socket.write(text);
  await waitFor('all of it', () => theirs.text().length === text.length, { withinMs: 20_000 });
  expect(theirs.text()).toBe(text);
  expect(stalls).toBeGreaterThan(0);
});

test('faulty link - a direction that is held is silent, the other is not, and what was held comes', async () => {
  const [ours, theirs] = await open();
  link.hold('up');
  ours.socket.write('held');
  theirs.socket.write('passes');
  await waitFor('the other direction', () => ours.text() === 'passes');
  expect(theirs.text()).toBe('');
  link.release();
  await waitFor('what was held', () => theirs.text() === 'held');
});

test('faulty link - a deaf direction swallows, and nobody is told until it is cut', async () => {
  const [ours, theirs] = await open();
  link.goDeaf('down');
  theirs.socket.write('gone');
  ours.socket.write('passes');
  await waitFor('the other direction', () => theirs.text() === 'passes');
  link.release();
  expect([ours.text(), ours.ended(), theirs.ended()]).toEqual(['', false, false]);
  expect(link.cut()).toBe(1);
  await waitFor('both ends to know', () => ours.ended() && theirs.ended());
  expect(ours.text()).toBe('');
});

test('faulty link - while it refuses nobody connects, afterwards they do', async () => {
  link.refuse(true);
  const refused = watch(connect({ host: '127.0.0.1', port: link.port }));
  await waitFor('the refusal', () => refused.ended());
  expect([far.length, link.connections()]).toEqual([0, 0]);
  link.refuse(false);
  await open();
  expect(link.connections()).toBe(1);
});
