// A node whose store is damaged: it says so in one line, ends, and leaves the store to whoever mends it.
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { freePort } from '../support/nats-server.ts';

let fleet: Fleet;

beforeEach(async () => {
  // Nobody listens there: the store is all that is needed.
  fleet = await Fleet.open({ broker: `nats://127.0.0.1:${await freePort()}` });
});
afterEach(() => fleet.close());

const storeOf = (node: FleetNode): string => node.path('store', 'steward.db');

async function endsWith(node: FleetNode, code: string): Promise<void> {
  const { ended, err } = node.launch();
  expect(await ended).toBe(4);
  const last = err().trimEnd().split('\n').at(-1) ?? '';
  expect(last).toMatch(code);
  expect(err()).not.toMatch(/\n\s+at /);
}

test('damaged store - rubbish: the node ends with 4, says what to do, and leaves the file', async () => {
  const node = fleet.add('ship1');
  mkdirSync(node.path('store'), { recursive: true });
  writeFileSync(storeOf(node), Buffer.alloc(8192, 'rubbish '));
  await endsWith(node, 'is damaged');
  expect(readFileSync(storeOf(node))).toEqual(Buffer.alloc(8192, 'rubbish '));
});

test('damaged store - cut in the middle: the node does not start as if nothing were wrong', async () => {
  const node = fleet.add('ship1');
  await node.start();
  const many = Array.from({ length: 300 }, (_none, index) => command('away', `echo ${'x'.repeat(500)} ${index}`));
  await node.submit(...many);
  await node.stop();
  truncateSync(storeOf(node), Math.floor(statSync(storeOf(node)).size / 2 / 1024) * 1024);
  await endsWith(node, 'is damaged');
});

test('damaged store - one bit of a message that waits: the node does not send another one', async () => {
  const node = fleet.add('ship1');
  await node.start();
  await node.submit(command('away', 'echo 1 >> ran'));
  await node.stop();
  const bytes = readFileSync(storeOf(node));
  bytes.write('!', bytes.indexOf('echo 1 >> ran') + 9);
  writeFileSync(storeOf(node), bytes);
  await endsWith(node, 'is damaged');
  expect(readFileSync(storeOf(node))).toEqual(bytes);
});

test('damaged store - the end of its log is gone: the node says that it lost something, and has the rest', async () => {
  const node = fleet.add('ship1');
  await node.start();
  const ids: string[] = [];
  for (const number of [1, 2, 3, 4, 5, 6]) ids.push(...(await node.submit(command('away', `echo ${number}`))));
  await node.kill();
  const log = `${storeOf(node)}-wal`;
  truncateSync(log, Math.floor(statSync(log).size * 0.8));
  await node.start();
  expect(node.says('this node lost part of its store')).toMatchObject({ level: 'warn' });
  const known: boolean[] = [];
  for (const id of ids)
    known.push(
      await node.client.message(id).then(
        () => true,
        () => false,
      ),
    );
  expect(known).toContain(false);
  // What was written first is there.
  expect(known.lastIndexOf(true)).toBeLessThan(known.indexOf(false));
  // It is said once.
  await node.stop();
  await node.start();
  expect(node.says('this node lost part of its store')).toBeUndefined();
});
