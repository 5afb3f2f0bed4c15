// Errors that central posts to a real web server: one that is away for a while, over a kill of central, and in a storm.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ErrorView } from '../../src/contract/error-view.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { makeVersion } from '../support/made-up-version.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly event: Readonly<Record<string, unknown>>;
  readonly errors: readonly ErrorView[];
}

let broker: TestNatsServer;
let fleet: Fleet;
let web: Server;
let posted: Posted[];

function listen(port = 0): Promise<unknown> {
  web = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const event = JSON.parse(Buffer.concat(pieces).toString()) as Posted['event'] & {
        readonly data: { readonly errors: readonly ErrorView[] };
      };
      posted.push({ headers: request.headers, event, errors: event.data.errors });
      response.writeHead(204).end();
    });
  });
  web.listen(port, '127.0.0.1');
  return once(web, 'listening');
}

const port = (): number => (web.address() as AddressInfo).port;

async function goAway(): Promise<number> {
  const was = port();
  web.closeAllConnections();
  web.close();
  await once(web, 'close');
  return was;
}

function central(): FleetNode {
  return fleet.add('central', '--error-post-url', `http://127.0.0.1:${port()}/steward?key=secret`);
}

beforeEach(async () => {
  posted = [];
  broker = await startTestNatsServer();
  fleet = await Fleet.open({ broker: broker.url });
  await listen();
});
afterEach(async () => {
  await fleet.close();
  await broker.close();
  if (web.listening) await goAway();
});

const errorsOf = async (node: FleetNode, code: string): Promise<readonly ErrorView[]> =>
  (await node.client.errors({ code })).errors;

test('error post - an error of a ship is an event, once, after a server that was away and a central that was killed meanwhile', async () => {
  const [node, ship] = [central(), fleet.add('ship1')];
  await Promise.all([node.startLinked(), ship.startLinked()]);
  const was = await goAway();
  const [id] = await node.submit(command('ship1', 'kill -SEGV $$'));
  const [failed] = await waitFor(
    'the server to be missed',
    async () => {
      const found = await errorsOf(node, 'error-post-failed');
      return found.length > 0 && found;
    },
    { withinMs: 40_000 },
  );
  expect(failed).toMatchObject({ node: 'central', count: 1, text: expect.stringContaining('ECONNREFUSED') as string });
  await node.kill();
  await node.startLinked();
  await listen(was);
  await waitFor(
    'the event',
    () => posted.flatMap(({ errors }) => errors).some(({ code }) => code === 'command-killed'),
    {
      withinMs: 60_000,
    },
  );
  const all = posted.flatMap(({ errors }) => errors);
  expect(all.filter(({ code }) => code === 'command-killed')).toMatchObject([
    { node: 'ship1', code: 'command-killed', verdict: 'tell', id, count: 1, lane: 'cliCommand' },
  ]);
  expect(all.filter(({ code }) => code === 'error-post-failed')).toEqual([]);
  const [first] = posted;
  expect(first?.event).toMatchObject({ specversion: '1.0', type: 'steward.errors', source: '/steward/central' });
  expect(first?.headers).toMatchObject({ 'content-type': 'application/cloudevents+json; charset=UTF-8' });
  expect(first?.headers['idempotency-key']).toBe(first?.event['id']);
  // What was taken, or not, leaves nothing behind: only the command is in the history.
  let counts: Readonly<Record<string, number>> = {};
  const forgotten = async (): Promise<boolean> => {
    ({ counts } = await node.client.counts());
    return Object.values(counts).reduce((sum, count) => sum + count, 0) === 1;
  };
  // A second one may have been under way when central was killed: it has a wait of its own.
  await waitFor('the messages of the posting to be forgotten', forgotten, { withinMs: 60_000, seen: () => counts });
}, 120_000);

test('error post - a storm is a few events with right counts, and none of them says that it cannot be posted', async () => {
  const storming = makeVersion([
    {
      file: 'src/node/start-node.ts',
      old: "    log.info('ready', {",
      new: `    for (let tick = 0; tick < 100; tick += 1) systemTimers.after(tick * 10, () => {
      for (let number = 0; number < 100; number += 1)
        report(number % 4 === 0 ? 'busy' : 'internal', 'attempt ' + tick + ' failed', { where: ['sea', 'port'][number % 2] });
    });
    log.info('ready', {`,
    },
  ]);
  try {
    const node = central();
    node.runner = { program: storming.program };
    await node.startLinked();
    const last = (): Readonly<Record<string, number>> => {
      const rows = new Map(
        posted.flatMap(({ errors }) => errors.map((error) => [`${error.code} ${error.text}`, error])),
      );
      const sums: Record<string, number> = {};
      for (const { code, count } of rows.values()) sums[code] = (sums[code] ?? 0) + count;
      return sums;
    };
    await waitFor('all counts', () => last()['busy'] === 2_500 && last()['internal'] === 7_500, {
      withinMs: 100_000,
      seen: last,
    });
    expect(posted.length).toBeLessThanOrEqual(4);
    expect(await errorsOf(node, 'error-post-failed')).toEqual([]);
  } finally {
    storming.remove();
  }
}, 150_000);
