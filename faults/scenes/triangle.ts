// The usual cast: central, two ships, one nats-server, and a link of its own for each node.
import type { Route } from '../../test/support/campaign.ts';
import type { FleetNode } from '../../test/support/fleet.ts';
import type { TestNatsServer } from '../../test/support/nats-server.ts';
import type { FaultyLink } from '../lab/faulty-link.ts';
import type { LinkProfile } from '../lab/link-profile.ts';
import type { Stage } from '../scene.ts';
import { nodeFlags } from './play-campaign.ts';

export interface Triangle {
  readonly broker: TestNatsServer;
  readonly nodes: readonly [FleetNode, FleetNode, FleetNode];
  /** In the order of the nodes. */
  readonly links: readonly FaultyLink[];
  readonly routes: readonly Route[];
}

/** `ships`: what the links of the ships are like. */
export async function openTriangle(stage: Stage, ships?: LinkProfile): Promise<Triangle> {
  const broker = await stage.lab.broker();
  const open = async (name: string, profile?: LinkProfile): Promise<{ node: FleetNode; link: FaultyLink }> => {
    const link = await stage.lab.link({
      name,
      toPort: broker.port,
      random: stage.random(`link ${name}`),
      onStall: () => stage.tally.add('stall'),
    });
    if (profile !== undefined) link.use(profile);
    return { node: stage.lab.node(name, [link.url], ...nodeFlags), link };
  };
  const [central, ship1, ship2] = [await open('central'), await open('ship1', ships), await open('ship2', ships)];
  return {
    broker,
    nodes: [central.node, ship1.node, ship2.node],
    links: [central.link, ship1.link, ship2.link],
    routes: routesOf(central.node, ship1.node, ship2.node),
  };
}

export function routesOf(central: FleetNode, ship1: FleetNode, ship2: FleetNode): readonly Route[] {
  return [
    { from: central, to: ship1 },
    { from: central, to: ship2 },
    { from: ship1, to: central },
  ];
}
