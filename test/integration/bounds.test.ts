// The bounds of a node, with real nodes: what waits, what is accepted, what runs, and what a command may take.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestNatsServer;
let fleet: Fleet;

beforeAll(async () => {
  server = await startTestNatsServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
});
afterEach(() => fleet.close());

const pings = (count: number): string =>
  JSON.stringify(Array.from({ length: count }, () => ({ toNode: 'ship1', method: 'ping' })));
const states = async (node: FleetNode, ids: readonly string[]): Promise<readonly string[]> => [
  ...new Set((await Promise.all(ids.map((id) => node.client.message(id)))).map(({ state }) => state)),
];

test('bounds - intake says with figures that the queue is full, takes nothing, and goes on when there is room', async () => {
  const central = fleet.add('central', '--max-queued-messages-per-node', '1000', '--max-queued-bytes', '1MiB');
  await central.startLinked();
  const ids = JSON.parse(await central.pipe(pings(1000))) as { ids: string[] };
  expect(ids.ids.length).toBe(1000);
  expect(JSON.parse(await central.pipe(pings(2)))).toMatchObject({
    error: {
      code: 'queue-full',
      message: 'nothing was accepted: 1,000 messages wait for ship1, the limit is 1,000',
      hint: 'send it again when ship1 has taken some of them, or raise MaxQueuedMessagesPerNode',
    },
  });
  const data = 'x'.repeat(1024 * 1024);
  expect(
    JSON.parse(await central.pipe(JSON.stringify([{ toNode: 'ship2', method: 'file', fileName: 'f', data }]))),
  ).toMatchObject({
    error: { code: 'queue-full', hint: 'send fewer at once, or raise MaxQueuedBytes' },
  });
  await central.kill();
  await central.start();
  expect(JSON.parse(await central.pipe(pings(1)))).toMatchObject({ error: { code: 'queue-full' } });
  await fleet.add('ship1').start();
  await waitFor('room', async () => 'ids' in (JSON.parse(await central.pipe(pings(500))) as object));
});

test('bounds - a receiver whose inbox is full says so, its sender waits, and goes on by itself', async () => {
  const central = fleet.add('central');
  const ship1 = fleet.add('ship1', '--max-inbox-messages', '6');
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  const wait = 'until [ -e go ]; do sleep 0.02; done; echo $0 >> ran';
  const ids = await central.submit(
    ...Array.from({ length: 30 }, (_none, index) =>
      command('ship1', wait.replace('$0', String(index)), { methodTimeout: 60 }),
    ),
  );
  const last = async (): Promise<string | undefined> => (await central.client.message(ids.at(-1) ?? '')).waiting;
  await waitFor('the word that it is full', async () => (await last()) === 'receiver full');
  expect(await states(central, ids.slice(0, 3))).not.toContain('queued');
  expect(await states(central, ids.slice(3))).toEqual(['queued']);
  writeFileSync(ship1.path('go'), '');
  for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8').split('\n').length).toBe(31);
});

test('bounds - so many commands run at once, of one sender and in all, and senders take turns', async () => {
  const [central, ship2] = [fleet.add('central'), fleet.add('ship2')];
  const ship1 = fleet.add('ship1', '--max-running-total', '3', '--max-running-per-sender', '3');
  await Promise.all([central, ship2, ship1].map((node) => node.startLinked()));
  const script = (who: string): string =>
    `echo + ${who} >> ran; until [ -e go ]; do sleep 0.02; done; echo - ${who} >> ran`;
  const flood = await central.submit(
    ...Array.from({ length: 40 }, () => command('ship1', script('flood'), { unordered: true, methodTimeout: 60 })),
  );
  const lines = (): readonly string[] =>
    existsSync(ship1.path('ran')) ? readFileSync(ship1.path('ran'), 'utf8').trim().split('\n') : [];
  await waitFor('the flood', () => lines().length >= 2);
  const own = await ship2.submit(command('ship1', script('other'), { methodTimeout: 60 }));
  await waitFor('the ordered one to start beside it', () => lines().includes('+ other'));
  expect(lines()).toEqual(['+ flood', '+ flood', '+ other']);
  writeFileSync(ship1.path('go'), '');
  for (const id of flood) expect((await central.settled(id)).state).toBe('succeeded');
  expect((await ship2.settled(own[0])).state).toBe('succeeded');
  let running = 0;
  for (const line of lines()) {
    running += line.startsWith('+') ? 1 : -1;
    expect(running).toBeLessThanOrEqual(3);
  }
});

test('bounds - a command that wants more memory than it may have fails by itself, spawned or by the executor', async () => {
  const [central, ship1] = [fleet.add('central'), fleet.add('ship1', '--max-method-memory', '64MiB')];
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  const limits = new Set<string>();
  const greedy = `perl -e '$x = "x" x 200_000_000; print "got it"'`;
  for (const data of ['', 'spawned', '', '', '']) {
    expect(await central.ask(command('ship1', greedy, { data }))).toMatchObject({ state: 'failed' });
    const view = await central.ask(command('ship1', 'ulimit -v; ulimit -Hv', { data }));
    limits.add(Buffer.from(await central.client.output(view.id, 'stdout')).toString());
  }
  expect([...limits]).toEqual(['65536\n65536\n']);
  expect(
    ship1.says('MaxMethodMemory cannot be set on this machine: commands run without a bound of memory'),
  ).toBeUndefined();
});
