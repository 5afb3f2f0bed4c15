// Version 4 of the store, as nodes of the version before late joiners left it on disk: central was stopped with messages that go by a
// gateway, which carried two and was killed; the island was killed in the midst of a command. This version goes on where they ended.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { startTestNatsServer } from '../support/nats-server.ts';

const fixtures = fileURLToPath(new URL('../fixtures/store-v4', import.meta.url));
const files = [
  'central/steward.db',
  ...['gateway', 'island'].flatMap((node) => [`${node}/steward.db`, `${node}/steward.db-wal`]),
];

test('frozen store - the files of version 4 are those that were frozen', () => {
  const digest = createHash('sha256');
  for (const file of files) digest.update(readFileSync(join(fixtures, file)));
  expect(digest.digest('hex')).toBe('09ba037800cd7d94bb6c928dc26d0be25898efe036f7cbe78980f347b7239063');
});

test('frozen store - nodes of this version go on where those of version 4 ended', async () => {
  const [north, south] = await Promise.all([startTestNatsServer(), startTestNatsServer()]);
  const fleet = await Fleet.open({ broker: north.url });
  try {
    const central = fleet.add('central');
    const gateway = fleet.add('gateway', '--other-broker-address', south.url);
    const island = fleet.add('island', '--broker-address', south.url);
    for (const node of [central, gateway, island]) {
      mkdirSync(node.path('store'), { recursive: true });
      cpSync(join(fixtures, node.name), node.path('store'), { recursive: true });
    }
    await central.start();
    expect(central.says('store: it is brought to version 5 (sends to nodes that appear later), 6')).toBeDefined();
    expect((await central.client.counts()).counts).toMatchObject({ queued: 2, carried: 2, running: 1, succeeded: 2 });
    await Promise.all([gateway.start(), island.start()]);
    // What ran was killed with its node; what the gateway carried, and what waited for it, runs.
    const ends = async (): Promise<Readonly<Record<string, number>>> => (await central.client.counts()).counts;
    await expect
      .poll(ends, { timeout: 15_000 })
      .toMatchObject({ queued: 1, carried: 0, running: 0, succeeded: 5, unknown: 1 });
    const errors = [central, gateway, island].flatMap((node) => node.log()).filter(({ level }) => level === 'error');
    expect(errors).toEqual([]);
  } finally {
    await fleet.close();
    await Promise.all([north.close(), south.close()]);
  }
});
