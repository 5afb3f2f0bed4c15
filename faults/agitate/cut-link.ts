// A link that is cut, and refused for a while.
import type { FaultyLink } from '../lab/faulty-link.ts';
import type { Stage } from '../scene.ts';
import type { FaultKind } from '../tally.ts';
import { between, type Agitator } from './agitator.ts';

export interface CutOptions {
  readonly link: FaultyLink;
  readonly everyMs: readonly [number, number];
  /** How long no new connection is made. */
  readonly forMs: readonly [number, number];
  readonly kind?: FaultKind;
}

export function cutLink(stage: Stage, { link, everyMs, forMs, kind = 'cut' }: CutOptions): Agitator {
  const random = stage.random(`cut ${link.name}`);
  return async () => {
    while (!stage.over()) {
      await stage.pause(between(random, ...everyMs));
      if (stage.over()) return;
      // Only a connection that was there counts as cut.
      if (link.cut() > 0) stage.tally.add(kind);
      link.refuse(true);
      await stage.pause(between(random, ...forMs));
      link.refuse(false);
    }
  };
}
