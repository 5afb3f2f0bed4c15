import { expect, test } from 'vitest';
import { plainDraft } from '../../../simulator/plan/draw-drafts.ts';
import { World } from '../../../simulator/world/world.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { draft, SimulatedWorld } from '../../support/simulated-world.ts';

test.each(['a copy of its store', 'a store of its own'])(
  'doubled - of two nodes with one name, the second with %s, no command runs twice, and the operator is told',
  (kind) => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const w = new SimulatedWorld(seed, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 5 });
      const central = w.add('central');
      const ship = w.add('ship1');
      w.start(central);
      w.start(ship);
      w.runUntil(500);
      w.submit(central, [draft('ship1', 'cliCommand')]);
      w.runUntil(3000);
      const twin = w.addTwin(ship, kind === 'a copy of its store' ? new MemoryStore(ship.store) : new MemoryStore());
      w.start(twin);
      w.runUntil(w.now + 3000);
      for (let round = 0; round < 3; round += 1) {
        w.submit(central, [draft('ship1', 'cliCommand')]);
        w.runUntil(w.now + 5000);
      }
      w.crash(twin);
      w.runUntil(w.now + 180_000);
      for (const { id } of w.accepted) {
        expect(w.runs.filter((run) => run.id === id).length, `seed ${seed}: ${id}`).toBeLessThanOrEqual(1);
      }
      expect(
        w.warnings.some((text) => text.includes('two nodes have one name')),
        `seed ${seed}`,
      ).toBe(true);
    }
  },
);

// Found by the simulator (docs/reliability.md): nothing was sent to the node ever again.
test('doubled - what waits goes on when the pause is over, though a timer fires a moment before the clock says so', () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const world = new World({ seed });
    const warnings: string[] = [];
    world.onWarning = (_machine, text) => void warnings.push(text);
    const central = world.add('central');
    const ship = world.add('ship1');
    central.start();
    ship.start();
    world.runUntil(500);
    central.submit([plainDraft('ship1', 'ping')]);
    world.runUntil(1_000);
    const twin = world.addTwin(ship);
    twin.start();
    world.runUntil(1_300);
    for (let round = 0; round < 40 && warnings.length === 0; round += 1) {
      central.submit([plainDraft('ship1', 'ping')]);
      world.runUntil(world.now + 200);
    }
    expect(warnings, `seed ${seed}`).toContainEqual(expect.stringContaining('two nodes have one name'));
    twin.retire();
    central.submit([plainDraft('ship1', 'ping')]);
    world.runUntil(world.now + 35_000);
    const open = [...central.disk.store.look().outbox.values()].filter((record) => record.open);
    expect(open, `seed ${seed}`).toEqual([]);
  }
});

test('doubled - what runs is not begun beside itself when another node of its name, with a store of its own, was there while its link was gone', () => {
  let sentAgain = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const w = new SimulatedWorld(seed, { loss: 0, duplicate: 0, delayMs: 5, methodMs: 600_000 });
    const central = w.add('central');
    const ship = w.add('ship1');
    w.start(central);
    w.start(ship);
    w.runUntil(500);
    const endless = { unordered: true, rerun: 'always', methodTimeoutMs: -1 } as const;
    w.submit(central, [draft('ship1', 'cliCommand', endless), draft('ship1', 'cliCommand', endless)]);
    w.runUntil(3_000);
    const begun = (): readonly string[] => w.runs.filter(({ node }) => node === 'ship1').map(({ id }) => id);
    const before = begun();
    const twin = w.addTwin(ship, new MemoryStore());
    w.unlink(ship);
    w.start(twin);
    w.runUntil(w.now + 8_000);
    sentAgain += begun().length - before.length;
    w.crash(twin);
    w.link(ship);
    const known = begun().length;
    w.runUntil(w.now + 120_000);
    expect(begun().slice(known), `seed ${seed}`).toEqual([]);
  }
  // Otherwise it shows nothing.
  expect(sentAgain).toBeGreaterThan(0);
});
