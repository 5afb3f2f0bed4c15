// Groups of nodes: one message for each, who they are before it is sent, and how far the whole has come.
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Preview, SubmissionProgress } from '../../src/contract/submission.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
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

const progressOf = async (central: FleetNode, id: string): Promise<SubmissionProgress> =>
  JSON.parse((await central.steward('status', '--submission', id, '--json')).out) as SubmissionProgress;

test('groups - a command goes to each node of a group once, the preview says to whom, and the status who is missing', async () => {
  const [central] = await fleet.up('central', 'ship1', 'ship2');
  writeFileSync(central.path('etc', 'groups.toml'), 'north = ["ship1", "ship3"]\nsouth = ["ship2", "ship1"]\n');
  await waitFor('both ships to be heard of', async () => {
    const names = (await central.client.nodes())
      .filter(({ presence }) => presence === 'online')
      .map(({ name }) => name);
    return names.includes('ship1') && names.includes('ship2');
  });

  const previewed = await central.steward('run', '--dry-run', '--json', '@north,@south', '--', 'true');
  expect(previewed).toMatchObject({ status: 0, err: '' });
  const preview = JSON.parse(previewed.out) as Preview;
  expect(preview.nodes.map(({ name, presence }) => `${name} ${presence}`)).toEqual([
    'ship1 online',
    'ship3 unknown',
    'ship2 online',
  ]);
  expect((await central.steward('run', '--dry-run', '@all', '--', 'true')).out).toContain(
    '2 messages to 2 nodes, 2 of them here; nothing was sent',
  );
  expect((await central.client.counts()).counts.queued).toBe(0);

  const sent = await central.steward('run', '--no-wait', '@north,@south', '--', 'true');
  const [id = ''] = sent.out.trim().split('\n');
  const progress = await waitFor('two of three to succeed', async () => {
    const now = await progressOf(central, id);
    return now.counts.succeeded === 2 && now;
  });
  expect(progress).toMatchObject({ submission: id, counts: { queued: 1, failed: 0 }, more: false });
  expect(progress.missing.map(({ to }) => to)).toEqual(['ship3']);
  const text = (await central.steward('status', '--submission', id)).out;
  expect(text).toMatch(/ship3 +queued/);

  const ship3 = fleet.add('ship3');
  await ship3.startLinked();
  await waitFor('all to have ended', async () => (await progressOf(central, id)).missing.length === 0);
  expect((await central.steward('status', '--submission', id)).out).toContain('all have succeeded');
});

test('groups - what is wrong with a group or its file is said, and only what names one is refused', async () => {
  const [central] = await fleet.up('central');
  const send = async (toNode: string): Promise<string> => {
    try {
      await central.submit({ toNode, method: 'ping' });
      return 'taken';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  expect(await send('@nort')).toContain('there is no group \\"nort\\"');
  writeFileSync(central.path('etc', 'groups.toml'), 'north = ["ship1"]\nempty = []\n');
  expect(await send('@nort')).toContain('did you mean @north?');
  expect(await send('@empty')).toContain('no node is known in the group @empty');
  expect(await send('@all')).toContain('no node is known in the group @all');
  expect(await send('@north')).toBe('taken');
  writeFileSync(central.path('etc', 'groups.toml'), 'north = ["ship1"\n');
  expect(await send('@north')).toMatch(/groups\.toml, line \d+, column \d+/);
  writeFileSync(central.path('etc', 'groups.toml'), 'north = ["ship 1"]\n');
  expect(await send('@north')).toContain('cannot be the name of a node');
  writeFileSync(central.path('etc', 'groups.toml'), 'north = ["ship1"]\nbad = 7\n');
  expect(await send('@north')).toContain('bad is no list of names of nodes');
  writeFileSync(central.path('etc', 'groups.toml'), 'all = ["ship1"]\n');
  expect(await send('@north')).toContain('no group can be called');
  expect(await send('ship1')).toBe('taken');
});

test('groups - the counts of a submission to a thousand nodes are exact', async () => {
  const [central] = await fleet.up('central', 'ship1');
  const names = Array.from({ length: 1_000 }, (_none, index) => `ship${index + 1}`);
  writeFileSync(central.path('etc', 'groups.toml'), `fleet = ${JSON.stringify(names)}\n`);
  const [id = '', ...others] = await central.submit({ toNode: '@fleet', method: 'ping', replyMethod: 'none' });
  expect(others.length).toBe(999);
  await waitFor('the one that is there', async () => (await progressOf(central, id)).counts.succeeded === 1);
  const progress = await progressOf(central, others[500] ?? '');
  expect(progress).toMatchObject({ submission: id, counts: { queued: 999, succeeded: 1 }, more: false });
  expect(progress.missing.map(({ to }) => to)).toEqual(names.slice(1));
});
