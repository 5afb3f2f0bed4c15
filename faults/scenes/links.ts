// Links that are cut, half open, lossy, slow, or there only now and then.
import { cutLink } from '../agitate/cut-link.ts';
import { halfOpenLink } from '../agitate/half-open-link.ts';
import { gsm, lossy, satellite } from '../lab/link-profile.ts';
import type { Scene } from '../scene.ts';
import { playCampaign } from './play-campaign.ts';
import { openTriangle } from './triangle.ts';

export const cut: Scene = {
  name: 'cut',
  what: 'connections reset, and refused for up to 1.5 s',
  seconds: 80,
  least: { cut: 150 },
  leastMessages: 2500,
  play: async (stage) => {
    const { nodes, routes, links } = await openTriangle(stage);
    const agitators = links.map((link) => cutLink(stage, { link, everyMs: [300, 1_500], forMs: [0, 1_500] }));
    return playCampaign(stage, { nodes, routes, agitators: () => agitators });
  },
};

export const halfOpen: Scene = {
  name: 'half-open',
  what: 'one direction silent for up to 6 s: held back, or swallowed and then reset',
  seconds: 45,
  least: { 'half-open': 20 },
  leastMessages: 800,
  play: async (stage) => {
    const { nodes, routes, links } = await openTriangle(stage);
    const agitators = links.map((link) => halfOpenLink(stage, { link, everyMs: [300, 2_500], forMs: [500, 6_000] }));
    return playCampaign(stage, { nodes, routes, agitators: () => agitators });
  },
};

export const loss: Scene = {
  name: 'loss',
  what: '2 % of all segments lost: 40 ms away, stalls of 240 ms and more',
  seconds: 40,
  least: { stall: 60 },
  leastMessages: 1000,
  play: async (stage) => {
    const { nodes, routes, links } = await openTriangle(stage);
    for (const link of links) link.use(lossy);
    return playCampaign(stage, { nodes, routes, agitators: () => [() => stage.untilOver()] });
  },
};

export const satelliteLink: Scene = {
  name: 'satellite',
  what: 'ships 600 ms away at 8 kbit/s each way, cut now and then',
  seconds: 75,
  least: { cut: 5 },
  leastMessages: 60,
  play: async (stage) => {
    const { nodes, routes, links } = await openTriangle(stage, satellite);
    const agitators = links
      .slice(1)
      .map((link) => cutLink(stage, { link, everyMs: [5_000, 15_000], forMs: [500, 3_000] }));
    return playCampaign(stage, {
      nodes,
      routes,
      agitators: () => agitators,
      style: { batch: 4, pauseMs: 2_500, largeEvery: 1_000_000, mostWaiting: 20 },
    });
  },
};

export const gsmLink: Scene = {
  name: 'gsm',
  what: 'ships 150 to 400 ms away at 32 kbit/s, 1 % lost, there for 1 to 5 s at a time',
  seconds: 60,
  least: { flap: 16 },
  leastMessages: 100,
  play: async (stage) => {
    const { nodes, routes, links } = await openTriangle(stage, gsm);
    const agitators = links
      .slice(1)
      .map((link) => cutLink(stage, { link, everyMs: [1_000, 5_000], forMs: [200, 4_000], kind: 'flap' }));
    return playCampaign(stage, {
      nodes,
      routes,
      agitators: () => agitators,
      style: { batch: 6, pauseMs: 800, mostWaiting: 60 },
    });
  },
};
