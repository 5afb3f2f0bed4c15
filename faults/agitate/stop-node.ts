// SIGSTOP and SIGCONT: a machine that hangs, swaps or sleeps, with its connections open.
import type { FleetNode } from '../../test/support/fleet.ts';
import type { Stage } from '../scene.ts';
import { between, type Agitator } from './agitator.ts';

export interface StopOptions {
  readonly node: FleetNode;
  readonly everyMs: readonly [number, number];
  readonly forMs: readonly [number, number];
}

export function stopNode(stage: Stage, { node, everyMs, forMs }: StopOptions): Agitator {
  const random = stage.random(`stop ${node.name}`);
  return async () => {
    while (!stage.over()) {
      await stage.pause(between(random, ...everyMs));
      if (stage.over() || !node.running) continue;
      const { pid } = node;
      process.kill(pid, 'SIGSTOP');
      stage.tally.add('stop');
      await stage.pause(between(random, ...forMs));
      // Whoever kills it meanwhile has ended the stop, too.
      if (node.running && node.pid === pid) process.kill(pid, 'SIGCONT');
    }
  };
}
