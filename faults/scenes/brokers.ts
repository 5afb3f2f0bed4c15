// Brokers that die: alone, as members of a cluster, and behind the uplink of a ship.
import { freePort } from '../../test/support/nats-server.ts';
import { cutLink } from '../agitate/cut-link.ts';
import { loseBroker } from '../agitate/lose-broker.ts';
import type { Scene } from '../scene.ts';
import { nodeFlags, playCampaign } from './play-campaign.ts';
import { openTriangle, routesOf } from './triangle.ts';

export const broker: Scene = {
  name: 'broker',
  what: 'the only nats-server killed, back after up to 2.5 s',
  seconds: 60,
  least: { broker: 15 },
  leastMessages: 1500,
  play: async (stage) => {
    const { nodes, routes, broker } = await openTriangle(stage);
    const agitators = [loseBroker(stage, { name: 'broker', broker, everyMs: [500, 3_000], downMs: [0, 2_500] })];
    return playCampaign(stage, { nodes, routes, agitators: () => agitators });
  },
};

export const cluster: Scene = {
  name: 'cluster',
  what: 'a cluster of three: members killed, sometimes all at once; nodes know all addresses',
  seconds: 60,
  least: { member: 20 },
  leastMessages: 1500,
  play: async (stage) => {
    const { lab } = stage;
    const ports = [await freePort(), await freePort(), await freePort()];
    const config = (own: number): string => {
      const others = ports.filter((port) => port !== own).map((port) => `nats-route://127.0.0.1:${port}`);
      return `cluster { name: "faults", listen: "127.0.0.1:${own}", routes: [${others.join(', ')}] }`;
    };
    const members = await Promise.all(ports.map((port) => lab.broker(config(port))));
    const urls = members.map(({ url }) => url);
    const [central, ship1, ship2] = [
      lab.node('central', urls, ...nodeFlags),
      lab.node('ship1', urls.toReversed(), ...nodeFlags),
      lab.node('ship2', urls, ...nodeFlags),
    ];
    const agitators = members.map((member, index) =>
      loseBroker(stage, {
        name: `member ${index}`,
        broker: member,
        everyMs: [1_000, 6_000],
        downMs: [200, 4_000],
        kind: 'member',
      }),
    );
    return playCampaign(stage, {
      nodes: [central, ship1, ship2],
      routes: routesOf(central, ship1, ship2),
      agitators: () => agitators,
    });
  },
};

export const leaf: Scene = {
  name: 'leaf',
  what: 'ships on a leaf node whose uplink is cut, and which dies itself',
  seconds: 60,
  least: { uplink: 10, member: 3 },
  leastMessages: 1500,
  play: async (stage) => {
    const { lab } = stage;
    const leafPort = await freePort();
    const uplink = await lab.link({ name: 'uplink', toPort: leafPort, random: stage.random('uplink') });
    // The hub tells a leaf where it can be reached: told its own port, the leaf would go round the link that is cut.
    const hub = await lab.broker(
      `leafnodes { listen: "127.0.0.1:${leafPort}", advertise: "127.0.0.1:${uplink.port}" }`,
    );
    const onShip = await lab.broker(
      `leafnodes { reconnect: 1, remotes: [{ url: "nats-leaf://127.0.0.1:${uplink.port}" }] }`,
    );
    const central = lab.node('central', [hub.url], ...nodeFlags);
    const [ship1, ship2] = [
      lab.node('ship1', [onShip.url], ...nodeFlags),
      lab.node('ship2', [onShip.url], ...nodeFlags),
    ];
    const agitators = [
      cutLink(stage, { link: uplink, everyMs: [1_000, 3_500], forMs: [0, 2_500], kind: 'uplink' }),
      loseBroker(stage, {
        name: 'leaf',
        broker: onShip,
        everyMs: [8_000, 15_000],
        downMs: [100, 2_000],
        kind: 'member',
      }),
    ];
    return playCampaign(stage, {
      nodes: [central, ship1, ship2],
      routes: [...routesOf(central, ship1, ship2), { from: ship2, to: ship1 }],
      agitators: () => agitators,
    });
  },
};
