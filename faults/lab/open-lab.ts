// What a scene works with: nodes, brokers, links and disks, all on loopback and below one folder.
//
// Job: owns whatever a scene starts. From: the scenes. To: processes, ports, mounts.
// 1. After `close` nothing of it runs, listens or is mounted; its files are gone, unless they are to be kept.
import { mkdirSync } from 'node:fs';
import type { Random } from '../../src/base/random.ts';
import { Fleet, type FleetNode } from '../../test/support/fleet.ts';
import { startTestNatsServer, type TestNatsServer } from '../../test/support/nats-server.ts';
import { openFaultyLink, type FaultyLink } from './faulty-link.ts';

export interface Lab {
  readonly folder: string;
  /** A nats-server; further lines of its configuration. */
  broker(config?: string): Promise<TestNatsServer>;
  /** A link to a port on this machine. */
  link(options: {
    readonly name: string;
    readonly toPort: number;
    readonly random: Random;
    readonly onStall?: () => void;
  }): Promise<FaultyLink>;
  /** A node that does not run yet, on these brokers. */
  node(name: string, brokers: readonly string[], ...flags: readonly string[]): FleetNode;
  readonly nodes: readonly FleetNode[];
  /** Something else that has to be closed, before the files go. */
  owns(close: () => Promise<void> | void): void;
  close(options: { readonly keep: boolean }): Promise<void>;
}

export async function openLab(): Promise<Lab> {
  const fleet = await Fleet.open({ broker: '' });
  const closes: (() => Promise<void> | void)[] = [];
  mkdirSync(fleet.folder, { recursive: true });
  return {
    folder: fleet.folder,
    nodes: fleet.nodes,
    async broker(config = '') {
      const server = await startTestNatsServer({ config });
      closes.push(() => server.close());
      return server;
    },
    async link(options) {
      const link = await openFaultyLink(options);
      closes.push(() => link.close());
      return link;
    },
    node: (name, brokers, ...flags) => fleet.add(name, '--broker-address', brokers.join(','), ...flags),
    owns: (close) => void closes.push(close),
    async close({ keep }) {
      // The nodes first: what they write to has to be there until then.
      await fleet.close({ keep: true });
      for (const close of closes.splice(0).reverse()) await close();
      await fleet.close({ keep });
    },
  };
}
