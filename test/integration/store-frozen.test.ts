// Version 1 of the store, as nodes of the first version left it on disk: central was stopped, ship1 was killed in the midst of its work.
// Written once by each driver of SQLite. Every later version opens them, knows what is in them, and goes on where they ended.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { driverFor, type DriverName } from '../../src/store/driver.ts';
import { answerQuery } from '../../src/store/query.ts';
import { inboxRecord, outboxRecord } from '../../src/store/row.ts';
import { SqliteStore } from '../../src/store/sqlite-store.ts';
import { Fleet } from '../support/fleet.ts';
import { startTestNatsServer } from '../support/nats-server.ts';

const fixtures = fileURLToPath(new URL('../fixtures/store-v1', import.meta.url));
const writers = ['libsql', 'node-sqlite'] as const;
const readers: readonly DriverName[] =
  driverFor(process.versions.node) === 'node:sqlite' ? ['libsql', 'node:sqlite'] : ['libsql'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-frozen-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('frozen store - the files are those that were frozen', () => {
  const digest = createHash('sha256');
  for (const writer of writers)
    for (const file of ['central/steward.db', 'ship1/steward.db', 'ship1/steward.db-wal'])
      digest.update(readFileSync(join(fixtures, writer, file)));
  expect(digest.digest('hex')).toBe('c448a47f5931a67dc3085dfd16a4fc6cac9d92696150e24c0737c9441cfe2e39');
});

describe.each(writers)('written by %s', (writer) => {
  test.each(readers)('frozen store - %s reads what was written, the log of the killed node included', (reader) => {
    cpSync(join(fixtures, writer), folder, { recursive: true });
    const central = open(join(folder, 'central/steward.db'), reader);
    expect(central.outbox.map(({ to, lane, state, open, position }) => [to, lane, state, open, position])).toEqual([
      ['ship1', 'cliCommand', 'succeeded', false, 1],
      ['ship1', 'cliCommand', 'succeeded', false, 2],
      ['ship1', 'fileAppend', 'succeeded', false, 1],
      ['ship1', 'cliCommand', 'running', false, 3],
      ['ship1', 'cliCommand', 'delivered', false, 4],
      ['ship1', 'cliCommand', 'delivered', false, 5],
      ['ship1', 'fileAppend', 'queued', true, 2],
      ['ship1', 'fileAppend', 'queued', true, null],
      ['ship1', 'cliCommand', 'queued', true, 6],
      ['away', 'ping', 'queued', true, null],
    ]);
    expect(central.outbox.map(({ bodySize }) => bodySize)).toEqual([0, 0, 5, 0, 0, 0, 6, 40_000, 0, 0]);
    expect(central.outbox.at(-1)?.head).toContain('🚢');
    expect(central.restart).toMatchObject({ lastOutboxOrd: 10, peers: [{ name: 'central' }, { name: 'ship1' }] });
    const ship1 = open(join(folder, 'ship1/steward.db'), reader);
    expect(ship1.inbox.map(({ from, lane, state }) => [from, lane, state])).toEqual([
      ['central', 'cliCommand', 'ended'],
      ['central', 'cliCommand', 'ended'],
      ['central', 'fileAppend', 'ended'],
      ['central', 'cliCommand', 'started'],
      ['central', 'cliCommand', 'accepted'],
      ['central', 'cliCommand', 'accepted'],
    ]);
    expect(ship1.restart).toMatchObject({ boots: [expect.stringMatching(/./)], started: [{ lane: 'cliCommand' }] });
  });

  test('frozen store - nodes of this version go on where those of the first version ended', async () => {
    const server = await startTestNatsServer();
    const fleet = await Fleet.open({ broker: server.url });
    try {
      const [central, ship1] = [fleet.add('central'), fleet.add('ship1')];
      for (const node of [central, ship1]) {
        mkdirSync(node.path('store'), { recursive: true });
        cpSync(join(fixtures, writer, node.name), node.path('store'), { recursive: true });
      }
      const ids = open(join(fixtures, writer, 'central/steward.db'), readers[0] ?? 'libsql', folder).outbox;
      await Promise.all([central.start(), ship1.start()]);
      const ends: string[] = [];
      for (const { id, to } of ids) if (to === 'ship1') ends.push((await central.settled(id)).state);
      // The one that had started when its node was killed may not run again.
      const [done, killed] = ['succeeded', 'unknown'];
      expect(ends).toEqual([done, done, done, killed, done, done, done, done, done]);
      expect((await central.client.counts()).counts.queued).toBe(1);
      expect(readFileSync(ship1.path('ran'), 'utf8')).toBe('3\n4\n5\n');
      expect(ship1.data('central', 'lines').toString()).toBe('later\n');
      expect(ship1.data('central', 'large').length).toBe(40_000);
      expect(ship1.says('this node lost part of its store')).toBeUndefined();
    } finally {
      await fleet.close();
      await server.close();
    }
  });
});

/** With `to`, a copy of it is opened there: what is frozen is never opened itself. */
function open(file: string, driver: DriverName, to?: string) {
  const path = to === undefined ? file : join(to, 'copy.db');
  if (to !== undefined) cpSync(file, path);
  const store = new SqliteStore(path, driver);
  try {
    return {
      outbox: store.all('SELECT * FROM outbox ORDER BY ord').map(outboxRecord),
      inbox: store.all('SELECT * FROM inbox ORDER BY ord').map(inboxRecord),
      restart: answerQuery(store, { query: 'restart' }),
    };
  } finally {
    store.close();
  }
}
