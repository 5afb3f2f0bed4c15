import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { NearDisk } from '../../../src/methods/files/near-disk.ts';

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('files - of what is done on other disks two are under way, and the disk of the store waits for none of them', async () => {
  const disk = new NearDisk({ storeFolder: '/nowhere', clock: systemClock });
  const begun: string[] = [];
  const finish = new Map<string, () => void>();
  const act = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve) => finish.set(name, resolve));
  };
  const far = ['one', 'two', 'three', 'four'].map((name) => disk.reach(false, act(name)));
  await later();
  expect(begun).toEqual(['one', 'two']);
  await disk.reach(true, () => Promise.resolve(void begun.push('near')));
  expect(begun).toEqual(['one', 'two', 'near']);
  finish.get('one')?.();
  await far[0];
  await later();
  expect(begun).toEqual(['one', 'two', 'near', 'three']);
  // One that fails lets the next one go, too.
  const failing = disk.reach(false, () => Promise.reject(new Error('gone')));
  for (const name of ['two', 'three']) finish.get(name)?.();
  await expect(failing).rejects.toThrow('gone');
  await later();
  finish.get('four')?.();
  await Promise.all(far);
});
