import { expect, test } from 'vitest';
import { applyBug } from '../../../simulator/planted/apply-bug.ts';
import { plantedBugs } from '../../../simulator/planted/bugs.ts';
import { readText } from '../rules/tree.ts';

test('planted bugs - there are at least twenty, each with a name and a text of its own', () => {
  expect(plantedBugs.length).toBeGreaterThanOrEqual(20);
  expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
  expect(plantedBugs.filter(({ name }) => !/^[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
});

test.each(plantedBugs.map((bug) => [bug.name, bug] as const))(
  'planted bugs - %s still fits the source, exactly once',
  (_name, bug) => {
    const source = readText(bug.file);
    expect(applyBug(bug, source)).not.toBe(source);
  },
);

test('planted bugs - one whose text has gone, or stands there twice, is refused', () => {
  const bug = { name: 'a', about: '', file: 'src/a.ts', find: 'x', put: 'y' };
  expect(applyBug(bug, 'axb')).toBe('ayb');
  expect(() => applyBug(bug, 'ab')).toThrow('stands 0 times in src/a.ts');
  expect(() => applyBug(bug, 'axbx')).toThrow('stands 2 times');
});
