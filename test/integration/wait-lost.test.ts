// A command that waits for an answer comes to an end when the answer can no longer come.
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { startTestNatsServer, type TestNatsServer } from '../support/nats-server.ts';
import { startSteward } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

let server: TestNatsServer;
let fleet: Fleet;

beforeAll(async () => {
  server = await startTestNatsServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  fleet = await Fleet.open({ broker: server.url });
});
afterEach(() => fleet.close());

test('waiting - steward run ends when the node that ran the command has lost its store', async () => {
  const [central, ship1] = await fleet.up('central', 'ship1');
  const run = startSteward(['run', 'ship1', '--', 'sleep', '300'], { cwd: central.folder });
  let ended: unknown;
  void run.ended.then((how) => (ended = how));
  const counts = async (): Promise<number> => (await central.client.counts()).counts.running;
  await waitFor('the command to run', async () => (await counts()) === 1);
  await ship1.kill();
  rmSync(ship1.path('store'), { recursive: true });
  await ship1.start();
  await waitFor('the command line to end', () => ended !== undefined, { seen: () => run.err() });
  expect(ended).toBe(1);
  expect(run.out()).toMatch(/^ship1 +unknown\b/m);
}, 60_000);
