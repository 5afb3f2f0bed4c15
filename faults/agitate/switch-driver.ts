// A node is killed, and comes back on the other driver of its store: what one leaves behind in the midst of writing, the other takes up.
import type { Campaign } from '../../test/support/campaign.ts';
import type { FleetNode } from '../../test/support/fleet.ts';
import type { Stage } from '../scene.ts';
import { between, type Agitator } from './agitator.ts';

export interface SwitchOptions {
  readonly campaign: Campaign;
  readonly node: FleetNode;
  /** A Node whose driver is another one than that of this process. */
  readonly runtime: string;
  readonly everyMs: readonly [number, number];
}

export function switchDriver(stage: Stage, { campaign, node, runtime, everyMs }: SwitchOptions): Agitator {
  const random = stage.random(`driver ${node.name}`);
  return async () => {
    while (!stage.over()) {
      await stage.pause(between(random, ...everyMs));
      if (stage.over()) return;
      const before = campaign.killsOf(node);
      await campaign.kill(node);
      node.runner = node.runner.runtime === undefined ? { runtime } : {};
      await campaign.start(node);
      stage.tally.add('driver');
      stage.tally.add('kill', campaign.killsOf(node) - before);
    }
  };
}
