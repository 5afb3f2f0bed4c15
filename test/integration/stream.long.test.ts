// Output while it comes: in order, whole, and whatever was sent before somebody died.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { MessageFields } from '../support/fleet.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

const stream = (fileName: string, script: string, more: object = {}): MessageFields => ({
  toNode: 'ship1',
  method: 'REQCliCommandCont',
  methodArgs: ['bash', '-c', script],
  methodTimeout: 120,
  directory: 'streams',
  fileName,
  replyMethod: 'fileAppend',
  ...more,
});
const numbers = (count: number): string => Array.from({ length: count }, (_none, index) => `${index + 1}\n`).join('');
const file = (name: string): string => pair.central.data('streams', 'ship1', name).toString();

test('stream - the first line is there while the command still runs, and standard error lies beside it', async () => {
  const [id] = await pair.central.submit(
    stream('first', 'echo one; echo bad >&2; while [ ! -e go ]; do sleep 0.05; done; echo two'),
  );
  await waitFor('the first line', () => file('first') === 'one\n' && file('first.error') === 'bad\n', {
    seen: () => file('first'),
  });
  expect((await pair.central.client.message(id ?? ''))?.state).not.toBe('succeeded');
  await pair.central.ask({ toNode: 'ship1', method: 'nCliCommand', methodArgs: ['touch', 'go'], replyMethod: 'none' });
  const view = await pair.central.settled(id);
  expect(view).toMatchObject({ state: 'succeeded', reply: { state: 'handled' }, outcome: { exitCode: 0 } });
  expect(view.outcome?.streamed).toMatchObject({ stdoutBytes: 8, stderrBytes: 4 });
  expect(file('first')).toBe('one\ntwo\n');
});

test('stream - a million lines arrive whole and in order, though the link is cut and each end is killed after the command', async () => {
  const [id] = await pair.central.submit(stream('million', 'seq 1 1000000; touch sequence-done'));
  await waitFor('the first of it', () => file('million').length > 0, { withinMs: 30_000 });
  await pair.broker.kill();
  await pair.broker.start();
  const log = async (): Promise<string> => (await pair.ship.steward('log', '--id', id ?? '')).out;
  await waitFor('the command to end', async () => (await log()).includes('ended'), { withinMs: 60_000 });
  await pair.ship.kill();
  await pair.ship.start();
  await pair.central.kill();
  await pair.central.start();
  const view = await pair.central.settled(id, 60_000);
  expect(['succeeded', 'unknown']).toContain(view.state);
  expect(file('million') === numbers(1_000_000)).toBe(true);
}, 180_000);

test('stream - killed in mid-run, what came before arrives, and the end is not known', async () => {
  const [id] = await pair.central.submit(stream('killed', 'for i in $(seq 1 1000); do echo $i; sleep 0.05; done'));
  await waitFor('twenty lines', () => file('killed').split('\n').length > 20, { withinMs: 30_000 });
  await pair.ship.kill();
  const before = file('killed');
  await pair.ship.startLinked();
  const view = await pair.central.settled(id);
  expect(view).toMatchObject({ state: 'unknown', reason: expect.stringContaining('died') as string });
  expect(file('killed').startsWith(before)).toBe(true);
  expect(numbers(1000).startsWith(file('killed'))).toBe(true);
});

test('stream - to a receiver that is away, output waits where it came from, also through a kill', async () => {
  const [id] = await pair.central.submit(
    stream('away', 'echo begun; while [ ! -e away ]; do sleep 0.05; done; seq 1 100000; touch away-done'),
  );
  await waitFor('the beginning', () => file('away') === 'begun\n');
  await pair.central.stop();
  writeFileSync(pair.ship.path('away'), '');
  await waitFor('the command to end', () => existsSync(pair.ship.path('away-done')), { withinMs: 30_000 });
  await pair.central.startLinked();
  const view = await pair.central.settled(id, 30_000);
  expect(view.state).toBe('succeeded');
  expect(file('away') === `begun\n${numbers(100_000)}`).toBe(true);
});

test('stream - replyMethod file replaces what was there once, and console prints it', async () => {
  for (const count of [3, 2]) {
    const view = await pair.central.ask(
      stream('replaced', `for i in $(seq 1 ${count}); do echo $i; sleep 0.1; done`, { replyMethod: 'file' }),
    );
    expect(view.reply?.state).toBe('handled');
    expect(file('replaced')).toBe(numbers(count));
  }
  await pair.central.ask(stream('', 'echo to the console', { replyMethod: 'console' }));
  expect(pair.central.printed()).toContain('to the console\n');
});

test('stream - replyMethod file keeps all of an output whose parts arrive together with others', async () => {
  const wait = 'while [ ! -e together ]; do sleep 0.05; done';
  const files = ['together-1', 'together-2', 'together-3'];
  const ids = await pair.central.submit(
    ...files.map((name) => stream(name, `${wait}; seq 1 30000; touch ${name}-done`, { replyMethod: 'file' })),
  );
  await waitFor('the first', async () => (await pair.central.client.message(ids[0] ?? '')).state === 'running');
  await pair.central.stop();
  writeFileSync(pair.ship.path('together'), '');
  await waitFor('all to end', () => existsSync(pair.ship.path('together-3-done')), { withinMs: 30_000 });
  await pair.central.startLinked();
  for (const id of ids) expect(await pair.central.settled(id, 30_000)).toMatchObject({ reply: { state: 'handled' } });
  expect(files.filter((name) => file(name) !== numbers(30_000))).toEqual([]);
});

test('stream - a command that is cancelled, or runs out of time, has its output before', async () => {
  const [id = ''] = await pair.central.submit(stream('cancelled', 'echo before; sleep 100'));
  await waitFor('the output', () => file('cancelled') === 'before\n');
  expect((await pair.central.steward('cancel', id)).status).toBe(0);
  expect(await pair.central.settled(id)).toMatchObject({ state: 'cancelled' });
  const late = await pair.central.ask(stream('late', 'echo before; sleep 100', { methodTimeout: 1 }));
  expect(late.state).toBe('timedOut');
  expect(file('late')).toBe('before\n');
});

test('stream - without a replyMethod that needs it, output is kept under the id of its message', async () => {
  const view = await pair.central.ask(stream('', 'echo kept', { replyMethod: 'none' }));
  expect(readFileSync(pair.central.dataPath('.steward-output', 'ship1', view.id), 'utf8')).toBe('kept\n');
  const { out } = await pair.central.steward('status', view.id);
  expect(out).toMatch(/^output +5 bytes stdout, 0 bytes stderr$/m);
  expect(out).toMatch(/^reply +output handled$/m);
});

test('stream - steward run shows it while it comes, of several nodes by their names', async () => {
  const one = await pair.central.steward(
    'run',
    '--stream',
    'ship1',
    '--',
    'sh',
    '-c',
    'echo out; echo err >&2; printf end',
  );
  expect(one).toMatchObject({ status: 0, out: 'out\nend', err: 'err\n' });
  const failed = await pair.central.steward('run', '--stream', 'ship1', '--', 'sh', '-c', 'echo out; exit 3');
  expect(failed).toMatchObject({ status: 1, out: 'out\n', err: expect.stringContaining('exit 3') as string });
  const two = await pair.central.steward(
    'run',
    '--stream',
    'ship1,central',
    '--',
    'sh',
    '-c',
    'echo $STEWARD_NODE; printf end',
  );
  expect(two.out.split('\n').sort()).toEqual(['', 'central: central', 'central: end', 'ship1: end', 'ship1: ship1']);
  expect(two.status).toBe(0);
});

test('stream - steward output goes on where it was, and follows to the end', async () => {
  const [id = ''] = await pair.central.submit(
    stream('', 'seq 1 1000; while [ ! -e follow ]; do sleep 0.05; done; seq 1001 2000', { replyMethod: 'none' }),
  );
  await waitFor('the first half', async () => (await pair.central.steward('output', id)).out === numbers(1000));
  const half = await pair.central.steward('output', id);
  const rest = pair.central.steward('output', '--follow', '--from', String(half.out.length), id);
  writeFileSync(pair.ship.path('follow'), '');
  const { out, status } = await rest;
  expect(half.out + out).toBe(numbers(2000));
  expect(status).toBe(0);
  expect(half.status).toBe(1);
});

test('stream - what waits for a receiver that was away replaces a file once, in order', async () => {
  const [id] = await pair.central.submit(
    stream('waiting', 'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done; touch waited', { replyMethod: 'file' }),
  );
  await waitFor('the command to run', async () => (await pair.central.client.message(id ?? '')).state !== 'queued');
  await pair.central.kill();
  await waitFor('the command to end', () => existsSync(pair.ship.path('waited')));
  await pair.central.startLinked();
  expect((await pair.central.settled(id)).reply?.state).toBe('handled');
  expect(file('waiting')).toBe(numbers(5));
});
