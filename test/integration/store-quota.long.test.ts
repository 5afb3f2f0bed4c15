// A node with a quota of 50 MB, and more messages than fit into that: it stays under it, and nothing that is not finished is lost.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDriver } from '../../src/store/driver.ts';
import { Fleet } from '../support/fleet.ts';
import { storeDrivers } from '../support/frozen-store.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { pushThrough, sample } from '../support/quota-load.ts';
import { waitFor } from '../support/wait-for.ts';

const quota = 50_000_000;
const count = 60_000;
const waiting = 200;
const data = 'x'.repeat(1200);

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

test('quota - 60,000 messages go through two nodes of 50 MB: both stay under it, each message is answered once, what waits stays', async () => {
  const nodes = ['central', 'ship1'].map((name) => fleet.add(name, '--store-quota', String(quota)));
  const [central, ship1] = nodes;
  if (central === undefined || ship1 === undefined) throw new Error('there are two nodes');
  await Promise.all(nodes.map((node) => node.startLinked()));
  const reply = { directory: 'answers', fileName: 'all' };
  const absent = Array.from({ length: waiting }, () => ({ toNode: 'ship2', method: 'ping', data, ...reply }));
  const waits = await central.submit(...absent);
  const watch = sample(nodes.map(({ name, folder, pid }) => ({ name, folder: join(folder, 'store'), pid })));
  let first: string | undefined;
  await pushThrough({
    count,
    message: () => ({ toNode: 'ship1', method: 'ping', data, ...reply }),
    submit: async (messages) => {
      const ids = await central.submit(...(messages as Record<string, unknown>[]));
      first ??= ids[0];
      return ids;
    },
    look: (id) => central.client.message(id),
  });
  await waitFor('the last answer to be handled', async () => (await central.client.counts()).waitingReplies === 0, {
    withinMs: 30_000,
  });
  const peaks = watch.end();
  for (const { folderBytes, residentBytes, samples } of peaks) {
    expect(samples).toBeGreaterThan(20);
    expect(folderBytes).toBeLessThan(quota);
    expect(residentBytes).toBeLessThan(200e6);
  }
  expect(Math.max(...peaks.map(({ folderBytes }) => folderBytes))).toBeGreaterThan(quota / 2);
  const lines = central.data('answers', 'ship1', 'all').toString().split('\n').slice(0, -1);
  expect(lines.length).toBe(count);

  const { counts } = await central.client.counts();
  expect(counts.queued).toBe(waiting);
  expect(counts.succeeded).toBeGreaterThan(1_000);
  expect(counts.succeeded).toBeLessThan(count / 2);
  expect((await central.client.message(waits[0] ?? '')).state).toBe('queued');
  await expect(central.client.message(first ?? '')).rejects.toMatchObject({
    code: 'not-found',
    hint: expect.stringContaining('KeepMessages') as string,
  });
  const { store } = await central.client.info();
  expect(store.quota).toBe(quota);
  expect(store.bytes ?? 0).toBeGreaterThan(quota / 4);

  // The newest are there, without a gap, each with its answer; and the store is whole.
  await central.stop();
  const database = openDriver(join(central.folder, 'store/steward.db'), storeDrivers[0] ?? 'libsql');
  const one = (sql: string): unknown => Object.values(database.prepare(sql).get() as Record<string, unknown>)[0];
  expect(one("SELECT max(ord) - min(ord) + 1 - count(*) FROM outbox WHERE receiver = 'ship1'")).toBe(0);
  expect(one('SELECT count(*) FROM outbox WHERE answerOrd NOT IN (SELECT ord FROM inbox)')).toBe(0);
  expect(one('PRAGMA integrity_check')).toBe('ok');
  database.close();
  await central.start();
  const again = await central.client.counts();
  expect(again.counts.queued).toBe(waiting);
  // A start looks at its room, too.
  expect(again.counts.succeeded).toBeGreaterThan(counts.succeeded / 2);
}, 180_000);
