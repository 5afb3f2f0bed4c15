// An agitator injects one kind of fault at random moments until its scene is over, and leaves everything mended.
import type { Random } from '../../src/base/random.ts';

export type Agitator = () => Promise<void>;

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random.next() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

export function between(random: Random, least: number, most: number): number {
  return least + random.next() * (most - least);
}
