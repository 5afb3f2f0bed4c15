// Nodes and brokers that are stopped or frozen at awkward moments.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { pause } from '../support/campaign.ts';
import { Fleet } from '../support/fleet.ts';
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

test('awkward - stopped while its store cannot write, a node ends in time, and what it could not record is unknown', async () => {
  const [central] = await fleet.up('central');
  const ship1 = fleet.add('ship1', '--drain', '300ms');
  await ship1.startLinked();
  const [id, next] = await central.submit(
    command('ship1', 'echo start >> ran; until [ -e go ]; do sleep 0.02; done; echo end >> ran'),
    command('ship1', 'echo next >> ran'),
  );
  await waitFor('it to run', () => existsSync(ship1.path('ran')));
  execFileSync('prlimit', ['--pid', String(ship1.pid), '--fsize=512:unlimited']);
  writeFileSync(ship1.path('go'), '');
  await waitFor('the store to be stalled', () => ship1.says('store: cannot write'));
  expect(await ship1.stop()).toBe(0);
  await ship1.start();
  expect((await central.settled(id)).state).toBe('unknown');
  expect((await central.settled(next)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('start\nend\nnext\n');
});

test('awkward - stopped at any moment of its start, it ends, and starts again', async () => {
  const [central] = await fleet.up('central');
  const ship1 = fleet.add('ship1');
  for (const afterMs of [0, 50, 100, 150, 200, 250, 300, 350]) {
    const begun = ship1.launch();
    await pause(afterMs);
    begun.child.kill('SIGTERM');
    // By the signal itself, as long as nothing has begun that would have to be brought to its end.
    expect([0, 'SIGTERM']).toContain(await begun.ended);
    expect(begun.err()).not.toMatch(/\n {4}at /);
  }
  await ship1.start();
  expect((await central.ask(command('ship1', 'true'))).state).toBe('succeeded');
});

test('awkward - a broker that is frozen for longer than anybody waits for an answer: each message runs once, in order', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect((await central.ask(command('ship1', 'echo 0 >> ran'))).state).toBe('succeeded');
  process.kill(server.pid(), 'SIGSTOP');
  try {
    const ids = await central.submit(...[1, 2, 3].map((number) => command('ship1', `echo ${number} >> ran`)));
    const waiting = async (): Promise<string | undefined> => (await central.client.message(ids[0] ?? '')).waiting;
    await waitFor('central to ask again', async () => (await waiting()) === 'answer of the node');
    process.kill(server.pid(), 'SIGCONT');
    for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
    expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('0\n1\n2\n3\n');
  } finally {
    process.kill(server.pid(), 'SIGCONT');
  }
});
