// A node at two brokers that have nothing in common: where a message goes, what is shown, and what happens when one of them goes and comes.
import { expect, test } from 'vitest';
import { systemTimers } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openLinks } from '../../src/link/join-links.ts';
import { Fleet } from '../support/fleet.ts';
import { startTestNatsServer } from '../support/nats-server.ts';
import { quietLog } from '../support/quiet-log.ts';
import { waitFor } from '../support/wait-for.ts';

test('joined links - a broker that goes is shown, and when it is back its nodes get at once what waits', async () => {
  const north = await startTestNatsServer();
  const fleet = await Fleet.open({ broker: north.url });
  const south = fleet.addBroker();
  const southUrl = `nats://127.0.0.1:${await south.start()}`;
  try {
    const central = fleet.add('central');
    const gateway = fleet.add('gateway', '--other-broker-address', southUrl);
    const island = fleet.add('island', '--broker-address', southUrl);
    await Promise.all([central, gateway, island].map((node) => node.startLinked()));
    const brokers = async (): Promise<string> => (await gateway.client.info()).link.broker;
    await waitFor('both brokers', async () => !(await brokers()).includes('down'));
    expect((await central.ask({ toNode: 'island', via: 'gateway', method: 'ping' })).state).toBe('succeeded');

    await south.kill();
    await waitFor('one of them to be shown as down', async () => (await brokers()).endsWith(`${southUrl} (down)`));
    expect((await gateway.client.info()).link.state).toBe('up');
    const [id = ''] = await central.submit({ toNode: 'island', via: 'gateway', method: 'ping' });
    await waitFor('the gateway to have it', async () => (await central.client.message(id)).state === 'carried');
    expect((await central.ask({ toNode: 'gateway', method: 'ping' })).state).toBe('succeeded');

    await south.start();
    const view = await central.settled(id);
    expect(view.state).toBe('succeeded');
    await waitFor('both brokers', async () => !(await brokers()).includes('down'));
  } finally {
    await fleet.close();
    await north.close();
  }
}, 60_000);

test('joined links - where the second cannot be opened, the first is closed', async () => {
  const north = await startTestNatsServer();
  const ups: string[] = [];
  const open = (): unknown =>
    openLinks({
      brokers: [{ servers: [north.url] }, { servers: [north.url], nkeySeedFile: '/nowhere' }],
      name: 'gateway',
      subjects: [],
      log: quietLog,
      report: () => undefined,
      onFrame: () => undefined,
      onNoResponders: () => undefined,
      onUp: (shown) => void ups.push(shown),
      onPartlyDown: () => undefined,
      onDown: () => undefined,
      onFailed: () => undefined,
      timers: systemTimers,
      random: systemRandom,
    });
  expect(open).toThrow(/nowhere/);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(ups).toEqual([]);
  await north.close();
});
