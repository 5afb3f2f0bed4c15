// Everything at once.
import { cutLink } from '../agitate/cut-link.ts';
import { killNode } from '../agitate/kill-node.ts';
import { loseBroker } from '../agitate/lose-broker.ts';
import { stopNode } from '../agitate/stop-node.ts';
import type { Scene } from '../scene.ts';
import { playCampaign } from './play-campaign.ts';
import { openTriangle } from './triangle.ts';

export const storm: Scene = {
  name: 'storm',
  what: 'kills, stops, cuts and lost brokers at the same time',
  seconds: 180,
  least: { kill: 100, stop: 40, cut: 60, broker: 10 },
  leastMessages: 3000,
  play: async (stage) => {
    const { nodes, routes, links, broker } = await openTriangle(stage);
    return playCampaign(stage, {
      nodes,
      routes,
      // An outcome is written when a node that was stopped goes on: unless it is killed first.
      style: { recordingMs: 6_000 },
      agitators: (campaign) => [
        ...nodes.map((node) => killNode(stage, { campaign, node, everyMs: [500, 4_000], downMs: 800 })),
        ...nodes.map((node) => stopNode(stage, { node, everyMs: [2_000, 8_000], forMs: [50, 2_500] })),
        ...links.map((link) => cutLink(stage, { link, everyMs: [1_000, 6_000], forMs: [0, 1_500] })),
        loseBroker(stage, { name: 'broker', broker, everyMs: [4_000, 12_000], downMs: [0, 2_000] }),
      ],
    });
  },
};
