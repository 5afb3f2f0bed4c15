// Nodes that are killed, and nodes that hang.
import { killNode } from '../agitate/kill-node.ts';
import { stopNode } from '../agitate/stop-node.ts';
import type { Scene } from '../scene.ts';
import { playCampaign } from './play-campaign.ts';
import { openTriangle } from './triangle.ts';

export const kill: Scene = {
  name: 'kill',
  what: 'kill -9 of senders and receivers, at work and as they start',
  seconds: 150,
  least: { kill: 200 },
  leastMessages: 3000,
  play: async (stage) => {
    const { nodes, routes } = await openTriangle(stage);
    return playCampaign(stage, {
      nodes,
      routes,
      agitators: (campaign) =>
        nodes.map((node) => killNode(stage, { campaign, node, everyMs: [300, 1_500], downMs: 600 })),
    });
  },
};

export const stop: Scene = {
  name: 'stop',
  what: 'SIGSTOP for up to 4 s, then SIGCONT',
  seconds: 75,
  least: { stop: 80 },
  leastMessages: 2000,
  play: async (stage) => {
    const { nodes, routes } = await openTriangle(stage);
    return playCampaign(stage, {
      nodes,
      routes,
      agitators: () => nodes.map((node) => stopNode(stage, { node, everyMs: [200, 1_500], forMs: [50, 4_000] })),
    });
  },
};
