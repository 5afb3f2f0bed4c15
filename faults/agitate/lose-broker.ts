// kill -9 of a broker, which comes back on its port with nothing of what it held.
import type { TestNatsServer } from '../../test/support/nats-server.ts';
import type { Stage } from '../scene.ts';
import type { FaultKind } from '../tally.ts';
import { between, type Agitator } from './agitator.ts';

export interface LoseOptions {
  readonly name: string;
  readonly broker: TestNatsServer;
  readonly everyMs: readonly [number, number];
  readonly downMs: readonly [number, number];
  readonly kind?: FaultKind;
}

export function loseBroker(stage: Stage, { name, broker, everyMs, downMs, kind = 'broker' }: LoseOptions): Agitator {
  const random = stage.random(`lose ${name}`);
  return async () => {
    while (!stage.over()) {
      await stage.pause(between(random, ...everyMs));
      if (stage.over()) return;
      await broker.kill();
      stage.tally.add(kind);
      await stage.pause(between(random, ...downMs));
      await broker.start();
    }
  };
}
