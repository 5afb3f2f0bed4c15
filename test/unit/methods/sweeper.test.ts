import { expect, test } from 'vitest';
import type { OrphanReport } from '../../../src/methods/orphans/end-orphans.ts';
import type { RunTrace } from '../../../src/methods/orphans/find-run-processes.ts';
import { createSweeper } from '../../../src/methods/orphans/sweeper.ts';

test('sweeper - all that ask together share one look, and each is told of its own run', async () => {
  const looks: (readonly string[])[] = [];
  const sweep = createSweeper((runs) => {
    looks.push(runs.map(({ key }) => key));
    const ended = runs.map(({ key }, index) => ({ key, pid: 100 + index, groupId: 100 + index }));
    return Promise.resolve({ ended, left: ended.filter(({ key }) => key === 'b') });
  });
  const reports = await Promise.all(['a', 'b', 'c'].map((key) => sweep({ key })));
  expect(looks).toEqual([['a', 'b', 'c']]);
  expect(reports.map(({ ended }) => ended.map(({ pid }) => pid))).toEqual([[100], [101], [102]]);
  expect(reports.map(({ left }) => left.length)).toEqual([0, 1, 0]);
});

test('sweeper - who asks during a look is served by the next one', async () => {
  const looks: (readonly RunTrace[])[] = [];
  const ends: ((report: OrphanReport) => void)[] = [];
  const sweep = createSweeper((runs) => {
    looks.push(runs);
    return new Promise((resolve) => ends.push(resolve));
  });
  const first = sweep({ key: 'a' });
  await Promise.resolve();
  const later = Promise.all([sweep({ key: 'b' }), sweep({ key: 'c' })]);
  expect(looks).toEqual([[{ key: 'a' }]]);
  ends[0]?.({ ended: [], left: [] });
  await first;
  expect(looks).toEqual([[{ key: 'a' }], [{ key: 'b' }, { key: 'c' }]]);
  ends[1]?.({ ended: [], left: [] });
  await later;
  const again = sweep({ key: 'd' });
  await Promise.resolve();
  ends[2]?.({ ended: [], left: [] });
  expect(await again).toEqual({ ended: [], left: [] });
});
