// kill -9 of one node, again and again: at work, and now and then just as it starts.
import type { Campaign } from '../../test/support/campaign.ts';
import type { FleetNode } from '../../test/support/fleet.ts';
import type { Stage } from '../scene.ts';
import { between, type Agitator } from './agitator.ts';

export interface KillOptions {
  readonly campaign: Campaign;
  readonly node: FleetNode;
  /** Between two kills: from when it is up again. */
  readonly everyMs: readonly [number, number];
  /** How long it stays dead, at most. */
  readonly downMs: number;
}

export function killNode(stage: Stage, { campaign, node, everyMs, downMs }: KillOptions): Agitator {
  const random = stage.random(`kill ${node.name}`);
  return async () => {
    while (!stage.over()) {
      await stage.pause(between(random, ...everyMs));
      if (stage.over()) return;
      const before = campaign.killsOf(node);
      await campaign.kill(node);
      await stage.pause(random.next() ** 2 * downMs);
      await campaign.start(node);
      stage.tally.add('kill', campaign.killsOf(node) - before);
    }
  };
}
