// No input that a message can bring ends or blocks a node: every method with whatever a frame can hold, processes and servers drawn, files real.
// STEWARD_TEST_SEED repeats a run; its timing is not in it.
import { readdirSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { methodNames } from '../../src/model/method-name.ts';
import { anyMessage } from '../support/any-message.ts';
import { AnyWorld } from '../support/any-world.ts';
import { waitFor } from '../support/wait-for.ts';

const seed = Number(process.env['STEWARD_TEST_SEED'] ?? Date.now() % 1_000_000);
const cases = 50_000;
const batchSize = 100;
/** Batches between two looks at what lies beside, and a data folder that is new. */
const lookEvery = 20;

test(`any arguments - ${cases} messages of every method each have one result, and nothing else happens (STEWARD_TEST_SEED=${seed})`, async () => {
  const world = new AnyWorld(seededRandom(seed));
  const handles = (): number => readdirSync('/proc/self/fd').length;
  try {
    await world.furnish();
    const before = handles();
    const batch = fc.record({
      focus: fc.option(fc.constantFrom(...methodNames), { nil: undefined }),
      seed: fc.nat(2 ** 31),
    });
    // One stream of values, drawn once: to make a failure smaller would take as long again for each step.
    const draws = fc.sample(batch, { seed, numRuns: (4 * cases) / batchSize });
    for (const [index, drawn] of draws.entries()) {
      if (world.seen.run >= cases) break;
      const messages = fc.sample(anyMessage(drawn.focus), { seed: drawn.seed, numRuns: batchSize });
      await world.play(messages, seededRandom(drawn.seed));
      if (index % lookEvery > 0) continue;
      world.checkBeside();
      await world.furnish();
    }
    world.checkBeside();
    await waitFor('all files to be closed', () => handles() <= before, { seen: handles });
    expect(world.seen.run).toBeGreaterThanOrEqual(cases);
    expect(world.seen.refused).toBeGreaterThan(cases / 50);
  } finally {
    await world.close();
  }
}, 300_000);
