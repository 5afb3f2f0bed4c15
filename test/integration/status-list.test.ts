// The list of the messages in a state, as a node reads it from its store.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { maxListedMessages } from '../../src/contract/api-socket.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';

let fleet: Fleet;
let central: FleetNode;

beforeEach(async () => {
  fleet = await Fleet.open({ broker: 'nats://127.0.0.1:9' });
  central = fleet.add('central');
  await central.start();
});
afterEach(() => fleet.close());

const ping = (node: string): Record<string, unknown> => ({ toNode: node, method: 'ping' });

test('list - holds the newest messages in the state, the newest first, and says when there are older ones', async () => {
  const [first, second] = await central.submit(ping('ship1'), ping('ship2'));
  const few = await central.client.inState('queued');
  expect(few.messages.map(({ id, to, waiting }) => ({ id, to, waiting }))).toEqual([
    { id: second, to: 'ship2', waiting: 'link down' },
    { id: first, to: 'ship1', waiting: 'link down' },
  ]);
  expect(few.more).toBe(false);
  expect(await central.client.inState('unknown')).toEqual({ messages: [], more: false });
  const ids = await central.submit(...Array.from({ length: maxListedMessages }, () => ping('ship1')));
  const many = await central.client.inState('queued');
  expect(many.messages.map(({ id }) => id)).toEqual([...ids].reverse());
  expect(many.more).toBe(true);
});
