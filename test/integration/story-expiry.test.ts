// How long a sender tries, and messages that want no ACK.
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { isFinal } from '../../src/model/state.ts';
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

test('expiry - the ACK criteria are a span of time, and what expired never runs', async () => {
  const [central] = await fleet.up('central');
  const ship1 = fleet.add('ship1');
  const [id] = await central.submit(command('ship1', 'touch too-late', { ACKTimeout: 1, retries: 1 }));
  const view = await central.settled(id);
  expect(view).toMatchObject({
    state: 'expired',
    reason: 'max retries reached, check if node ship1 is up and running',
  });
  const triedMs = (view.endedAt ?? 0) - view.queuedAt;
  expect(triedMs).toBeGreaterThanOrEqual(1990);
  expect(triedMs).toBeLessThan(4000);
  await ship1.start();
  expect((await central.ask(command('ship1', 'touch in-time'))).state).toBe('succeeded');
  expect([existsSync(ship1.path('in-time')), existsSync(ship1.path('too-late'))]).toEqual([true, false]);
});

test('expiry - retryWait counts, expires ends it earlier, and a restart of the sender does not begin anew', async () => {
  const [central] = await fleet.up('central');
  const [waiting, expiring] = await central.submit(
    command('ship1', 'true', { ACKTimeout: 1, retries: 1, retryWait: 1 }),
    command('ship1', 'true', { ACKTimeout: 1, retries: 100, expires: 1 }),
  );
  const first = await central.settled(expiring);
  expect(first).toMatchObject({ state: 'expired', reason: 'not delivered within 1 s' });
  expect((await central.client.message(waiting ?? '')).state).toBe('queued');
  await central.stop();
  await central.start();
  const view = await central.settled(waiting);
  expect(view.state).toBe('expired');
  expect((view.endedAt ?? 0) - view.queuedAt).toBeGreaterThanOrEqual(2990);
});

test('no ACK - a message that wants none is sent once, runs, and its answer comes', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const [id] = await central.submit(
    command('ship1', 'echo ran >> ran; echo answer', { ACKTimeout: 0, directory: 'd', fileName: 'f' }),
  );
  const view = await waitFor('it to be sent', async () => {
    const found = await central.client.message(id ?? '');
    return isFinal(found.state) ? found : undefined;
  });
  expect(['sent', 'succeeded']).toContain(view.state);
  await waitFor('the answer', () => central.data('d', 'ship1', 'f').toString() === 'answer\n');
  expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('ran\n');
});

test('no ACK - it waits for a node that is away', async () => {
  const [central] = await fleet.up('central');
  const ship1 = fleet.add('ship1');
  const ids = await central.submit(
    ...[1, 2, 3].map((number) => command('ship1', `echo ${number} >> ran`, { ACKTimeout: 0 })),
  );
  await waitFor('central to know', async () => {
    const view = await central.client.message(ids[0] ?? '');
    return view.state === 'queued' && view.waiting === 'node offline';
  });
  await central.kill();
  await central.start();
  await ship1.start();
  await waitFor(
    'all to run, in order',
    () => existsSync(ship1.path('ran')) && readFileSync(ship1.path('ran'), 'utf8') === '1\n2\n3\n',
  );
  for (const id of ids) expect(isFinal((await central.client.message(id)).state)).toBe(true);
});
