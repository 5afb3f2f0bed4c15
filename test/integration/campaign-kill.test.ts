// Thirty rounds of kill -9 at random moments, of sender, receiver and broker, while messages are submitted.
// STEWARD_TEST_SEED repeats the choices of a run, STEWARD_TEST_ROUNDS sets how many.
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { Campaign, maxRunning, pause } from '../support/campaign.ts';
import { Fleet } from '../support/fleet.ts';
import { checkHistory } from '../support/history-checker.ts';
import { startTestNatsServer } from '../support/nats-server.ts';

const seed = Number(process.env['STEWARD_TEST_SEED'] ?? Date.now() % 1_000_000);
const rounds = Number(process.env['STEWARD_TEST_ROUNDS'] ?? 30);

test(`campaign - ${rounds} rounds of kill -9 lose nothing and double nothing (STEWARD_TEST_SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const server = await startTestNatsServer();
  const fleet = await Fleet.open({ broker: server.url });
  try {
    const nodes = ['central', 'ship1', 'ship2'].map((name) => fleet.add(name, '--max-running', String(maxRunning)));
    const [central, ship1, ship2] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
    await Promise.all(nodes.map((node) => node.startLinked()));
    const routes = [
      { from: central, to: ship1 },
      { from: central, to: ship2 },
      { from: ship1, to: central },
    ];
    const campaign = new Campaign({ random, routes, nodes });
    const submitting = [central, ship1].map((node) => campaign.submitFrom(node));
    const broker = { kill: () => server.kill(), start: () => server.start() };
    const members = nodes.map((node) => ({ kill: () => campaign.kill(node), start: () => campaign.start(node) }));
    for (let round = 0; round < rounds; round += 1) {
      await pause(200 + random.next() * 2500);
      const victims = [...members, broker].filter(() => random.next() < 0.4);
      await Promise.all(victims.map((victim) => victim.kill()));
      await pause(random.next() ** 2 * 2000);
      await Promise.all(victims.map((victim) => victim.start()));
    }
    campaign.stop();
    await Promise.all(submitting);
    const history = await campaign.rest(60_000);
    console.log(
      `seed ${seed}: ${campaign.submitted} messages, ${campaign.kills} nodes killed; ${summary(history.states)}`,
    );
    const wrong = checkHistory(history);
    expect(wrong.map((sentence) => `${sentence}: ${campaign.tell(Number.parseInt(sentence, 10))}`)).toEqual([]);
    expect(history.states.size).toBeGreaterThan(rounds);
    expect(campaign.kills).toBeGreaterThan(rounds / 2);
  } finally {
    await fleet.close();
    await server.close();
  }
}, 240_000);

function summary(states: ReadonlyMap<string, string>): string {
  const counts = new Map<string, number>();
  for (const state of states.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${state} ${count}`).join(', ');
}
