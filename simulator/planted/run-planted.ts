// Runs every planted bug until a seed catches it: the proof that the checker can fail.
import { rm } from 'node:fs/promises';
import type { Violation } from '../check/judge.ts';
import { runPool } from '../pool.ts';
import type { PlantedBug } from './bugs.ts';
import { buildPlanted } from './build-planted.ts';

/** No bug may need more. */
export const mostPlantedSeeds = 1_000;

export interface Catch {
  readonly name: string;
  /** Seeds until it was caught; null: it was not. */
  readonly seeds: number | null;
  readonly caughtBy: string | null;
  readonly text: string | null;
}

export async function runPlanted(
  bug: PlantedBug,
  how: { readonly root: string; readonly threads: number; readonly firstSeed: number },
): Promise<Catch> {
  const worker = await buildPlanted(how.root, bug);
  let caught: { seed: number; violation: Violation } | undefined;
  try {
    await runPool({
      worker,
      threads: how.threads,
      firstSeed: how.firstSeed,
      seeds: mostPlantedSeeds,
      only: bug.only,
      // Seeds are handed out in order: the first that is caught is the lowest that can be, once those before it are done.
      onResult: ({ seed, violations: [violation] }) => {
        if (violation !== undefined && (caught === undefined || seed < caught.seed)) caught = { seed, violation };
        return caught === undefined;
      },
    });
  } finally {
    await rm(worker, { force: true });
  }
  if (caught === undefined) return { name: bug.name, seeds: null, caughtBy: null, text: null };
  const { seed, violation } = caught;
  return {
    name: bug.name,
    seeds: seed - how.firstSeed + 1,
    caughtBy: violation.invariant,
    text: violation.text,
  };
}
