// The log of all messages, and messages that are sent again, with real nodes.
import { mkdirSync, readFileSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { LogLine, MessageLine } from '../../src/contract/log-line.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { startSteward } from '../support/run-steward.ts';
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

async function steward(node: FleetNode, ...args: readonly string[]): Promise<{ out: string; status: unknown }> {
  const ran = startSteward([...args, '--socket', node.path('tmp')], { cwd: node.folder });
  const status = await ran.ended;
  return { out: ran.out(), status };
}

function allSettled(node: FleetNode, ids: readonly string[]): Promise<unknown> {
  return Promise.all(ids.map((id) => node.settled(id)));
}

async function logOf(
  node: FleetNode,
  question: { id?: string; node?: string; since?: number } = {},
): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of node.client.log({ ...question, follow: false }, new AbortController().signal))
    lines.push(line);
  return lines;
}

function whats(lines: readonly LogLine[], id: string): readonly string[] {
  return lines.flatMap((line) => (line.what !== 'dropped' && line.id === id ? [line.what] : []));
}

function fileOf(node: FleetNode): readonly (LogLine & { readonly madeUp?: true })[] {
  return readFileSync(node.path('log', 'messages.jsonl'), 'utf8')
    .split('\n')
    .filter((text) => text.startsWith('{"at"'))
    .map((text) => JSON.parse(text) as LogLine);
}

test('message log - the whole way of a message stands in the logs of both nodes', async () => {
  const [central, ship] = [fleet.add('central'), fleet.add('ship1')];
  await Promise.all([central.start(), ship.start()]);
  const [id = ''] = await central.submit(
    command('ship1', 'cat; exit 3', { data: 'hello\n', description: 'for the log' }),
  );
  await allSettled(central, [id]);
  await waitFor('its reply in the log', async () => whats(await logOf(central), id).includes('reply'));
  // On a busy machine it may have run for long enough to be told of.
  const told = whats(await logOf(central), id).filter((what) => what !== 'running');
  expect([...told].sort()).toEqual(['delivered', 'failed', 'queued', 'reply']);
  expect(whats(await logOf(ship), id)).toEqual(['accepted', 'started', 'ended']);
  const [queued] = (await logOf(central, { id })) as readonly MessageLine[];
  expect(queued).toMatchObject({
    what: 'queued',
    from: 'central',
    to: 'ship1',
    submission: id,
    message: { toNode: 'ship1', method: 'cliCommand', methodArgs: ['bash', '-c', 'cat; exit 3'], data: 'hello\n' },
  });
  const ended = (await logOf(ship, { id })).at(-1);
  expect(ended).toMatchObject({ what: 'ended', outcome: { state: 'failed', exitCode: 3, stdoutBytes: 6 } });
  expect(statSync(central.path('log', 'messages.jsonl')).mode & 0o777).toBe(0o600);
  expect(readdirSync(central.path('log'))).toEqual(['messages.jsonl']);
  expect(await logOf(central, { node: 'ship2' })).toEqual([]);
  expect(await logOf(central, { since: Date.now() + 60_000 })).toEqual([]);
});

test('message log - a node that is killed makes up for the lines that it had not written', async () => {
  const [central, ship] = [fleet.add('central'), fleet.add('ship1')];
  await Promise.all([central.start(), ship.start()]);
  const ids: string[] = [];
  let madeUp = 0;
  for (let round = 0; round < 6; round += 1) {
    const sent = await central.submit(
      ...Array.from({ length: 40 }, (_none, index) => command('ship1', `echo ${index}`, { unordered: true })),
    );
    ids.push(...sent);
    const victims = round % 2 === 0 ? [central, ship] : [central];
    await Promise.all(victims.map((node) => node.kill()));
    await Promise.all(victims.map((node) => node.start()));
  }
  await allSettled(central, ids);
  await Promise.all([central.stop(), ship.stop()]);
  for (const [node, steps] of [
    [central, ['queued']],
    [ship, ['accepted', 'ended']],
  ] as const) {
    const lines = fileOf(node);
    madeUp += lines.filter((line) => line.madeUp === true).length;
    for (const step of steps) {
      const told = lines.flatMap((line) => (line.what === step ? [line.id] : []));
      expect([...new Set(told)].sort(), `${node.name} ${step}`).toEqual([...ids].sort());
      expect(told.length, `${node.name} tells ${step} once`).toBe(ids.length);
    }
  }
  const finals = fileOf(central).flatMap((line) =>
    line.what === 'succeeded' || line.what === 'unknown' ? [line.id] : [],
  );
  expect(new Set(finals).size).toBe(ids.length);
  expect(madeUp).toBeGreaterThan(0);
});

test('message log - one command follows it, and another shows it', async () => {
  const [central, ship] = [fleet.add('central'), fleet.add('ship1')];
  await Promise.all([central.start(), ship.start()]);
  const ending = new AbortController();
  const seen: LogLine[] = [];
  const following = (async () => {
    for await (const line of central.client.log({ follow: true }, ending.signal)) seen.push(line);
  })();
  const [id = ''] = await central.submit(command('ship1', 'true'));
  await waitFor('its reply in the log', () => whats(seen, id).includes('reply'));
  ending.abort();
  await following;
  const { out } = await steward(central, 'log', '--since', '1h');
  expect(out).toMatch(new RegExp(`${id}  central > ship1  queued +cliCommand \\["bash","-c","true"\\]`));
  expect(out).toMatch(new RegExp(`${id}  central > ship1  succeeded  exit 0`));
});

test('resend - the same message runs again under a new id, also on another node, and from the log', async () => {
  const [central, ship] = [fleet.add('central'), fleet.add('ship1')];
  const other = fleet.add('ship2');
  await Promise.all([central.start(), ship.start(), other.start()]);
  const large = 'x'.repeat(100_000);
  const ids = await central.submit(
    command('ship1', 'wc -c', { data: large, fileName: 'counted' }),
    command('ship1', 'cat', { data: 'small' }),
  );
  await allSettled(central, ids);
  const { out } = await steward(central, 'resend', ids[0] ?? '', '--to', 'ship2');
  const again = out.trim();
  expect(again).toMatch(/^[0-9a-z]{20}$/);
  await allSettled(central, [again]);
  expect(await central.client.message(again)).toMatchObject({ to: 'ship2', state: 'succeeded' });
  expect((await central.client.output(again, 'stdout')).toString()).toContain('100000');
  await expect(central.client.resend('00000000000000000000', {})).rejects.toMatchObject({ code: 'not-found' });
});

test('retry - of a submission to five nodes only those that failed and the one that expired are sent again', async () => {
  const central = fleet.add('central');
  const ships = ['ship1', 'ship2', 'ship3', 'ship4'].map((name) => fleet.add(name));
  await Promise.all([central, ...ships].map((node) => node.start()));
  const script = 'case $STEWARD_NODE in ship2|ship3) exit 1;; esac';
  const ids = await central.submit(command('ship1,ship2,ship3,ship4,ship5', script, { expires: '2s' }));
  await allSettled(central, ids);
  const dry = await central.client.retry(ids[2] ?? '', { dryRun: true });
  expect(dry).toEqual({
    retried: [
      { id: ids[1], to: 'ship2', state: 'failed' },
      { id: ids[2], to: 'ship3', state: 'failed' },
      { id: ids[4], to: 'ship5', state: 'expired' },
    ],
    left: { succeeded: 2 },
  });
  const { out } = await steward(central, 'retry', ids[0] ?? '');
  const rows = out
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ +/));
  expect(rows.map(([old, to, state]) => [old, to, state])).toEqual([
    [ids[1], 'ship2', 'failed'],
    [ids[2], 'ship3', 'failed'],
    [ids[4], 'ship5', 'expired'],
  ]);
  const renewed = rows.map((row) => row.at(-1) ?? '');
  await allSettled(central, renewed);
  expect(
    new Set((await Promise.all(renewed.map((id) => central.client.message(id)))).map(({ submission }) => submission))
      .size,
  ).toBe(1);
  const [good = ''] = await central.submit(command('ship1', 'true'));
  await allSettled(central, [good]);
  const nothing = await steward(central, 'retry', good);
  expect(nothing).toMatchObject({ out: 'nothing to retry: 1 succeeded\n', status: 0 });
});

test('retries of methods - a command that fails runs again on its node, and status tells how often', async () => {
  const [central, ship] = [fleet.add('central'), fleet.add('ship1')];
  await Promise.all([central.start(), ship.start()]);
  const script = 'echo run >> runs; [ $(wc -l < runs) -ge 3 ]';
  const [id = ''] = await central.submit(command('ship1', script, { methodRetries: 4, methodRetryWait: '50ms' }));
  await allSettled(central, [id]);
  expect(await central.client.message(id)).toMatchObject({ state: 'succeeded', outcome: { attempts: 3 } });
  const { out } = await steward(central, 'status', id);
  expect(out).toContain('attempts   3');
});

test('retries of methods - a file that cannot be written is tried as often, and holds up what comes after it', async () => {
  const [central, ship] = [fleet.add('central'), fleet.add('ship1')];
  await Promise.all([central.start(), ship.start()]);
  const target = { toNode: 'ship1', method: 'fileAppend', data: 'x\n', fileName: 'notes' };
  mkdirSync(ship.dataPath('central', 'notes'), { recursive: true });
  const ids = await central.submit({ ...target, methodRetries: 20, methodRetryWait: '200ms' }, target);
  await waitFor('a second attempt', async () => whats(await logOf(ship), ids[0] ?? '').length > 2);
  rmdirSync(ship.dataPath('central', 'notes'));
  await allSettled(central, ids);
  const [first, second] = await Promise.all(ids.map((id) => central.client.message(id)));
  expect(first).toMatchObject({ state: 'succeeded' });
  expect(first?.outcome?.attempts).toBeGreaterThan(1);
  expect(second).toMatchObject({ state: 'succeeded' });
  expect(ship.data('central', 'notes').toString()).toBe('x\nx\n');
});
