// The power of one machine goes: its processes are gone at once, and its disk holds what had been handed to it.
import type { Campaign } from '../../test/support/campaign.ts';
import { endAll, type FleetNode } from '../../test/support/fleet.ts';
import { processesIn } from '../../test/support/run-steward.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { ImageDisk } from '../lab/image-disk.ts';
import type { Stage } from '../scene.ts';
import { between, type Agitator } from './agitator.ts';

export interface PowerOptions {
  readonly campaign: Campaign;
  readonly node: FleetNode;
  readonly disk: ImageDisk;
  readonly everyMs: readonly [number, number];
}

export function cutPower(stage: Stage, { campaign, node, disk, everyMs }: PowerOptions): Agitator {
  const random = stage.random(`power ${node.name}`);
  return async () => {
    while (!stage.over()) {
      await stage.pause(between(random, ...everyMs));
      if (stage.over()) return;
      // Stopped while its disk is copied: nothing that it says afterwards can rest on what the copy does not hold.
      process.kill(node.pid, 'SIGSTOP');
      disk.copy();
      const before = campaign.killsOf(node);
      await campaign.kill(node);
      await waitFor(`all of ${node.name} to be gone`, () => endAll(processesIn(node.folder)));
      await disk.swap();
      stage.tally.add('power cut');
      await campaign.start(node);
      stage.tally.add('kill', campaign.killsOf(node) - before - 1);
    }
  };
}
