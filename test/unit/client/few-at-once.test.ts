import { expect, test } from 'vitest';
import { fewAtOnce } from '../../../src/client/few-at-once.ts';

test('few at once - no more than that are under way, in their order, and one that fails gives its place on', async () => {
  const turn = fewAtOnce(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (number: number): Promise<number> =>
    turn(async () => {
      begun.push(number);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (number === 0) throw new Error('failed');
      return number;
    });
  const all = Promise.allSettled([0, 1, 2, 3].map(work));
  expect(begun).toEqual([0, 1]);
  ends[0]?.();
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  ends[1]?.();
  await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
  ends[2]?.();
  ends[3]?.();
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
});
