// What only the built-in broker promises: its bounds, and that nobody but this machine reaches it.
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { startBuiltInBroker, type BuiltInBroker } from '../../src/broker/built-in.ts';
import type { BrokerLimits } from '../../src/broker/limits.ts';
import { quietLog } from '../support/quiet-log.ts';
import { RawClient } from '../support/raw-client.ts';
import { connectLine } from '../support/two-brokers.ts';
import { waitFor } from '../support/wait-for.ts';

const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of running.splice(0).toReversed()) await each.close();
});

async function startBroker(limits: Partial<BrokerLimits> = {}): Promise<BuiltInBroker> {
  const broker = await startBuiltInBroker({ port: 0, log: quietLog, limits });
  running.push(broker);
  return broker;
}

async function open(broker: BuiltInBroker): Promise<RawClient> {
  const client = await RawClient.open(broker.port);
  running.push(client);
  return client;
}

const body = 'x'.repeat(100_000);

test('broker - cuts a reader that does not read, and holds nobody up for it', async () => {
  const broker = await startBroker({ maxPending: 1_000_000 });
  const [sender, slow, quick] = [await open(broker), await open(broker), await open(broker)];
  await slow.ask(connectLine, 'SUB a 1');
  await quick.ask(connectLine, 'SUB a 1');
  slow.pause();
  await sender.ask(connectLine);
  const received: string[] = [];
  for (let sent = 0; sent < 200; sent += 1) {
    await sender.ask('PUB a 100000', body);
    received.push(...(await quick.ask()));
  }
  slow.resume();
  await slow.ending();
  expect(received.filter((line) => line === body)).toHaveLength(200);
});

test('broker - cuts a client that multiplies what it does not read', async () => {
  const broker = await startBroker({ maxPending: 1_000_000 });
  const [bomber, other] = [await open(broker), await open(broker)];
  await bomber.ask(connectLine, ...Array.from({ length: 5_000 }, (_, sid) => `SUB a ${sid}`));
  bomber.pause();
  const before = process.memoryUsage().arrayBuffers;
  bomber.send('PUB a 100000', body, 'PUB a 1000', body.slice(0, 1_000));
  expect(await other.ask(connectLine)).toEqual([]);
  bomber.resume();
  await bomber.ending();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
});

test('broker - refuses more connections than it has room for, and takes new ones when others go', async () => {
  const broker = await startBroker({ maxConnections: 2 });
  const first = await open(broker);
  await (await open(broker)).ask();
  const third = await open(broker);
  expect(await third.ending()).toEqual(["-ERR 'maximum connections exceeded'"]);
  first.close();
  await waitFor('room', async () => {
    const next = await open(broker);
    return (await next.ask('CONNECT {"verbose":false}').catch(() => undefined)) !== undefined;
  });
});

test('broker - refuses more subscriptions than one client may have, and keeps the client', async () => {
  const client = await open(await startBroker({ maxSubscriptions: 2 }));
  const refused = await client.ask(connectLine, 'SUB a 1', 'SUB b 2', 'SUB c 3');
  expect(refused).toEqual(["-ERR 'maximum subscriptions exceeded'"]);
  expect(await client.ask('UNSUB 1', 'SUB c 3', 'PUB c 1', 'x')).toEqual(['MSG c 3 1', 'x']);
});

test('broker - cuts a client that shows no sign of life', async () => {
  const client = await open(await startBroker({ pingIntervalMs: 20, maxPingsOut: 2 }));
  expect(await client.ending()).toEqual(["-ERR 'Stale Connection'"]);
});

test('broker - is not to be reached by another address of this machine', async () => {
  const { port } = await startBroker();
  const code = await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.2', port });
    socket.on('connect', () => resolve('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    running.push({ close: () => socket.destroy() });
  });
  expect(code).toBe('ECONNREFUSED');
});

test('broker - survives clients that send rubbish, cut at random', async () => {
  const broker = await startBroker();
  const witness = await open(broker);
  await witness.ask(connectLine, 'SUB > 1');
  const random = seededRandom(7);
  const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(random.next() * list.length)] ?? list[0];
  const scraps = [
    'PUB a 3',
    'abc',
    'HPUB a 12 14',
    'SUB a',
    'UNSUB',
    '\r\n',
    'CONNECT {',
    '}',
    ' ',
    '\0',
    '99999',
    'PING',
  ];
  for (let round = 0; round < 300; round += 1) {
    const attacker = await open(broker);
    const pieces = Array.from({ length: 20 }, () =>
      random.next() < 0.5 ? Buffer.from(random.bytes(8)) : Buffer.from(pick(scraps as [string, ...string[]])),
    );
    attacker.sendBytes(Buffer.concat(pieces));
    attacker.close();
  }
  await witness.ask();
  expect(await witness.ask('PUB b 2', 'ok')).toEqual(['MSG b 1 2', 'ok']);
});

test('broker - close ends all connections, and the port can be taken again', async () => {
  const broker = await startBroker();
  const client = await open(broker);
  await broker.close();
  expect(await client.ending()).toEqual([]);
  const again = await startBuiltInBroker({ port: broker.port, log: quietLog });
  running.push(again);
  expect(again.port).toBe(broker.port);
});
