// Taking back: what waits for a ship that is away, what may be aboard already, what runs, and what came too late.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CancelledCounts, Queue } from '../../src/contract/queue.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { processesIn } from '../support/run-steward.ts';
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

const ran = (node: FleetNode): string => (existsSync(node.path('ran')) ? readFileSync(node.path('ran'), 'utf8') : '');

test('queue clear - what an absent ship has not got is cancelled at once, what may be aboard when it has confirmed', async () => {
  const central = fleet.add('central');
  const ship1 = fleet.add('ship1', '--drain', '0s');
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  const aboard = await central.submit(
    command('ship1', 'echo first >>ran; sleep 60'),
    command('ship1', 'echo aboard >>ran'),
  );
  await waitFor('the first to run', () => ran(ship1) === 'first\n');
  await waitFor('the second to be there', async () => {
    return (await central.client.message(aboard[1] ?? '')).state === 'delivered';
  });
  await ship1.kill();
  const waiting = await central.submit(
    ...Array.from({ length: 5 }, (_none, index) => command('ship1', `echo ${index} >>ran`)),
    command('ship2', 'echo other >>ran'),
  );
  await waitFor('them to have waited for five seconds', async () => {
    const { lanes } = await central.client.queue({ to: 'ship1', before: Date.now() - 5_000 });
    // With what is aboard, whether or not it was heard that the first runs.
    return lanes.reduce((sum, { messages }) => sum + messages, 0) >= 6;
  });
  const preview = await central.steward('queue', 'ship1', 'clear', '--older-than', '5s', '--lane', 'cliCommand');
  expect(preview.status === 0 || preview.err.includes('--yes')).toBe(true);
  const [young] = await central.submit(command('ship1', 'echo young >>ran'));
  const cleared = await central.steward('queue', 'ship1', 'clear', '--older-than', '5s', '--yes', '--json');
  expect(cleared).toMatchObject({ status: 0, err: '' });
  const views = await Promise.all(waiting.map((id) => central.client.message(id)));
  const [asked, cancelled] = [views.slice(0, 5), views.slice(0, 5)].map((all, index) =>
    all.filter(({ state, waiting: why }) => (index === 0 ? why?.includes('cancel asked') : state === 'cancelled')),
  );
  expect((asked?.length ?? 0) + (cancelled?.length ?? 0)).toBe(5);
  for (const view of cancelled ?? []) {
    expect(view.reason).toMatch(/^cancelled by \S+ on central$/);
    expect(view.endedAt).toBeGreaterThan(view.queuedAt);
  }
  expect(views[5]?.state).toBe('queued');
  const second = await central.client.message(aboard[1] ?? '');
  expect(second).toMatchObject({ state: 'delivered', waiting: 'cancel asked, ship1 has to confirm' });

  // What was asked for survives a restart of the sender.
  await central.kill();
  await central.start();
  await ship1.start();
  expect((await central.settled(young)).state).toBe('succeeded');
  for (const id of [...waiting.slice(0, 5), aboard[1]]) expect((await central.settled(id)).state).toBe('cancelled');
  expect(ran(ship1)).toBe('first\nyoung\n');
  const queue = JSON.parse((await central.steward('queue', '--json')).out) as Queue;
  expect(queue.lanes.map(({ to, messages }) => [to, messages])).toEqual([['ship2', 1]]);
});

test('cancel - ends what runs with all that it started, says so, and lets the next one go', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [running, next] = await central.submit(
    command('ship1', 'trap "echo asked >>ran; exit 3" TERM; echo begun >>ran; setsid sleep 60 & sleep 60 & wait'),
    command('ship1', 'echo next >>ran'),
  );
  await waitFor('it to run', () => ran(ship1) === 'begun\n');
  const said = await central.steward('cancel', '--wait', running ?? '');
  expect(said.out).toMatch(new RegExp(`${running} +ship1 +cancelled +cancelled by \\S+ on central`));
  expect(said.status).toBe(0);
  const view = await central.client.message(running ?? '');
  expect(view).toMatchObject({ state: 'cancelled', outcome: { exitCode: 3 } });
  expect((await central.settled(next)).state).toBe('succeeded');
  expect(ran(ship1)).toBe('begun\nasked\nnext\n');
  expect(processesIn(ship1.folder).filter((pid) => pid !== ship1.pid && !isExecutor(pid))).toEqual([]);
  // Nobody's error.
  expect((await ship1.client.errors({})).errors.map(({ code }) => code)).not.toContain('command-killed');
});

function isExecutor(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('perl');
}

test('cancel - that comes too late keeps the outcome, and says so', async () => {
  const [central] = await fleet.up('central', 'ship1');
  const { id } = await central.ask(command('ship1', 'exit 4'));
  const said = await central.steward('cancel', '--wait', id);
  expect(said.status).toBe(1);
  expect(said.out).toContain('too late');
  expect(await central.client.message(id)).toMatchObject({ state: 'failed', outcome: { exitCode: 4 } });
  const unknown = await central.steward('cancel', '01j9zq3k5w7m2x4c6v8b');
  expect(unknown).toMatchObject({ status: 2, out: '' });
});

test('queue - says in which order messages will leave, what they cost, and until when they wait', async () => {
  const [central] = await fleet.up('central');
  await central.submit(
    command('ship1', 'echo a', { expires: 3600 }),
    { toNode: 'ship1', method: 'ping', expires: '2d' },
    { toNode: 'ship1', method: 'opProcessList', expires: 60 },
  );
  const queue = await central.client.queue({ to: 'ship1' });
  expect(queue.messages.map(({ method, lane }) => `${method} in ${lane}`)).toEqual([
    'opProcessList in control',
    'cliCommand in cliCommand',
    'ping in ping',
  ]);
  const spans = queue.messages.map(({ expiresAt, queuedAt }) => Math.round((expiresAt - queuedAt) / 10_000) * 10);
  expect(spans).toEqual([60, 3600, 2 * 86_400]);
  const bytes = queue.messages.reduce((sum, message) => sum + message.bytes, 0);
  expect(queue.lanes.reduce((sum, lane) => sum + lane.bytes, 0)).toBe(bytes);
  expect((await central.steward('queue', 'ship1')).out).toMatch(
    /cliCommand +\d+ m?s +(59 min( \d+ s)?|1 h 0 min) +\d+ +node offline +bash -c echo a/,
  );
});

test('cancel - the counts of an answer are those of the messages', async () => {
  const [central] = await fleet.up('central');
  await central.submit(...Array.from({ length: 30 }, () => command('ship1', 'true')));
  expect(await central.steward('queue', 'ship1', 'remove')).toMatchObject({ status: 2, out: '' });
  expect(await central.steward('queue', 'clear', 'ship1')).toMatchObject({ status: 2, out: '' });
  expect((await central.steward('queue', 'list')).out).toMatch(/ship1 +cliCommand +30/);
  expect((await central.steward('queue', 'ship2', 'clear')).out).toBe('0 cancelled: nothing that waits is meant\n');
  const few = await central.steward('queue', 'clear');
  expect(few.status).toBe(2);
  expect(few.err).toContain('30 messages');
  const cleared = JSON.parse(
    (await central.steward('queue', 'ship1', 'clear', '--yes', '--json')).out,
  ) as CancelledCounts;
  expect(cleared).toEqual({ cancelled: 30, asked: 0 });
  expect((await central.client.counts()).counts).toMatchObject({ queued: 0, cancelled: 30 });
});

test('cancel - takes a thousand messages back by their ids, in one command', async () => {
  const central = fleet.add('central');
  await central.start();
  const ids = await central.submit(...Array.from({ length: 1_000 }, () => command('ship2', 'true')));
  const said = await central.steward('cancel', ...ids);
  expect([said.status, said.err]).toEqual([0, '']);
  expect(said.out.match(/^\S+ +ship2 +cancelled /gm)?.length).toBe(ids.length);
  expect((await central.client.counts()).counts).toMatchObject({ queued: 0, cancelled: ids.length });
}, 60_000);
