// What is lost is sent again, also while other lanes go on to be answered.
import { expect, test } from 'vitest';
import { requests } from '../../support/simulated-history.ts';
import { draft } from '../../support/simulated-methods.ts';
import { SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';

const calm = { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 };

function started(seed: number, faults: Faults): { w: SimulatedWorld; central: SimulatedNode; ship: SimulatedNode } {
  const w = new SimulatedWorld(seed, faults);
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(100);
  w.submit(central, [draft('ship1', 'ping')]);
  w.runUntil(1_000);
  return { w, central, ship };
}

/** One frame of the subject gets lost: the first, or one that comes later. */
function loseOne(w: SimulatedWorld, part: string, after = 0): void {
  let seen = 0;
  w.tap = (subject) => {
    if (!subject.includes(part)) return;
    seen += 1;
    if (seen <= after) return;
    w.tap = undefined;
    w.faults = { ...calm, loss: 1 };
    w.at(0, () => (w.faults = calm));
  };
}

function keepBusy(w: SimulatedWorld, from: SimulatedNode, everyMs: number): void {
  w.submit(from, [draft('ship1', 'cliCommand')]);
  if (w.now < 60_000) w.at(everyMs, () => keepBusy(w, from, everyMs));
}

function statesIn(node: SimulatedNode, lane: string): readonly string[] {
  return requests(node)
    .filter((record) => record.lane === lane)
    .map((record) => record.state);
}

test.each([1, 2, 3])('overtaken - a lost batch does not wait for another lane to fall silent (seed %i)', (seed) => {
  const { w, central } = started(seed, calm);
  keepBusy(w, central, 200);
  w.runUntil(w.now + 2_000);
  loseOne(w, 'steward.ship1.ping.');
  w.submit(central, [draft('ship1', 'ping')]);
  w.runUntil(w.now + 1_000);
  expect(w.tap).toBeUndefined();
  expect(statesIn(central, 'ping')).toEqual(['succeeded', 'succeeded']);
});

test.each([1, 2, 3])('overtaken - nor does a lost piece of a large body (seed %i)', (seed) => {
  const { w, central } = started(seed, calm);
  keepBusy(w, central, 200);
  const body = Buffer.alloc(2_000_000, 'steward ');
  loseOne(w, 'steward.ship1.fileAppend.', 20);
  w.submit(central, [{ ...draft('ship1', 'fileAppend', { bodySize: body.length }), body }]);
  w.runUntil(w.now + 5_000);
  expect(w.tap).toBeUndefined();
  expect(statesIn(central, 'fileAppend')).toEqual(['succeeded']);
});

test('overtaken - where nothing is lost, nothing goes twice', () => {
  const { w, central } = started(1, { ...calm, delayMs: 0 });
  let pings = 0;
  w.tap = (subject) => {
    if (subject.startsWith('steward.ship1.ping.')) pings += 1;
  };
  keepBusy(w, central, 20);
  for (let count = 0; count < 100; count += 1) {
    w.submit(central, [draft('ship1', 'ping')]);
    w.runUntil(w.now + 50);
  }
  expect(pings).toBe(100);
});
