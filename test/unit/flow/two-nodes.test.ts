import { describe, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { checkHistory, requests } from '../../support/simulated-history.ts';
import { draft } from '../../support/simulated-methods.ts';
import { SimulatedWorld, type Faults, type SimulatedNode } from '../../support/simulated-world.ts';

const calm: Faults = { loss: 0, duplicate: 0, delayMs: 1, methodMs: 5 };
const rough: Faults = { loss: 0.1, duplicate: 0.1, delayMs: 300, methodMs: 200 };

function world(seed: number, faults: Faults): { world: SimulatedWorld; central: SimulatedNode; ship: SimulatedNode } {
  const made = new SimulatedWorld(seed, faults);
  return { world: made, central: made.add('central'), ship: made.add('ship1') };
}

describe('two nodes', { timeout: 120_000 }, () => {
  test('two nodes - a command reaches a node that is up, runs once, and its answer lands in a file', () => {
    const { world: w, central, ship } = world(1, calm);
    w.start(central);
    w.start(ship);
    w.runUntil(100);
    w.submit(central, [draft('ship1', 'cliCommand')]);
    w.runUntil(200);
    expect(requests(central).map((record) => [record.state, record.replyState])).toEqual([['succeeded', 'handled']]);
    expect(central.files.get('ship1/answers')).toBe(`${w.accepted[0]?.id}\n`);
    expect(w.warnings).toEqual([]);
  });

  test('two nodes - a command waits for a node that is away and runs within a moment of its coming', () => {
    const { world: w, central, ship } = world(2, calm);
    w.start(central);
    w.runUntil(50);
    w.submit(central, [draft('ship1', 'cliCommand'), draft('ship1', 'cliCommand')]);
    w.runUntil(30_123);
    w.crash(central);
    w.runUntil(30_200);
    w.start(central);
    w.runUntil(100_456);
    const cameAt = w.now;
    w.start(ship);
    w.runUntil(cameAt + 200);
    expect(requests(central).map((record) => record.state)).toEqual(['succeeded', 'succeeded']);
    expect(w.runs.filter((run) => run.node === 'ship1').map((run) => run.id)).toEqual(
      w.accepted.map((sent) => sent.id),
    );
    expect((w.runs[0]?.at ?? Infinity) - cameAt).toBeLessThan(30);
  });

  test('two nodes - what expires before it leaves never runs, and says so', () => {
    const { world: w, central, ship } = world(3, calm);
    w.start(central);
    w.runUntil(50);
    w.submit(central, [draft('ship1', 'cliCommand', { ackTimeoutMs: 5000, retries: 3 })]);
    w.runUntil(19_000);
    expect(requests(central)[0]?.state).toBe('queued');
    w.runUntil(21_000);
    expect(requests(central)[0]).toMatchObject({
      state: 'expired',
      reason: 'max retries reached, check if node ship1 is up and running',
    });
    w.start(ship);
    w.runUntil(30_000);
    expect(w.runs).toEqual([]);
  });

  test('two nodes - the same seed gives the same history', () => {
    const hash = (seed: number): string => {
      const w = storm(seed);
      return createHash('sha256').update(w.history.join('\n')).digest('hex');
    };
    expect(hash(7)).toBe(hash(7));
    expect(hash(7)).not.toBe(hash(8));
  });

  const seeds = Number(process.env['STEWARD_TEST_SEEDS'] ?? 40);
  test(`two nodes - through crashes, loss and duplicates nothing is lost, doubled or out of order (${seeds} seeds)`, () => {
    for (let seed = 1; seed <= seeds; seed += 1) checkHistory(`seed ${seed}`, storm(seed));
  });
});

/** Thirty messages, with crashes and cut links in between; then quiet, until everything has come to rest. */
function storm(seed: number): SimulatedWorld {
  const { world: w, central, ship } = world(seed, rough);
  w.start(central);
  w.start(ship);
  for (let round = 0; round < 15; round += 1) {
    const sender = w.random.next() < 0.8 ? central : ship;
    const to = sender === central ? 'ship1' : 'central';
    const method = w.random.next() < 0.6 ? ('cliCommand' as const) : ('ping' as const);
    const unordered = w.random.next() < 0.2;
    const expires = w.random.next() < 0.15 ? { ackTimeoutMs: 500, retries: Math.floor(w.random.next() * 4) } : {};
    w.submit(sender, [draft(to, method, { unordered, ...expires }), draft(to, method, { unordered })]);
    w.runUntil(w.now + w.random.next() * 800);
    const victim = w.random.next() < 0.5 ? central : ship;
    const fate = w.random.next();
    if (fate < 0.5) {
      w.crash(victim);
      w.at(w.random.next() * 2000, () => w.start(victim));
    } else if (fate < 0.75 && victim.flow !== undefined) {
      w.unlink(victim);
      const { life } = victim;
      w.at(w.random.next() * 2000, () => victim.life === life && w.link(victim));
    }
    w.runUntil(w.now + w.random.next() * 3000);
  }
  w.runUntil(w.now + 3000);
  for (const node of [central, ship]) if (node.flow === undefined) w.start(node);
  w.runUntil(w.now + 1_200_000);
  return w;
}
