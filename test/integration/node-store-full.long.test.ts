// A store that cannot write: nothing that was accepted is lost, nothing is said that is not so, and the node goes on afterwards.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestNatsServer;
let fleet: Fleet;
const mounted: string[] = [];

beforeAll(async () => {
  server = await startTestNatsServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
});
afterEach(async () => {
  for (const node of fleet.nodes) await node.kill();
  for (const folder of mounted.splice(0)) execFileSync('umount', [folder]);
  await fleet.close();
});

/** From now on no file of the process can be written beyond its first bytes: EFBIG, as a full disk. Commands inherit it. */
function limitFiles(node: FleetNode): void {
  execFileSync('prlimit', ['--pid', String(node.pid), '--fsize=512:unlimited']);
}

function liftLimit(node: FleetNode): void {
  execFileSync('prlimit', ['--pid', String(node.pid), '--fsize=unlimited:unlimited']);
}

const isStalled = async (node: FleetNode): Promise<boolean> => (await node.client.info()).store.state === 'stalled';

const goesOn = (node: FleetNode): Promise<unknown> =>
  waitFor('the store to write again', () => node.says('store: can write again'));

test('store full - intake refuses with a clear error, what was accepted stays, and it goes on by itself', async () => {
  const [central] = await fleet.up('central');
  const ship1 = fleet.add('ship1');
  const before = await central.submit(command('ship1', 'echo before >> ran'));
  limitFiles(central);
  for (const tries of [1, 2, 3]) {
    const answer = await central.pipe(JSON.stringify([command('ship1', `echo refused ${tries} >> ran`)]));
    expect(JSON.parse(answer)).toMatchObject({
      error: { code: 'store-unavailable', message: expect.stringMatching(/^nothing was accepted: /) },
    });
  }
  expect((await central.client.counts()).counts.queued).toBe(1);
  liftLimit(central);
  const after = await waitFor('intake to accept again', () => central.submit(command('ship1', 'echo after >> ran')));
  await central.kill();
  await Promise.all([central.start(), ship1.start()]);
  for (const id of [...before, ...after]) expect((await central.settled(id)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('before\nafter\n');
});

test('store full - at the receiver: nothing starts, nothing is lost, an outcome waits until it can be written', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [running] = await central.submit(
    command('ship1', 'echo start >> ran; until [ -e go ]; do sleep 0.02; done; echo end >> ran', {
      directory: 'd',
      fileName: 'f',
    }),
  );
  await waitFor('it to run', () => existsSync(ship1.path('ran')));
  limitFiles(ship1);
  const later = await central.submit(command('ship1', 'echo next >> ran'), command('ship1', 'echo last >> ran'));
  writeFileSync(ship1.path('go'), '');
  await waitFor('the store to be stalled', () => ship1.says('store: cannot write'));
  await waitFor('the command to end', () => readFileSync(ship1.path('ran'), 'utf8') === 'start\nend\n');
  expect((await ship1.client.info()).store).toMatchObject({ state: 'stalled', reason: expect.stringMatching(/./) });
  const [last] = await central.submit(command('ship1', 'echo after >> ran'));
  await waitFor(
    'its sender to be told',
    async () => (await central.client.message(last ?? '')).waiting === "receiver's disk full",
  );
  expect((await central.client.message(running ?? '')).state).toMatch(/^(delivered|running)$/);
  for (const id of later) expect((await central.client.message(id)).state).toMatch(/^(queued|delivered)$/);
  liftLimit(ship1);
  await goesOn(ship1);
  // Before it would ask by itself.
  expect((await central.settled(last, 4_000)).state).toBe('succeeded');
  for (const id of [running, ...later]) expect((await central.settled(id)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('start\nend\nnext\nlast\nafter\n');
  expect((await ship1.client.info()).store.state).toBe('ok');
});

test('store full - an outcome that could not be written before the node died is unknown, and its command is not run again', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [id, next] = await central.submit(
    command('ship1', 'echo start >> ran; until [ -e go ]; do sleep 0.02; done; echo end >> ran'),
    command('ship1', 'echo next >> ran'),
  );
  await waitFor('it to run', () => existsSync(ship1.path('ran')));
  limitFiles(ship1);
  writeFileSync(ship1.path('go'), '');
  await waitFor('the store to be stalled', () => ship1.says('store: cannot write'));
  await ship1.kill();
  await ship1.start();
  expect((await central.settled(id)).state).toBe('unknown');
  expect((await central.settled(next)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('start\nend\nnext\n');
});

test('store full - at the sender: answers are taken, and their files written, when it can write again', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const ids = await central.submit(
    ...[1, 2, 3].map((number) =>
      command('ship1', `until [ -e go ]; do sleep 0.02; done; echo ${number}; echo ${number} >> ran`, {
        directory: 'd',
        fileName: 'f',
      }),
    ),
  );
  await waitFor('them to be delivered', async () => (await central.client.message(ids[2] ?? '')).state !== 'queued');
  limitFiles(central);
  writeFileSync(ship1.path('go'), '');
  await waitFor(
    'the commands to end',
    () => existsSync(ship1.path('ran')) && readFileSync(ship1.path('ran'), 'utf8') === '1\n2\n3\n',
  );
  await waitFor('the store to be stalled', () => central.says('store: cannot write'));
  liftLimit(central);
  await goesOn(central);
  for (const id of ids)
    expect(await central.settled(id)).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect(central.data('d', 'ship1', 'f').toString()).toBe('1\n2\n3\n');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('1\n2\n3\n');
});

test('store full - twelve times in a row at both ends, under load: each message runs once, in order', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const ids: string[] = [];
  const submitted: number[] = [];
  const stalls = (node: FleetNode): number => node.log().filter(({ msg }) => msg.startsWith('store: cannot')).length;
  for (let round = 0; round < 12; round += 1) {
    const node = round % 3 === 2 ? central : ship1;
    const batch = [1, 2, 3, 4, 5].map((one) => round * 5 + one);
    const accepted = central.submit(
      ...batch.map((one) => command('ship1', `echo ${one} >> ran; echo ${one}`, { directory: 'd', fileName: 'f' })),
    );
    limitFiles(node);
    try {
      ids.push(...(await accepted));
      submitted.push(...batch);
    } catch (error) {
      expect(String(error)).toContain('store-unavailable');
    }
    if (node === ship1) await waitFor('a stall, or the end', async () => (await isStalled(ship1)) || (await isOver()));
    liftLimit(node);
    // Every other time the next limit comes before the node has noticed that it can write.
    if (round % 2 === 0) await waitFor('the store to write again', async () => !(await isStalled(node)));
  }
  for (const id of ids) expect(await central.settled(id)).toMatchObject({ state: 'succeeded' });
  const expected = submitted.map((one) => `${one}\n`).join('');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe(expected);
  expect(central.data('d', 'ship1', 'f').toString()).toBe(expected);
  expect(stalls(ship1)).toBeGreaterThan(3);

  async function isOver(): Promise<boolean> {
    return (await central.client.message(ids.at(-1) ?? '')).state === 'succeeded';
  }
});

test('store full - answers wait for a full data folder, and are appended once', async ({ skip }) => {
  const [central, ship1] = [fleet.add('central'), fleet.add('ship1')];
  if (!mountSmallDisk(central.path('data'))) skip('only root may mount a small disk');
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  fillDisk(central.path('data', 'filler'));
  const ids = await central.submit(
    ...[1, 2, 3].map((number) => command('ship1', `echo ${number}`, { directory: 'd', fileName: 'f' })),
  );
  await waitFor('the refusal of the disk', () => central.says('a method cannot go on, and will be tried again'));
  expect(await central.client.message(ids[0] ?? '')).toMatchObject({ state: 'succeeded', reply: { state: 'pending' } });
  rmSync(central.path('data', 'filler'));
  for (const id of ids) expect((await central.settled(id)).reply?.state).toBe('handled');
  expect(central.data('d', 'ship1', 'f').toString()).toBe('1\n2\n3\n');
});

test('store full - a disk without a free byte is no different', async ({ skip }) => {
  const [central, ship1] = [fleet.add('central'), fleet.add('ship1')];
  if (!mountSmallDisk(ship1.path('store'))) skip('only root may mount a small disk');
  await Promise.all([central.startLinked(), ship1.startLinked()]);
  fillDisk(ship1.path('store', 'filler'));
  const big = `echo ran >> ran #${'x'.repeat(60_000)}`;
  const ids = await central.submit(...[1, 2, 3, 4].map(() => command('ship1', big)));
  await waitFor('the store to be stalled', async () => (await ship1.client.info()).store.state === 'stalled');
  rmSync(ship1.path('store', 'filler'));
  for (const id of ids) expect((await central.settled(id)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('ran\n'.repeat(4));
});

test('store full - a node that cannot write its store at its start says so, ends with 4, and loses nothing', async ({
  skip,
}) => {
  const [central, ship1] = [fleet.add('central'), fleet.add('ship1')];
  if (!mountSmallDisk(central.path('store'))) skip('only root may mount a small disk');
  await central.start();
  const [id] = await central.submit(command('ship1', 'echo ran >> ran'));
  await central.stop();
  const remount = (how: string): unknown => execFileSync('mount', ['-o', `remount,${how}`, central.path('store')]);
  remount('ro');
  await expectRefusedStart(central);
  remount('rw');
  fillDisk(central.path('store', 'filler'));
  await expectRefusedStart(central);
  rmSync(central.path('store', 'filler'));
  await Promise.all([central.start(), ship1.start()]);
  expect((await central.settled(id)).state).toBe('succeeded');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('ran\n');
});

async function expectRefusedStart(node: FleetNode): Promise<void> {
  const refused = node.launch();
  expect(await refused.ended).toBe(4);
  expect(refused.err()).toMatch(/^steward: the store \S+ cannot be opened: [^\n]+\n$/);
}

function mountSmallDisk(folder: string): boolean {
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    // Not allowed.
    return false;
  }
  mounted.push(folder);
  return true;
}

function fillDisk(file: string): void {
  try {
    writeFileSync(file, Buffer.alloc(4 * 1024 * 1024));
  } catch (error) {
    // It takes what there is room for.
    expect(String(error)).toContain('ENOSPC');
  }
}
