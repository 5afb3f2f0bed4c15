// Version 5 of the store, as nodes of the version before held messages left it on disk: central was stopped with a submission that also goes
// to nodes that appear, ship1 was killed in the midst of a command that prints while it runs. This version goes on where they ended.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { startTestNatsServer } from '../support/nats-server.ts';

const fixtures = fileURLToPath(new URL('../fixtures/store-v5', import.meta.url));

test('frozen store - the files of version 5 are those that were frozen', () => {
  const digest = createHash('sha256');
  for (const file of ['central/steward.db', 'ship1/steward.db', 'ship1/steward.db-wal'])
    digest.update(readFileSync(join(fixtures, file)));
  expect(digest.digest('hex')).toBe('7a09856136c32d1554bbbc104fb547508f3dd2d9409b7826a66ab8b8981a1157');
});

test('frozen store - nodes of this version go on where those of version 5 ended', async () => {
  const server = await startTestNatsServer();
  const fleet = await Fleet.open({ broker: server.url });
  try {
    const central = fleet.add('central');
    const ship1 = fleet.add('ship1', '--groups', 'ferries');
    for (const node of [central, ship1]) {
      mkdirSync(node.path('store'), { recursive: true });
      cpSync(join(fixtures, node.name), node.path('store'), { recursive: true });
    }
    await central.start();
    expect(
      central.says('store: it is brought to version 6 (holds messages back until others have succeeded)'),
    ).toBeDefined();
    const counts = async (): Promise<Readonly<Record<string, number>>> => (await central.client.counts()).counts;
    expect(await counts()).toMatchObject({ queued: 2, delivered: 1, running: 1, succeeded: 2 });
    // What waits there may be waited for now, and what ran ends as unknown.
    const [behind] = (await central.client.inState('delivered')).messages;
    const [cut] = (await central.client.inState('running')).messages;
    const [held, vain] = await central.submit(
      { toNode: 'ship1', method: 'ping', after: behind?.id },
      { toNode: 'ship1', method: 'ping', after: cut?.id },
    );
    await ship1.start();
    expect((await central.settled(held)).state).toBe('succeeded');
    expect(await central.settled(vain)).toMatchObject({
      state: 'cancelled',
      reason: `never sent: it waited for ${cut?.id}, which is unknown`,
    });
    expect(await counts()).toMatchObject({ queued: 2, delivered: 0, running: 0, succeeded: 4, unknown: 1 });
    const ship2 = fleet.add('ship2', '--groups', 'ferries');
    await ship2.start();
    await expect.poll(counts, { timeout: 15_000 }).toMatchObject({ queued: 2, succeeded: 5 });
    const errors = [central, ship1, ship2].flatMap((node) => node.log()).filter(({ level }) => level === 'error');
    expect(errors).toEqual([]);
  } finally {
    await fleet.close();
    await server.close();
  }
});
