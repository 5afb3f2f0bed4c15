// Version 3 of the store, as nodes of the version before relays left it on disk: central was stopped with an order to cancel that waits,
// ship1 was killed in the midst of a command. This version goes on where they ended.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { startTestNatsServer } from '../support/nats-server.ts';

const fixtures = fileURLToPath(new URL('../fixtures/store-v3', import.meta.url));

test('frozen store - the files of version 3 are those that were frozen', () => {
  const digest = createHash('sha256');
  for (const file of ['central/steward.db', 'ship1/steward.db', 'ship1/steward.db-wal'])
    digest.update(readFileSync(join(fixtures, file)));
  expect(digest.digest('hex')).toBe('1f6798b628783dffa4d30c553bb556aa2319dca5e8a47d77271dc8078f388973');
});

test('frozen store - nodes of this version go on where those of version 3 ended', async () => {
  const server = await startTestNatsServer();
  const fleet = await Fleet.open({ broker: server.url });
  try {
    const [central, ship1] = [fleet.add('central'), fleet.add('ship1')];
    for (const node of [central, ship1]) {
      mkdirSync(node.path('store'), { recursive: true });
      cpSync(join(fixtures, node.name), node.path('store'), { recursive: true });
    }
    await Promise.all([central.start(), ship1.start()]);
    expect(central.says('store: it is brought to version 4 (carries messages for other nodes), 5')).toBeDefined();
    const waiting = await central.client.queue({});
    expect(waiting.lanes.map(({ to, lane, messages }) => [to, lane, messages])).toEqual(
      expect.arrayContaining([
        ['away', 'cliCommand', 1],
        ['away', 'ping', 1],
      ]),
    );
    // What ran was killed with its node, and its sender had it cancelled meanwhile; what waited behind it runs.
    const ends = async (): Promise<Readonly<Record<string, number>>> => (await central.client.counts()).counts;
    await expect.poll(ends, { timeout: 15_000 }).toMatchObject({ queued: 2, delivered: 0, running: 0 });
    expect(await ends()).toMatchObject({ succeeded: 4, cancelled: 2, unknown: 1 });
    const errors = [...central.log(), ...ship1.log()].filter(({ level }) => level === 'error');
    expect(errors).toEqual([]);
  } finally {
    await fleet.close();
    await server.close();
  }
});
