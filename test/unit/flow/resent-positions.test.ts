import { expect, test } from 'vitest';
import { plainDraft } from '../../../simulator/plan/draw-drafts.ts';
import { World } from '../../../simulator/world/world.ts';
import type { Witness } from '../../../simulator/world/witness.ts';
import { digestSeals } from '../../../src/security/seal.ts';
import { readBatch } from '../../../src/wire/batch.ts';
import { decodeFrame } from '../../../src/wire/frame.ts';

/** Where each message left, by id, and batches that held nothing. */
function watch(world: World): { readonly left: Map<string, Set<number>>; empty: number } {
  const seen = { left: new Map<string, Set<number>>(), empty: 0 };
  const nothing = (): void => undefined;
  const witness: Witness = {
    answered: nothing,
    willCommit: nothing,
    didCommit: nothing,
    ran: nothing,
    took: nothing,
    ended: nothing,
    died: nothing,
    exchanged: nothing,
    threw: (_machine, error) => {
      throw error;
    },
    published(_machine, _subject, bytes) {
      const frame = decodeFrame(bytes, digestSeals);
      if (frame.type !== 'batch') return;
      const { first, items } = readBatch(frame.head, frame.tail);
      if (items.length === 0) seen.empty += 1;
      items.forEach(({ id }, index) => {
        const known = seen.left.get(id) ?? new Set<number>();
        seen.left.set(id, known.add(first + index));
      });
    },
  };
  world.witness = witness;
  return seen;
}

// Found by the simulator (docs/reliability.md). The answer of another lane makes the receiver present, so that this lane goes again
// behind a commit; its own answer comes before that commit is done.
test('publish - a message leaves at its own position only, also when its lane is answered while it is about to go again', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const world = new World({ seed });
    const seen = watch(world);
    const central = world.add('central');
    world.add('ship1').start();
    central.start();
    world.runUntil(500);
    central.submit([
      plainDraft('ship1', 'ping', { reply: { ...plainDraft('ship1', 'ping').message, args: [], method: 'none' } }),
    ]);
    world.runUntil(1_000);
    world.network.latency = { least: 5_000, more: 0 };
    central.submit([plainDraft('ship1', 'ping')]);
    world.runUntil(1_100);
    central.submit([plainDraft('ship1', 'cliCommand')]);
    world.runUntil(4_000);
    central.submit([plainDraft('ship1', 'cliCommand')]);
    central.disk.slowestMs = 1_000;
    world.runUntil(60_000);
    expect(seen.left.size, `seed ${seed}`).toBeGreaterThanOrEqual(4);
    expect(
      [...seen.left.values()].filter((positions) => positions.size > 1),
      `seed ${seed}`,
    ).toEqual([]);
    expect(seen.empty, `seed ${seed}: batches that hold nothing`).toBe(0);
  }
});
