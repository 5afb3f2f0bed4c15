import { expect, test } from 'vitest';
import { Dice } from '../../../simulator/world/dice.ts';
import { FileSystem } from '../../../simulator/world/file-system.ts';

test.each([false, true])('file system - a torn write is mended by writing it again (power cut: %s)', (power) => {
  let torn = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    const dice = new Dice(seed, 0);
    const files = new FileSystem();
    files.write('a', 0, Buffer.from('first\n'));
    files.sync('a');
    files.write('a', 6, Buffer.from('second\n'));
    files.write('a', 13, Buffer.from('third\n'));
    expect(files.tear(dice, power)).toBe(2);
    const left = files.files.get('a')?.toString() ?? '';
    expect(left.startsWith('first\n'), `what was synced stays: ${JSON.stringify(left)}`).toBe(true);
    if (left !== 'first\nsecond\nthird\n') torn += 1;
    files.write('a', 6, Buffer.from('second\n'));
    files.write('a', 13, Buffer.from('third\n'));
    expect(files.files.get('a')?.toString()).toBe('first\nsecond\nthird\n');
  }
  expect(torn).toBeGreaterThan(50);
});
