// Commands that end the node that runs them: real nodes, real processes.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode, type MessageFields } from '../support/fleet.ts';
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

const ending = (script: string, more: MessageFields = {}): MessageFields =>
  command('ship1', script, { endsNode: true, ...more });

/** What is kept of commands that may outlive the node. */
const kept = (node: FleetNode): readonly string[] =>
  existsSync(node.path('store', 'outliving')) ? readdirSync(node.path('store', 'outliving')) : [];

/** It may wait to be reaped. */
const isRunning = (pid: string): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

test('ends node - a command that ends its node goes on, its outcome is known afterwards, and its lane keeps its order', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [id, next] = await central.submit(
    ending(`echo begun; kill -TERM ${ship1.pid}; sleep 1; touch done; echo ended; echo wrong >&2`),
    command('ship1', 'test -e done && echo after'),
  );
  await waitFor('the node to end', () => !ship1.running);
  expect(existsSync(ship1.path('done'))).toBe(false);
  await waitFor('the command to end', () => existsSync(ship1.path('done')));
  await ship1.start();
  const view = await central.settled(id);
  expect(view).toMatchObject({
    state: 'succeeded',
    reason: 'the node was ended while it ran, as it was told',
    outcome: { exitCode: 0 },
  });
  expect(Buffer.from(await central.client.output(view.id, 'stdout')).toString()).toBe('begun\nended\n');
  expect(Buffer.from(await central.client.output(view.id, 'stderr')).toString()).toBe('wrong\n');
  expect((await central.settled(next)).state).toBe('succeeded');
  await waitFor('nothing of it to be kept', () => kept(ship1).length === 0);
});

test('ends node - one that still runs when its node is back is neither ended nor started again, and what comes after it waits', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [id, next] = await central.submit(
    ending(`echo run >> ran; kill -TERM ${ship1.pid}; until [ -e go ]; do sleep 0.05; done; exit 3`, {
      methodTimeout: 60,
    }),
    command('ship1', 'echo next >> ran'),
  );
  await waitFor('the node to end', () => !ship1.running);
  await ship1.start();
  await waitFor('it to be told of', async () => (await central.client.message(id ?? '')).state === 'running');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('run\n');
  // Once more, by a crash.
  await ship1.kill();
  await ship1.start();
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('run\n');
  writeFileSync(ship1.path('go'), '');
  expect(await central.settled(id)).toMatchObject({
    state: 'failed',
    reason: 'the node was ended while it ran, as it was told',
    outcome: { exitCode: 3 },
  });
  expect((await central.settled(next)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('run\nnext\n');
});

test('ends node - one that was ended with its node is unknown, and is not run again', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [id] = await central.submit(ending('echo $PPID > shell; echo run >> ran; sleep 60', { methodTimeout: 100 }));
  await waitFor('it to run', () => existsSync(ship1.path('ran')));
  await ship1.kill();
  process.kill(Number(readFileSync(ship1.path('shell'), 'utf8')), 'SIGKILL');
  await ship1.start();
  expect(await central.settled(id)).toMatchObject({
    state: 'unknown',
    reason: 'the node was ended while it ran, as it was told, and how it went was not seen',
  });
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('run\n');
});

test('ends node - one that does not end it is as any other: exit code, output, timeout, output limit', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  expect(await central.ask(ending('cat; exit 4', { data: 'in' }))).toMatchObject({
    state: 'failed',
    outcome: { exitCode: 4, stdoutBytes: 2 },
  });
  const late = await central.ask(ending('echo $$ > pid; echo out; sleep 60', { methodTimeout: 1 }));
  expect(late).toMatchObject({ state: 'timedOut', outcome: { stdoutBytes: 4 } });
  expect(isRunning(readFileSync(ship1.path('pid'), 'utf8').trim())).toBe(false);
  const large = await central.ask(ending('yes', { methodTimeout: 60 }), 60_000);
  expect(large).toMatchObject({ state: 'failed', outcome: { stdoutBytes: 16 * 1024 * 1024 } });
  expect(large.reason).toMatch(/^output limit: output too large, /);
  expect(kept(ship1)).toEqual([]);
});

test('ends node - other methods, and what may run again, are refused', async () => {
  const [central] = await fleet.up('central');
  await expect(central.submit({ toNode: 'ship1', method: 'ping', endsNode: true })).rejects.toThrow(
    /ping cannot end a node/,
  );
  await expect(central.submit(ending('true', { rerun: 'always' }))).rejects.toThrow(/is not run again/);
});
