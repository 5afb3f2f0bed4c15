import { expect, test } from 'vitest';
import { faultKinds } from '../../../simulator/faults.ts';
import { plantedBugs } from '../../../simulator/planted/bugs.ts';
import { crashesOf, packetFaultsOf } from '../../../simulator/report/figures.ts';
import { fillPage } from '../../../simulator/report/page.ts';
import type { Recorded } from '../../../simulator/report/record.ts';
import { readText } from '../rules/tree.ts';

const page = readText('docs/reliability.md');
const recorded = JSON.parse(readText('simulator/report/recorded.json')) as Recorded;

test('reliability page - its tables are those of the recorded runs (npm run simulate -- --record)', () => {
  expect(page).toBe(fillPage(page, recorded));
});

test('reliability page - every planted bug was caught within a thousand seeds', () => {
  expect(recorded.catches.map(({ name }) => name).sort()).toEqual(plantedBugs.map(({ name }) => name).sort());
  expect(recorded.catches.filter(({ seeds }) => seeds === null || seeds > 1_000)).toEqual([]);
});

test('reliability page - the recorded seeds had enough of everything, and every kind of fault is in one of a hundred', () => {
  const { figures } = recorded;
  expect(faultKinds.filter((kind) => figures.seedsWith[kind] < figures.seeds / 100)).toEqual([]);
  expect(figures.seeds).toBeGreaterThanOrEqual(1_000);
  // Ten thousand seeds thus hold half a million messages, fifty thousand deaths and half a million faults of single frames.
  expect(figures.messages / figures.seeds).toBeGreaterThanOrEqual(50);
  expect(crashesOf(figures) / figures.seeds).toBeGreaterThanOrEqual(5);
  expect(packetFaultsOf(figures) / figures.seeds).toBeGreaterThanOrEqual(50);
  expect(figures.nodes / figures.seeds).toBeGreaterThan(4.5);
});
