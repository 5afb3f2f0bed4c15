// A real broker and two nodes, central and ship1, for all tests of a file.
import { afterAll, beforeAll } from 'vitest';
import { Fleet, type FleetNode } from './fleet.ts';
import { startTestNatsServer, type TestNatsServer } from './nats-server.ts';
import { waitFor } from './wait-for.ts';

export interface Pair {
  readonly broker: TestNatsServer;
  readonly fleet: Fleet;
  readonly central: FleetNode;
  readonly ship: FleetNode;
}

/** To be called once, before the tests; what it answers is there as soon as they run. */
export function usePair(): Pair {
  const pair: { -readonly [Part in keyof Pair]?: Pair[Part] } = {};
  beforeAll(async () => {
    pair.broker = await startTestNatsServer();
    pair.fleet = await Fleet.open({ broker: pair.broker.url });
    [pair.central, pair.ship] = [pair.fleet.add('central'), pair.fleet.add('ship1')];
    const { central, ship } = pair;
    await Promise.all([central.startLinked(), ship.startLinked()]);
    await waitFor('central to hear of ship1', async () =>
      (await central.client.nodes()).some(({ name }) => name === ship.name),
    );
  });
  afterAll(async () => {
    await pair.fleet?.close();
    await pair.broker?.close();
  });
  return pair as Pair;
}
