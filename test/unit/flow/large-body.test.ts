import { expect, test } from 'vitest';
import { draft } from '../../support/simulated-methods.ts';
import { SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import type { Draft } from '../../../src/model/message.ts';

const body = Buffer.alloc(2_000_000, 'steward ');

function large(to: string): Draft {
  return { ...draft(to, 'fileAppend', { bodySize: body.length }), body };
}

function states(node: SimulatedNode): readonly string[] {
  const records = node.store.contents().outbox.filter((record) => !record.isReply);
  return records.map((record) => record.state);
}

const calm: Faults = { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 };

/** Two nodes, and a body of which some pieces have arrived. */
function onTheWay(seed: number, faults = calm): { w: SimulatedWorld; central: SimulatedNode; ship: SimulatedNode } {
  const w = new SimulatedWorld(seed, faults);
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  w.submit(central, [large('ship1')]);
  const have = (): number => ship.store.query({ query: 'restart' }).transfers[0]?.have ?? 0;
  while (have() < body.length / 4 && w.now < 60_000) w.runUntil(w.now + 1);
  expect(have()).toBeGreaterThan(0);
  return { w, central, ship };
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

test.for(seeds)('large body - arrives whole through loss, duplicates and pieces out of order (seed %i)', (seed) => {
  const { w, central, ship } = onTheWay(seed, { ...calm, loss: 0.05, duplicate: 0.05, delayMs: 30 });
  w.runUntil(w.now + 300_000);
  expect(states(central)).toEqual(['succeeded']);
  expect(ship.files.get('central/answers')?.length).toBe(body.length);
});

test.for(seeds)('large body - goes on when its receiver was killed on the way (seed %i)', (seed) => {
  const { w, central, ship } = onTheWay(seed);
  w.crash(ship);
  w.runUntil(w.now + 50);
  w.start(ship);
  w.runUntil(w.now + 10_000);
  expect(states(central)).toEqual(['succeeded']);
  expect(ship.files.get('central/answers')?.length).toBe(body.length);
});

test.for(seeds)('large body - goes on when its sender was killed on the way (seed %i)', (seed) => {
  const { w, central, ship } = onTheWay(seed);
  w.crash(central);
  w.runUntil(w.now + 50);
  w.start(central);
  w.runUntil(w.now + 10_000);
  expect(states(central)).toEqual(['succeeded']);
  expect(ship.files.get('central/answers')?.length).toBe(body.length);
});

test.for(seeds)('large body - goes on after its pieces were lost (seed %i)', (seed) => {
  const { w, central, ship } = onTheWay(seed);
  w.unlink(ship);
  w.runUntil(w.now + 50);
  w.link(ship);
  w.runUntil(w.now + 20_000);
  expect(states(central)).toEqual(['succeeded']);
  expect(ship.files.get('central/answers')?.length).toBe(body.length);
});

test('large body - larger than its receiver takes is rejected with the limit, and its lane goes on', () => {
  const w = new SimulatedWorld(1, calm);
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  const tooLarge = Buffer.alloc(64 * 1024 * 1024 + 1);
  w.submit(central, [
    { ...draft('ship1', 'fileAppend', { bodySize: tooLarge.length }), body: tooLarge },
    { ...draft('ship1', 'fileAppend', { bodySize: 6 }), body: Buffer.from('after\n') },
  ]);
  w.runUntil(60_000);
  expect(states(central)).toEqual(['rejected', 'succeeded']);
  const [rejected] = central.store.contents().outbox;
  expect(rejected?.reason).toBe('its data is 67108865 bytes, and this node takes at most 67108864');
  expect(ship.files.get('central/answers')).toBe('after\n');
});

test('large body - goes once more, not for ever, to a receiver that has it already, when its sender was put back', () => {
  const w = new SimulatedWorld(1, calm);
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  w.unlink(central);
  w.submit(central, [large('ship1')]);
  w.runUntil(200);
  const copy = new MemoryStore(central.store);
  w.submit(central, [large('ship1')]);
  w.link(central);
  w.runUntil(60_000);
  expect(states(central)).toEqual(['succeeded', 'succeeded']);
  // Behind the first message comes another now than the one that the receiver has there.
  w.replaceStore(central, copy);
  w.start(central);
  w.unlink(central);
  w.runUntil(w.now + 100);
  w.submit(central, [large('ship1')]);
  let bytes = 0;
  w.tap = (_subject, frame) => void (bytes += frame.length);
  w.link(central);
  w.runUntil(w.now + 60_000);
  expect(states(central)).toEqual(['succeeded', 'succeeded']);
  expect(ship.store.contents().inbox.map(({ id }) => id)).toHaveLength(4);
  expect(bytes).toBeLessThan(4 * body.length);
});
