// Errors on their way: the message, the rows at central, the lines in the file; each once, whatever breaks.
import { describe, expect, test } from 'vitest';
import { packErrors, type TravellingError } from '../../../src/model/error-batch.ts';
import type { StoreOp } from '../../../src/model/store-op.ts';
import { SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';

const calm: Faults = { loss: 0, duplicate: 0, delayMs: 1, methodMs: 5 };
const rough: Faults = { loss: 0.1, duplicate: 0.1, delayMs: 300, methodMs: 200, retry: 0.1 };
const oneSeed = process.env['STEWARD_TEST_SEED'];
const seeds = oneSeed === undefined ? Array.from({ length: 30 }, (_none, index) => index + 1) : [Number(oneSeed)];

function errorOf(kind: string, count: number): TravellingError {
  return {
    kind,
    code: 'link-down',
    lane: null,
    id: null,
    text: `it is ${kind}`,
    hint: null,
    count,
    firstAt: 5,
    lastAt: 9,
  };
}

/** As the kernel does it: the counts of the store, and the message, in one commit. */
function tell(w: SimulatedWorld, node: SimulatedNode, error: TravellingError): unknown[] {
  const answers: unknown[] = [];
  const ops: StoreOp[] = [{ op: 'error-add', record: { ...error, node: node.name, untold: 0 } }];
  w.step(node, { type: 'errors', body: packErrors([error]), ops, answer: (answer) => answers.push(answer) });
  return answers;
}

const countsOf = (node: SimulatedNode, of: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    node.store
      .errors()
      .filter(({ node: name }) => name === of)
      .map(({ kind, count }) => [kind, count]),
  );

/** How often each kind stands in the file. */
function linesOf(central: SimulatedNode): Readonly<Record<string, number>> {
  const lines: Record<string, number> = {};
  for (const [, kind = ''] of (central.files.get('error.log') ?? '').matchAll(/"k":"(.*?)"/g))
    lines[kind] = (lines[kind] ?? 0) + 1;
  return lines;
}

describe('errors', { timeout: 60_000 }, () => {
  test('errors - those of a ship go to central as a message, and are rows and lines there', () => {
    const w = new SimulatedWorld(1, calm);
    const [central, ship] = [w.add('central'), w.add('ship1')];
    w.start(central);
    w.start(ship);
    w.runUntil(100);
    const answers = tell(w, ship, errorOf('a', 3));
    w.runUntil(1_000);
    const [message] = ship.store.contents().outbox;
    expect(answers).toEqual([{ id: message?.id }]);
    expect(message).toMatchObject({ to: 'central', lane: 'errorLog', state: 'succeeded' });
    expect(countsOf(ship, 'ship1')).toEqual({ a: 3 });
    expect(countsOf(central, 'ship1')).toEqual({ a: 3 });
    expect(linesOf(central)).toEqual({ a: 1 });
  });

  test('errors - those of central leave no message and wait for no link', () => {
    const w = new SimulatedWorld(1, calm);
    const central = w.add('central');
    w.start(central);
    w.runUntil(100);
    w.unlink(central);
    const published: string[] = [];
    w.tap = (subject) => published.push(subject);
    const answers = [tell(w, central, errorOf('a', 3)), tell(w, central, errorOf('b', 1))];
    w.runUntil(1_000);
    expect(answers).toEqual([[{ id: undefined }], [{ id: undefined }]]);
    expect(central.store.contents().outbox).toEqual([]);
    expect(central.store.contents().inbox.map(({ state, from }) => [state, from])).toEqual([
      ['ended', 'central'],
      ['ended', 'central'],
    ]);
    expect(countsOf(central, 'central')).toEqual({ a: 3, b: 1 });
    expect(linesOf(central)).toEqual({ a: 1, b: 1 });
    w.link(central);
    w.runUntil(60_000);
    expect(published.filter((subject) => subject.includes('errorLog'))).toEqual([]);
  });

  test('errors - a node that stops, or cannot write, refuses them, and nothing of them is kept', () => {
    for (const name of ['central', 'ship1']) {
      const w = new SimulatedWorld(1, calm);
      const node = w.add(name);
      w.start(node);
      w.runUntil(100);
      w.step(node, { type: 'store-stalled', reason: 'disk full' });
      expect(tell(w, node, errorOf('a', 1))).toEqual(['refused']);
      w.step(node, { type: 'store-ready' });
      w.step(node, { type: 'stop' });
      expect(tell(w, node, errorOf('b', 1))).toEqual(['refused']);
      w.runUntil(1_000);
      expect(node.store.errors()).toEqual([]);
    }
  });

  test('errors - a body that is no list of errors harms nothing, and makes no row', () => {
    const w = new SimulatedWorld(1, calm);
    const [central, ship] = [w.add('central'), w.add('ship1')];
    w.start(central);
    w.start(ship);
    w.runUntil(100);
    w.step(ship, { type: 'errors', body: Buffer.from('[{"k":1}]'), ops: [], answer: () => undefined });
    tell(w, ship, errorOf('a', 1));
    w.runUntil(1_000);
    expect(countsOf(central, 'ship1')).toEqual({ a: 1 });
  });

  test('errors - two hundred ships at once: each is told once, with few frames', () => {
    const w = new SimulatedWorld(1, calm);
    const central = w.add('central');
    const ships = Array.from({ length: 200 }, (_none, index) => w.add(`ship${index}`));
    w.start(central);
    for (const ship of ships) w.start(ship);
    w.runUntil(60_000);
    let frames = 0;
    w.tap = () => (frames += 1);
    for (const ship of ships) tell(w, ship, errorOf(`of-${ship.name}`, 10_000));
    w.runUntil(120_000);
    const told = central.store.errors();
    expect(told).toHaveLength(ships.length);
    expect(told.every(({ count }) => count === 10_000)).toBe(true);
    expect(Object.values(linesOf(central))).toEqual(ships.map(() => 1));
    // Of each: a question and its answer in either direction, the message, its ACK, the word how it ended, and its ACK;
    // some ask again, since central writes one after the other here.
    expect(frames / ships.length).toBeLessThanOrEqual(12);
  });

  test('errors - each is told once, whatever is lost, doubled, killed or full', () => {
    for (const seed of seeds) {
      const w = new SimulatedWorld(seed, rough);
      const [central, ship] = [w.add('central'), w.add('ship1')];
      w.start(central);
      w.start(ship);
      for (let number = 0; number < 80; number += 1) {
        w.runUntil(w.now + w.random.next() * 1500);
        const node = w.random.next() < 0.4 ? central : ship;
        if (node.flow !== undefined) tell(w, node, errorOf(`${node.name}-${number}`, 1 + (number % 5)));
        w.runUntil(w.now + w.random.next() * 5);
        const victim = w.random.next() < 0.5 ? central : ship;
        if (w.random.next() > 0.4) continue;
        if (victim.flow === undefined) w.start(victim);
        else w.crash(victim);
      }
      w.faults = calm;
      for (const node of [central, ship]) if (node.flow === undefined) w.start(node);
      w.runUntil(w.now + 600_000);
      const own = countsOf(central, 'central');
      const told = countsOf(ship, 'ship1');
      expect(Object.keys(own).length, `seed ${seed}`).toBeGreaterThan(5);
      expect(Object.keys(told).length, `seed ${seed}`).toBeGreaterThan(5);
      expect(countsOf(central, 'ship1'), `seed ${seed}`).toEqual(told);
      const once = Object.fromEntries(Object.keys({ ...own, ...told }).map((kind) => [kind, 1]));
      expect(linesOf(central), `seed ${seed}`).toEqual(once);
    }
  });
});
