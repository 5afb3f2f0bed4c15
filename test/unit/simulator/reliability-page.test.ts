import { expect, test } from 'vitest';
import { fillRun, type RecordedRun } from '../../../faults/print/record.ts';
import { totalOf } from '../../../faults/print/table.ts';
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
  expect(figures.seeds).toBeGreaterThanOrEqual(10_000);
  expect(figures.messages).toBeGreaterThanOrEqual(500_000);
  expect(crashesOf(figures)).toBeGreaterThanOrEqual(50_000);
  expect(packetFaultsOf(figures)).toBeGreaterThanOrEqual(500_000);
  expect(figures.nodes / figures.seeds).toBeGreaterThan(4.5);
});

test('reliability page - its run of real faults is the recorded one, did what it promises, and lost nothing (npm run faults -- --record)', () => {
  const run = JSON.parse(readText('faults/print/recorded.json')) as RecordedRun;
  expect(page).toBe(fillRun(page, run));
  const { delivered, faults, wrong } = totalOf(run.performances);
  expect(wrong).toEqual([]);
  expect(delivered).toBeGreaterThanOrEqual(20_000);
  expect(faults.kill).toBeGreaterThanOrEqual(300);
  expect(faults.stop).toBeGreaterThanOrEqual(100);
  expect(faults.cut).toBeGreaterThanOrEqual(200);
  expect(faults.broker).toBeGreaterThanOrEqual(20);
});
