// A place to measure in: a broker, a copy of the compiled program, and nodes, all below one temporary folder.
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestNatsServer } from '../../test/support/nats-server.ts';
import { createBenchNode, type BenchNode } from './bench-node.ts';
import { waitUntil } from './wait-until.ts';

export interface Lab {
  readonly folder: string;
  readonly brokerUrl: string;
  /** A node in a folder of its own. It does not run yet. */
  readonly node: (name: string, ...flags: readonly string[]) => BenchNode;
  /** The same, run by another program than the compiled one of this checkout. */
  readonly nodeOf: (program: string, name: string, ...flags: readonly string[]) => BenchNode;
  /** Two nodes that know of each other. */
  readonly pair: (...flags: readonly string[]) => Promise<{ readonly central: BenchNode; readonly ship: BenchNode }>;
  /** Ends the nodes and forgets their folders. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface LabOptions {
  /** The checkout, compiled. */
  readonly root: string;
  readonly profiles?: string | undefined;
}

export async function openLab({ root, profiles }: LabOptions): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'steward-bench-'));
  // A copy: a build in the meantime would take chunks away from nodes that run.
  for (const name of ['bin', 'dist', 'package.json'])
    cpSync(join(root, name), join(folder, 'program', name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'program/node_modules'));
  const broker = await startTestNatsServer();
  let nodes: BenchNode[] = [];
  let rooms = 0;

  const nodeOf = (program: string, name: string, ...flags: readonly string[]): BenchNode => {
    const made = createBenchNode({
      name,
      folder: join(folder, `${rooms}`, name),
      program,
      brokerUrl: broker.url,
      profiles,
      flags,
    });
    nodes.push(made);
    return made;
  };
  const node = (name: string, ...flags: readonly string[]): BenchNode =>
    nodeOf(join(folder, 'program/bin/steward.js'), name, ...flags);
  const clear = async (): Promise<void> => {
    await Promise.all(nodes.map((one) => one.stop()));
    nodes = [];
    rmSync(join(folder, `${rooms}`), { recursive: true, force: true });
    rooms += 1;
  };
  return {
    folder,
    brokerUrl: broker.url,
    node,
    nodeOf,
    async pair(...flags) {
      const [central, ship] = [node('central', ...flags), node('ship1', ...flags)];
      await Promise.all([central.start(), ship.start()]);
      await Promise.all([central.linkUp(), ship.linkUp()]);
      await waitUntil('central to know the ship', 5, async () =>
        (await central.client.nodes()).some(({ name, presence }) => name === 'ship1' && presence === 'online'),
      );
      return { central, ship };
    },
    clear,
    async close() {
      await clear();
      await broker.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
