import { expect, test } from 'vitest';
import { draft, SimulatedWorld, type SimulatedNode } from '../../support/simulated-world.ts';

const quiet = { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 };

function two(): { readonly w: SimulatedWorld; readonly central: SimulatedNode; readonly ship: SimulatedNode } {
  const w = new SimulatedWorld(1, quiet);
  const central = w.add('central');
  const ship = w.add('ship1');
  w.start(central);
  w.start(ship);
  w.runUntil(500);
  w.submit(central, [draft('ship1', 'ping')]);
  w.runUntil(3000);
  return { w, central, ship };
}

function states(node: SimulatedNode): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const record of node.store.contents().outbox) {
    if (!record.isReply) counts[record.state] = (counts[record.state] ?? 0) + 1;
  }
  return counts;
}

test('presence - a node that comes back without a hello, after nothing was left to ask it for, still gets what is sent later', () => {
  const { w, central, ship } = two();
  ship.linked = false;
  w.submit(central, [draft('ship1', 'ping', { ackTimeoutMs: 0 })]);
  w.runUntil(w.now + 120_000);
  ship.linked = true;
  w.submit(central, [draft('ship1', 'ping')]);
  w.runUntil(w.now + 180_000);
  expect(states(central)).toEqual({ succeeded: 2, sent: 1 });
});

test.each(['receiver', 'own link'] as const)(
  'send once - a backlog is not called sent when the %s has gone in the midst of it',
  (who) => {
    const { w, central, ship } = two();
    w.submit(
      central,
      Array.from({ length: 2000 }, () => draft('ship1', 'ping', { ackTimeoutMs: 0 })),
    );
    for (let ms = 0; ms < 400 && (states(central)['sent'] ?? 0) < 100; ms += 1) w.runUntil(w.now + 1);
    w.unlink(who === 'receiver' ? ship : central);
    w.runUntil(w.now + 60_000);
    const ran = w.runs.filter((run) => run.node === 'ship1').length - 1;
    expect((states(central)['sent'] ?? 0) - ran).toBeLessThanOrEqual(128);
    expect(states(central)['queued']).toBeGreaterThan(1500);
  },
);

test('deadline - a large body that expires on its way lets go what stands behind it', () => {
  for (const seed of [1, 2, 3]) {
    const w = new SimulatedWorld(seed, { ...quiet, delayMs: 300 });
    const central = w.add('central');
    const ship = w.add('ship1');
    w.start(central);
    w.start(ship);
    w.runUntil(2000);
    w.submit(central, [draft('ship1', 'fileAppend')]);
    w.runUntil(12_000);
    const body = Buffer.alloc(40 * 48 * 1024, 97);
    const large = draft('ship1', 'fileAppend', { bodySize: body.length, ackTimeoutMs: 1000, retries: 0 });
    w.submit(central, [{ ...large, body }, draft('ship1', 'fileAppend')]);
    w.runUntil(w.now + 3_600_000);
    expect(states(central)['queued'] ?? 0, `seed ${seed}`).toBe(0);
  }
});
