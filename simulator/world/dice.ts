// Choices of a seed. Each part of the world has its own stream, so that one that draws more does not change the others.
import { seededRandom, type Random } from '../../src/base/random.ts';

export class Dice {
  readonly random: Random;

  constructor(seed: number, stream: number) {
    this.random = seededRandom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(stream + 1, 0xc2b2ae35));
  }

  next(): number {
    return this.random.next();
  }

  chance(of: number): boolean {
    return this.random.next() < of;
  }

  between(least: number, most: number): number {
    return least + this.random.next() * (most - least);
  }

  /** Both ends are possible. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.random.next() * (most - least + 1));
  }

  of<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.random.next() * list.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  }

  /** Around the mean, with a long tail: most are shorter, a few are much longer. */
  about(mean: number): number {
    return -Math.log(1 - this.random.next()) * mean;
  }
}
