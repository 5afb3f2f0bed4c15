// Groups that nodes say they belong to, and submissions that also go to nodes that appear later.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NodeView } from '../../src/contract/node-views.ts';
import type { Submitted } from '../../src/contract/submission.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { startSteward } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

let broker: TestNatsServer;
let fleet: Fleet;
let central: FleetNode;

beforeAll(async () => {
  broker = await startTestNatsServer();
  fleet = await Fleet.open({ broker: broker.url });
  central = fleet.add('central');
  await central.startLinked();
});

afterAll(async () => {
  await fleet.close();
  await broker.close();
});

const toAppear = async (message: object): Promise<Submitted> =>
  central.client.submit(Buffer.from(JSON.stringify(message)));
const command = (to: string, text: string, more: object = {}): object => ({
  toNode: to,
  method: 'cliCommand',
  methodArgs: ['sh', '-c', `echo ${text} >> ran`],
  replyMethod: 'none',
  lateJoiners: true,
  ...more,
});
/** What has run on a node, in its order. */
const ran = async (node: FleetNode): Promise<readonly string[]> => {
  const read = await central.steward('run', node.name, '--', 'sh', '-c', 'cat ran || true');
  return read.out
    .split('\n')
    .slice(1)
    .filter((line) => /^[a-z]+$/.test(line));
};
const ended = async (submission: string, succeeded: number): Promise<void> => {
  const counts = async (): Promise<object> => (await central.client.submissionOf(submission)).counts;
  await expect.poll(counts, { timeout: 15_000 }).toMatchObject({ succeeded, queued: 0, delivered: 0, running: 0 });
};

test('groups - a node says to which it belongs, and is reached by them', async () => {
  const [ship1, ship2] = [fleet.add('ship1', '--groups', 'north, ferries'), fleet.add('ship2', '--groups', 'ferries')];
  await Promise.all([ship1.startLinked(), ship2.startLinked()]);
  const groups = async (): Promise<readonly unknown[]> =>
    (JSON.parse((await central.steward('nodes', '--json')).out) as NodeView[]).map((node) => [node.name, node.groups]);
  await expect.poll(groups).toEqual(
    expect.arrayContaining([
      ['ship1', ['north', 'ferries']],
      ['ship2', ['ferries']],
    ]),
  );
  writeFileSync(central.path('etc', 'groups.toml'), 'north = ["ship2"]\n');
  const who = async (group: string): Promise<readonly string[]> => {
    const preview = await central.steward('run', '--dry-run', '--json', group, '--', 'true');
    return (JSON.parse(preview.out) as { nodes: { name: string }[] }).nodes.map(({ name }) => name);
  };
  expect(await who('@ferries')).toEqual(['ship1', 'ship2']);
  expect(await who('@north')).toEqual(['ship2', 'ship1']);
  const wrong = await central.steward('run', '@nroth', '--', 'true');
  expect(wrong.err).toContain('did you mean @north?');
  // Also known to a central that has just started, and hears nobody.
  await central.kill();
  await ship1.stop();
  await central.startLinked();
  expect(await who('@ferries')).toEqual(['ship1', 'ship2']);
  await ship1.startLinked();
});

test('late joiners - whoever appears gets the message once, whatever is killed, and the counts are exact', async () => {
  const sent = await toAppear(command('@all', 'first'));
  expect(sent.ids.length).toBe(2);
  await ended(sent.submission, 2);
  const ship3 = fleet.add('ship3');
  await ship3.startLinked();
  await ended(sent.submission, 3);
  await central.kill();
  const ship4 = fleet.add('ship4');
  await ship4.startLinked();
  await ship3.kill();
  await ship3.startLinked();
  await central.startLinked();
  await ended(sent.submission, 4);
  const progress = await central.client.submissionOf(sent.submission);
  expect(progress.lateJoiners).toMatchObject({ groups: ['all'], open: true });
  expect((await central.steward('status', '--submission', sent.submission)).out).toContain('also to nodes of @all');
  for (const node of [ship3, ship4]) expect(await ran(node)).toEqual(['first']);
  // One of its messages names it, too.
  const [one = ''] = sent.ids;
  expect((await central.client.submissionOf(one)).counts.succeeded).toBe(4);
});

test('late joiners - a group to which nobody belongs yet, of several messages, with others for who is named', async () => {
  const file = [
    command('@south', 'south'),
    { ...command('ship1', 'named'), lateJoiners: false },
    command('@south,@west', 'both'),
  ];
  const sent = await toAppear(file);
  expect(sent.ids.length).toBe(1);
  const ship5 = fleet.add('ship5', '--groups', 'south');
  await ship5.startLinked();
  await ended(sent.submission, 3);
  const west = fleet.add('west1', '--groups', 'west');
  await west.startLinked();
  await ended(sent.submission, 4);
  // The submission to all goes to them, too.
  expect([...(await ran(ship5))].sort()).toEqual(['both', 'first', 'south']);
  expect([...(await ran(west))].sort()).toEqual(['both', 'first']);
  const { err, out } = await central.steward('run', '--no-wait', '--late-joiners', '@nowhere', '--', 'true');
  expect(out).toBe('');
  expect(err).toMatch(/^0 now, also to nodes of @nowhere that appear until .*: steward status --submission /);
});

test('late joiners - until it is cancelled, or has expired', async () => {
  const cancelled = await toAppear(command('@late', 'cancelled', { toNodes: ['away'] }));
  const said = await central.steward('cancel', '--submission', cancelled.submission);
  expect(said).toEqual({ status: 0, out: '1 cancelled; nodes that appear from now on get nothing of it\n', err: '' });
  const status = await central.steward('status', '--submission', cancelled.submission);
  expect(status.out).toMatch(/UNSUCCESSFUL +STATE +WHY +MESSAGE\naway +cancelled +cancelled by /);
  expect((await central.steward('status', cancelled.submission)).err).toContain(
    `steward status --submission ${cancelled.submission}`,
  );
  const expired = await toAppear(command('@late', 'expired', { expires: 1 }));
  await expect.poll(() => Date.now(), { timeout: 5_000 }).toBeGreaterThan(expired.lateJoiners?.until ?? Infinity);
  const open = await toAppear(command('@late', 'open'));
  const listed = (await central.steward('status', '--open')).out;
  expect([cancelled, expired, open].map(({ submission }) => listed.includes(submission))).toEqual([false, false, true]);
  const late = fleet.add('late1', '--groups', 'late');
  await late.startLinked();
  await ended(open.submission, 1);
  expect([...(await ran(late))].sort()).toEqual(['first', 'open']);
  expect((await central.client.submissionOf(expired.submission)).counts.succeeded).toBe(0);
});

test('late joiners - a name that central has never heard of is told, with the one that may be meant', async () => {
  const said = await central.steward('run', '--no-wait', 'shpi1,ship1', '--', 'true');
  expect(said).toMatchObject({ status: 0, err: 'not heard of yet: shpi1 (did you mean ship1?)\n' });
  expect((await central.steward('run', '--no-wait', '--via', 'shpi2', 'island', '--', 'true')).err).toContain('shpi2');
  expect((await central.steward('queue', 'shipp')).out).toContain('of which this node has never heard');
  expect((await central.steward('queue', 'shpi1', '--lane', 'ping')).out).toBe(
    'nothing waits for shpi1 in the lane ping; 1 other message in the lanes cliCommand*\n',
  );
  const asks = startSteward(['ps', 'shpi1'], { cwd: central.folder });
  await waitFor('the word that nobody has heard of it', () => asks.err().includes('(did you mean ship1?)'));
  asks.child.kill('SIGINT');
  expect(await asks.ended).toBe(130);
});

test('late joiners - all of a submission is taken back, however many messages it has', async () => {
  const toNodes = Array.from({ length: 1_300 }, (_none, index) => `never${index}`);
  for (const lateJoiners of [false, true]) {
    const groups = lateJoiners ? ['@nobody'] : [];
    const sent = await toAppear({ toNodes: [...toNodes, ...groups], method: 'ping', lateJoiners });
    const { out } = await central.steward('cancel', '--submission', sent.submission);
    expect(out).toContain('1300 cancelled');
    expect((await central.client.submissionOf(sent.submission)).counts).toMatchObject({ cancelled: 1_300, queued: 0 });
  }
});

test('late joiners - what makes no sense is refused, with what to do', async () => {
  const refused = async (node: FleetNode, message: object): Promise<string> =>
    node.client.submit(Buffer.from(JSON.stringify(message))).then(
      () => 'taken',
      (error: unknown) => (error as Error).message,
    );
  expect(await refused(central, command('ship1', 'x'))).toContain('lateJoiners is for the nodes of a group');
  const [ship1] = fleet.nodes.filter(({ name }) => name === 'ship1');
  if (ship1 === undefined) throw new Error('there is a ship1');
  expect(await refused(ship1, command('@all', 'x'))).toContain('only central hears of every node');
  expect(await refused(central, command('@all', 'x', { data: 'x'.repeat(300_000) }))).toContain('at most 256 KiB');
  expect((await central.steward('cancel', '--submission', '01j9zq3k5w7m2x4c6v8b')).err).toContain(
    'knows no submission',
  );
});
