// What one message does to others: order within a lane, no waiting across lanes, and what a crash in mid-run leaves.
import { readFileSync } from 'node:fs';
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

const unordered = { method: 'REQnCliCommand' };

test('lanes - unordered messages start at once, all of them', async () => {
  const [central] = await fleet.up('central', 'ship1');
  // Each ends only when all four have started.
  const meet = (number: number): string =>
    `touch met-${number}; until [ -e met-1 -a -e met-2 -a -e met-3 -a -e met-4 ]; do sleep 0.02; done`;
  const ids = await central.submit(
    ...[1, 2, 3, 4].map((number) => command('ship1', meet(number), { ...unordered, methodTimeout: 15 })),
  );
  for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
});

test('lanes - the next of an ordered lane starts when the one before it has ended', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const ids = await central.submit(
    ...[1, 2, 3].map((number) => command('ship1', `echo start ${number} >> ran; sleep 0.2; echo end ${number} >> ran`)),
  );
  for (const id of ids) await central.settled(id);
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('start 1\nend 1\nstart 2\nend 2\nstart 3\nend 3\n');
});

test('lanes - a command that hangs delays no other lane and no other node', async () => {
  const [central] = await fleet.up('central', 'ship1', 'ship2');
  const [hung, behind] = await central.submit(command('ship1', 'sleep 60'), command('ship1', 'true'));
  await waitFor('it to run', async () => (await central.client.message(hung ?? '')).state === 'running');
  const others = await central.submit(
    command('ship1', 'echo unordered', unordered),
    { toNode: 'ship1', method: 'ping' },
    { toNode: 'ship1', method: 'fileAppend', data: 'line\n', directory: 'd', fileName: 'f' },
    command('ship2', 'echo other node'),
    command('central', 'echo own node'),
  );
  for (const id of others) expect((await central.settled(id)).state).toBe('succeeded');
  expect((await central.client.message(hung ?? '')).state).toBe('running');
  expect(await central.client.message(behind ?? '')).toMatchObject({ state: 'delivered', waiting: 'turn' });
});

test('lanes - a method timeout ends the whole group, and whatever left it', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const script =
    'sleep 300 & echo $! >> pids; (sleep 300 & echo $! >> pids); setsid sleep 300 & echo $! >> pids; echo $$ >> pids; wait';
  const [id, next] = await central.submit(
    command('ship1', script, { methodTimeout: 1, directory: 'd', fileName: 'f' }),
    command('ship1', tellRunning('pids')),
  );
  expect(await central.settled(id)).toMatchObject({
    state: 'timedOut',
    reason: 'no end within the method timeout of 1000 ms',
  });
  await central.settled(next);
  expect(readFileSync(ship1.path('pids'), 'utf8').trim().split('\n')).toHaveLength(4);
  expect(await text(central, next)).toBe('looked\n');
});

test('lanes - a command that outlived its node is ended before its lane goes on, and is unknown', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [first, second] = await central.submit(
    command('ship1', 'echo $$ > pid; sleep 300'),
    command('ship1', tellRunning('pid')),
  );
  const pid = await waitFor('the command to run', () => Number(readFileSync(ship1.path('pid'), 'utf8')) || undefined);
  await ship1.kill();
  expect(isAlive(pid)).toBe(true);
  await ship1.start();
  expect(await central.settled(first)).toMatchObject({ state: 'unknown', reason: 'the node died while it ran' });
  expect((await central.settled(second)).state).toBe('succeeded');
  expect(await text(central, second)).toBe('looked\n');
  expect(isAlive(pid)).toBe(false);
  expect(ship1.says('a command that outlived the node was ended')).toMatchObject({ pid });
});

test('lanes - with rerun always it runs again, before the next of its lane', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [first, second] = await central.submit(
    command('ship1', 'echo first >> ran; [ -e again ] || { touch again; sleep 300; }', { rerun: 'always' }),
    command('ship1', 'echo second >> ran'),
  );
  await waitFor('the command to run', () => readFileSync(ship1.path('again')).length === 0);
  await ship1.kill();
  await ship1.start();
  expect((await central.settled(first)).state).toBe('succeeded');
  expect((await central.settled(second)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('first\nfirst\nsecond\n');
});

test('lanes - a receiver that was frozen for all retries runs a message once, and its true state is shown', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  await central.ask(command('ship1', 'true'));
  process.kill(ship1.pid, 'SIGSTOP');
  try {
    const [id] = await central.submit(command('ship1', 'echo ran >> ran', { ACKTimeout: 1, retries: 1 }));
    const waiting = async (): Promise<string | undefined> => (await central.client.message(id ?? '')).waiting;
    await waitFor('the criteria to pass', async () => (await waiting()) === 'expiry to be confirmed');
    expect((await central.client.message(id ?? '')).state).toBe('queued');
    process.kill(ship1.pid, 'SIGCONT');
    expect((await central.settled(id)).state).toBe('succeeded');
    expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('ran\n');
  } finally {
    process.kill(ship1.pid, 'SIGCONT');
  }
});

async function text(node: FleetNode, id: string | undefined): Promise<string> {
  return Buffer.from(await node.client.output(id ?? '', 'stdout')).toString();
}

/** A script that prints those pids of a file that run, then "looked". A zombie runs no more: it waits for its parent to take notice. */
function tellRunning(file: string): string {
  return `for pid in $(cat ${file}); do case "$(cut -d' ' -f3 /proc/$pid/stat 2>/dev/null)" in ''|Z) ;; *) echo $pid ;; esac; done; echo looked`;
}

function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    // Nobody has the pid.
    return false;
  }
}
