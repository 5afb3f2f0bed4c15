// A disk that is full for a while.
import type { SmallDisk } from '../lab/small-disk.ts';
import type { Stage } from '../scene.ts';
import { between, type Agitator } from './agitator.ts';

export interface FillOptions {
  readonly name: string;
  readonly disk: SmallDisk;
  readonly everyMs: readonly [number, number];
  readonly forMs: readonly [number, number];
}

export function fillDisk(stage: Stage, { name, disk, everyMs, forMs }: FillOptions): Agitator {
  const random = stage.random(`disk ${name}`);
  return async () => {
    while (!stage.over()) {
      await stage.pause(between(random, ...everyMs));
      if (stage.over()) return;
      disk.fill();
      stage.tally.add('full disk');
      await stage.pause(between(random, ...forMs));
      disk.free();
    }
  };
}
