// Disks that are full, and disks that lose their power.
import { mkdirSync } from 'node:fs';
import type { FleetNode } from '../../test/support/fleet.ts';
import { cutPower } from '../agitate/cut-power.ts';
import { fillDisk } from '../agitate/fill-disk.ts';
import { imageDiskObstacle, openImageDisk } from '../lab/image-disk.ts';
import { openSmallDisk } from '../lab/small-disk.ts';
import type { Scene, Stage } from '../scene.ts';
import { nodeFlags, playCampaign } from './play-campaign.ts';
import { routesOf } from './triangle.ts';

/** A node whose store and data lie in one folder, which a disk can be mounted on. What its commands write lies elsewhere. */
const diskFlags = ['--database-folder', 'disk/store', '--subscribers-data-folder', 'disk/data'] as const;

async function openNodes(stage: Stage): Promise<readonly [FleetNode, FleetNode, FleetNode]> {
  const { url } = await stage.lab.broker();
  const open = (name: string): FleetNode => stage.lab.node(name, [url], ...nodeFlags, ...diskFlags);
  return [open('central'), open('ship1'), open('ship2')];
}

export const powerCut: Scene = {
  name: 'power-cut',
  what: 'a machine loses its power: ext4 on a loop device, and only what the device had been handed is kept',
  seconds: 60,
  least: { 'power cut': 30 },
  leastMessages: 1000,
  obstacle: imageDiskObstacle,
  play: async (stage) => {
    const nodes = await openNodes(stage);
    const disks = nodes.map((node) => {
      const disk = openImageDisk(node.path('disk'));
      stage.lab.owns(() => disk.close());
      return { node, disk };
    });
    return playCampaign(stage, {
      nodes,
      routes: routesOf(...nodes),
      style: { largeEvery: 1_000_000 },
      agitators: (campaign) =>
        disks.map(({ node, disk }) => cutPower(stage, { campaign, node, disk, everyMs: [500, 3_500] })),
    });
  },
};

export const fullDisk: Scene = {
  name: 'full-disk',
  what: 'the disk of store and data full for up to 3 s',
  seconds: 45,
  least: { 'full disk': 20 },
  leastMessages: 1000,
  play: async (stage) => {
    const nodes = await openNodes(stage);
    const disks = nodes.map((node) => {
      mkdirSync(node.path('disk'), { recursive: true });
      const disk = openSmallDisk(node, node.path('disk'));
      stage.lab.owns(() => disk.close());
      return { node, disk };
    });
    const [way = 'tmpfs'] = disks.map(({ disk }) => disk.way);
    const judgement = await playCampaign(stage, {
      nodes,
      routes: routesOf(...nodes),
      // A limit on the node would be one on its commands, too, and on the files by which they are seen.
      style: { largeEvery: 1_000_000, ...(way === 'prlimit' ? { appends: 1 } : {}) },
      agitators: () =>
        disks.map(({ node, disk }) =>
          fillDisk(stage, { name: node.name, disk, everyMs: [500, 4_000], forMs: [100, 3_000] }),
        ),
    });
    return {
      ...judgement,
      notes: [`the disk was filled by ${way === 'tmpfs' ? 'a file on a tmpfs' : 'prlimit --fsize'}`],
    };
  },
};
