import { expect, test } from 'vitest';
import type { SubmitAnswer } from '../../../src/flow/event.ts';
import type { Draft } from '../../../src/model/message.ts';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

function world(limits: SimulatedNode['limits']): { readonly w: SimulatedWorld; readonly central: SimulatedNode } {
  const w = new SimulatedWorld(1, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 });
  const central = w.add('central');
  central.limits = limits;
  w.start(central);
  w.runUntil(100);
  return { w, central };
}

function submit(w: SimulatedWorld, node: SimulatedNode, drafts: readonly Draft[]): SubmitAnswer | undefined {
  let given: SubmitAnswer | undefined;
  w.submit(node, drafts, (answer) => (given = answer));
  w.runUntil(w.now + 100);
  return given;
}

const pings = (count: number, to = 'ship1'): readonly Draft[] => Array.from({ length: count }, () => draft(to, 'ping'));

test('intake - beyond the limit of messages for a node nothing is accepted, with figures and a hint', () => {
  const { w, central } = world({ queuedMessagesPerNode: 1_000 });
  expect(submit(w, central, pings(1_000))).toMatchObject({ type: 'accepted' });
  expect(submit(w, central, pings(1))).toEqual({
    type: 'refused',
    code: 'queue-full',
    reason: '1,000 messages wait for ship1, the limit is 1,000',
    hint: 'send it again when ship1 has taken some of them, or raise MaxQueuedMessagesPerNode',
  });
  expect(submit(w, central, pings(1, 'ship2'))).toMatchObject({ type: 'accepted' });
  expect(central.store.contents().outbox.length).toBe(1_001);
});

test('intake - a submission is taken whole or not at all', () => {
  const { w, central } = world({ queuedMessages: 10 });
  expect(submit(w, central, pings(8))).toMatchObject({ type: 'accepted' });
  expect(submit(w, central, [...pings(2), ...pings(1, 'ship2')])).toMatchObject({
    reason: '8 messages wait in all, and 3 more would pass the limit of 10',
    hint: 'send it again when the nodes have taken some of them, or raise MaxQueuedMessages',
  });
  expect(central.store.contents().outbox.length).toBe(8);
  expect(submit(w, central, pings(2))).toMatchObject({ type: 'accepted' });
  expect(submit(w, central, pings(11))).toMatchObject({ hint: 'send fewer at once, or raise MaxQueuedMessages' });
});

test('intake - bytes are those of messages and data, for a node and in all', () => {
  const body = Buffer.alloc(1_000);
  const large = (to: string): Draft => {
    const made = draft(to, 'fileAppend');
    return { message: { ...made.message, bodySize: body.length }, body };
  };
  const { w, central } = world({ queuedBytesPerNode: 3_000, queuedBytes: 5_000 });
  expect(submit(w, central, [large('ship1'), large('ship1')])).toMatchObject({ type: 'accepted' });
  expect(submit(w, central, [large('ship1')])).toMatchObject({
    code: 'queue-full',
    reason: expect.stringMatching(
      /^2,\d{3} bytes wait for ship1, and 1,\d{3} more would pass the limit of 3,000$/,
    ) as string,
  });
  expect(submit(w, central, [large('ship2'), large('ship2')])).toMatchObject({ type: 'accepted' });
  expect(submit(w, central, [large('ship3')])).toMatchObject({
    reason: expect.stringMatching(/^4,\d{3} bytes wait in all, and /) as string,
  });
});

test('intake - what was delivered, refused by the disk or expired makes room, and a restart counts the same', () => {
  const { w, central } = world({ queuedMessages: 4 });
  expect(submit(w, central, pings(4))).toMatchObject({ type: 'accepted' });
  w.crash(central);
  w.start(central);
  w.runUntil(w.now + 100);
  expect(submit(w, central, pings(1))).toMatchObject({ code: 'queue-full' });
  const ship = w.add('ship1');
  w.start(ship);
  w.runUntil(w.now + 120_000);
  central.full = true;
  expect(submit(w, central, pings(4))).toMatchObject({ code: 'store-unavailable' });
  w.freeDisk(central);
  w.runUntil(w.now + 100);
  w.crash(ship);
  w.unlink(central);
  expect(submit(w, central, [draft('ship1', 'ping', { expiresMs: 5_000 }), ...pings(3)])).toMatchObject({
    type: 'accepted',
  });
  expect(submit(w, central, pings(1))).toMatchObject({ code: 'queue-full' });
  w.runUntil(w.now + 10_000);
  expect(submit(w, central, pings(2))).toMatchObject({ code: 'queue-full' });
  expect(submit(w, central, pings(1))).toMatchObject({ type: 'accepted' });
});

test('intake - replies are never refused, and count', () => {
  const { w, central } = world({});
  const ship = w.add('ship1');
  ship.limits = { queuedMessages: 2 };
  w.start(ship);
  w.runUntil(w.now + 1_000);
  submit(w, central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
  w.submit(ship, [draft('ship9', 'ping'), draft('ship9', 'ping')]);
  w.runUntil(w.now + 60_000);
  expect(central.store.contents().outbox.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  w.unlink(ship);
  w.crash(central);
  expect(submit(w, ship, pings(1, 'ship9'))).toMatchObject({ code: 'queue-full' });
});

test('intake - what goes again to a node that lost its store counts again', () => {
  const { w, central } = world({ queuedMessages: 3 });
  const ship = w.add('ship1');
  w.start(ship);
  w.runUntil(w.now + 1_000);
  // It never ends, so that it is delivered and has no outcome.
  w.faults = { ...w.faults, methodMs: 1e9 };
  submit(
    w,
    central,
    Array.from({ length: 3 }, () => draft('ship1', 'cliCommand', { rerun: 'always' })),
  );
  w.runUntil(w.now + 5_000);
  expect(submit(w, central, pings(3, 'ship2'))).toMatchObject({ type: 'accepted' });
  w.replaceStore(ship, new (ship.store.constructor as new () => SimulatedNode['store'])());
  w.start(ship);
  w.runUntil(w.now + 2_000);
  const load = central.store.contents().outbox.filter(({ open }) => open).length;
  expect(central.flow?.waiting().outbox.total.messages).toBe(load);
});
