// Builds the simulator's worker over a source with one planted bug. The checkout itself stays as it is.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { applyBug } from './apply-bug.ts';
import type { PlantedBug } from './bugs.ts';

/** Answers the path of the worker. `root`: the checkout. */
export async function buildPlanted(root: string, bug: PlantedBug): Promise<string> {
  const outfile = join(root, '.cache', 'simulator', `planted-${bug.name}.mjs`);
  const target = join(root, bug.file);
  const plant: Plugin = {
    name: 'plant',
    setup(setup) {
      setup.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== target) return undefined;
        return { contents: applyBug(bug, await readFile(path, 'utf8')), loader: 'ts' };
      });
    },
  };
  await build({
    absWorkingDir: root,
    entryPoints: ['simulator/worker.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    plugins: [plant],
    logLevel: 'error',
  });
  return outfile;
}
