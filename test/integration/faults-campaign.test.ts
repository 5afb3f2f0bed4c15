// The fault campaign in a short form: each scene for some seconds. `npm run faults` plays them for minutes, and asserts how much they did.
// STEWARD_TEST_SEED repeats the choices of a run.
import { expect, test } from 'vitest';
import { runScene } from '../../faults/run-scene.ts';
import { scenes } from '../../faults/scenes.ts';
import { faultKinds } from '../../faults/tally.ts';

const seed = Number(process.env['STEWARD_TEST_SEED'] ?? Date.now() % 1_000_000);
/** Kills of nodes and of the broker are those of campaign-kill; the slow links take minutes to show anything. */
const short = ['stop', 'cut', 'half-open', 'cluster', 'leaf', 'power-cut', 'full-disk', 'damage'];

test.each(short)(
  `faults - a short %s loses nothing and doubles nothing (STEWARD_TEST_SEED=${seed})`,
  async (name) => {
    const scene = scenes.find((one) => one.name === name);
    if (scene === undefined) throw new Error(`there is no scene ${name}`);
    const shown = await runScene({
      scene,
      seed,
      scale: 1 / 20,
      short: true,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onLab: () => undefined,
    });
    // Where no image can be mounted the scene says so; everything else plays everywhere.
    if (name === 'power-cut' && shown.obstacle !== undefined) return expect(shown.obstacle).toMatch(/needs root/);
    expect({ wrong: shown.wrong, kept: shown.kept }).toEqual({ wrong: [], kept: undefined });
    expect(shown.delivered).toBeGreaterThan(0);
    expect(faultKinds.reduce((count, kind) => count + (shown.faults[kind] ?? 0), 0)).toBeGreaterThan(0);
  },
  120_000,
);
