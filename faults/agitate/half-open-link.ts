// A direction that falls silent while both ends believe in the connection.
import type { FaultyLink } from '../lab/faulty-link.ts';
import type { Stage } from '../scene.ts';
import { between, pick, type Agitator } from './agitator.ts';

export interface HalfOpenOptions {
  readonly link: FaultyLink;
  readonly everyMs: readonly [number, number];
  readonly forMs: readonly [number, number];
}

export function halfOpenLink(stage: Stage, { link, everyMs, forMs }: HalfOpenOptions): Agitator {
  const random = stage.random(`half-open ${link.name}`);
  return async () => {
    while (!stage.over()) {
      await stage.pause(between(random, ...everyMs));
      if (stage.over()) return;
      if (link.connections() === 0) continue;
      const direction = pick(random, ['up', 'down'] as const);
      const swallow = random.next() < 0.5;
      if (swallow) link.goDeaf(direction);
      else link.hold(direction);
      stage.tally.add('half-open');
      await stage.pause(between(random, ...forMs));
      if (swallow) link.cut();
      else link.release();
    }
  };
}
