import { describe, expect, test } from 'vitest';
import { runSeed } from '../../../simulator/run-seed.ts';
import { packetFaults } from '../../../simulator/faults.ts';
import { addResult, crashesOf, newFigures, packetFaultsOf } from '../../../simulator/report/figures.ts';

/** Seeds that once showed a bug (docs/reliability.md), and the first ones. */
const fixedSeeds = [
  364, 1006, 1141, 1178, 1470, 1664, 1679, 39272851, 502318, 5396, 913, 171176, 353, 2131, 129224465, 65469122,
  143221041, 169617612, 1, 2, 3, 4, 5, 6,
];

describe('simulator', { timeout: 120_000 }, () => {
  test('seeds - the fixed ones violate nothing, and together lose, kill and cut', () => {
    const figures = newFigures();
    for (const seed of fixedSeeds) {
      const result = runSeed({ seed });
      addResult(figures, result);
      const { violations } = result;
      expect(violations, `seed ${seed}`).toEqual([]);
    }
    expect(figures.messages).toBeGreaterThan(500);
    expect(crashesOf(figures)).toBeGreaterThan(50);
    expect(packetFaultsOf(figures)).toBeGreaterThan(500);
  });

  test.each([777518, 777679, 777759, 777833, 779006])('seeds - output comes in parts, seed %i', (seed) => {
    const lines: string[] = [];
    const { violations } = runSeed({ seed, tell: (line) => void lines.push(line) });
    expect(violations).toEqual([]);
    expect(lines.filter((line) => line.includes('<cliCommandCont') && line.includes('"p":2}')).length).toBeGreaterThan(
      0,
    );
  });

  test('seeds - the same one has the same history, also when it is told; another has another', () => {
    const lines: string[] = [];
    const first = runSeed({ seed: 31 });
    const again = runSeed({ seed: 31, tell: (line) => void lines.push(line) });
    expect(again).toEqual(first);
    expect(lines.length).toBeGreaterThan(100);
    expect(runSeed({ seed: 32 }).hash).not.toBe(first.hash);
  });

  test('seeds - with only one kind of fault no other is injected, and the number of nodes can be fixed', () => {
    const { tally, nodes } = runSeed({ seed: 5, nodes: 3, only: ['loss'] });
    expect(nodes).toBe(3);
    expect(tally.loss).toBeGreaterThan(0);
    expect(packetFaults.filter((kind) => kind !== 'loss' && tally[kind] > 0)).toEqual([]);
    expect(tally.crash).toBe(0);
  });

  test('seeds - a world may have two hundred nodes', () => {
    const result = runSeed({ seed: 6, nodes: 200, only: ['loss', 'crash'] });
    expect(result.nodes).toBe(200);
    expect(result.violations).toEqual([]);
  });
});
