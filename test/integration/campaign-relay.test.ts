// A chain over two brokers that have nothing in common, while each of its nodes is killed at random moments.
// STEWARD_TEST_SEED repeats the choices of a run, STEWARD_TEST_ROUNDS sets how many rounds.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { isFinal } from '../../src/model/state.ts';
import { pause } from '../support/campaign.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { startTestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

const seed = Number(process.env['STEWARD_TEST_SEED'] ?? Date.now() % 1_000_000);
const rounds = Number(process.env['STEWARD_TEST_ROUNDS'] ?? 30);
const ofRound = 6;

interface Sent {
  readonly name: string;
  readonly id: string;
  readonly data: Buffer;
}

function linesOf(node: FleetNode): readonly string[] {
  try {
    return readFileSync(node.path('ran'), 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

test(`relay - ${rounds} rounds over two brokers, each hop killed at random moments (STEWARD_TEST_SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const [north, south] = await Promise.all([startTestNatsServer(), startTestNatsServer()]);
  const fleet = await Fleet.open({ broker: north.url });
  try {
    const central = fleet.add('central');
    const gateway = fleet.add('gateway', '--other-broker-address', south.url);
    const island = fleet.add('island', '--broker-address', south.url);
    const chain = [central, gateway, island];
    await Promise.all(chain.map((node) => node.startLinked()));
    const sent: Sent[] = [];
    let next = 0;
    const submit = async (): Promise<void> => {
      // Each attempt has its name: what central was killed over may have been accepted all the same.
      const { id, name, data } = await waitFor('a submission', async () => {
        const name = `${++next}`;
        // Some go in pieces, ahead of their messages; zero bytes are among them all.
        const data = randomBytes(Math.floor(random.next() ** 3 * 150_000));
        const [id = ''] = await central.submit({
          toNode: 'island',
          via: ['gateway'],
          method: random.next() < 0.5 ? 'cliCommand' : 'nCliCommand',
          methodArgs: ['sh', '-c', `echo ${name} >>ran; cat`],
          data: { base64: data.toString('base64') },
          replyMethod: 'none',
        });
        return { id, name, data };
      });
      sent.push({ id, name, data });
    };
    let kills = 0;
    for (let round = 0; round < rounds; round += 1) {
      const victims = chain.filter(() => random.next() < 0.6);
      const breaking = victims.map(async (node) => {
        await pause(random.next() * 700);
        await node.kill();
        kills += 1;
        await pause(random.next() * 500);
        await node.start();
      });
      const working = Array.from({ length: ofRound }, async () => {
        await pause(random.next() * 600);
        await submit();
      });
      await Promise.all([...breaking, ...working]);
    }
    const states = new Map<string, number>();
    for (const { id, name, data } of sent) {
      const view = await waitFor(
        `message ${id} to end`,
        async () => {
          const seen = await central.client.message(id);
          return isFinal(seen.state) && seen;
        },
        { withinMs: 60_000, everyMs: 25 },
      );
      states.set(view.state, (states.get(view.state) ?? 0) + 1);
      const runs = linesOf(island).filter((line) => line === name).length;
      // Killed in the middle of one, the island cannot say how it ended.
      if (view.state === 'unknown') expect(runs, `${name}, ${view.reason}`).toBeLessThanOrEqual(1);
      else {
        expect([name, view.state, runs]).toEqual([name, 'succeeded', 1]);
        const output = Buffer.from(await central.client.output(id, 'stdout'));
        expect(output.equals(data), `${name}: ${output.length} bytes came back of ${data.length}`).toBe(true);
      }
    }
    console.log(`seed ${seed}: ${JSON.stringify(Object.fromEntries(states))}, ${kills} nodes killed`);
    expect(states.get('succeeded') ?? 0).toBeGreaterThan((rounds * ofRound) / 2);
    expect(kills).toBeGreaterThan(rounds / 2);
    // Nothing is left of what was only carried.
    await waitFor('the gateway to have nothing left', async () => {
      const { lanes } = await gateway.client.queue({});
      return lanes.length === 0;
    });
  } finally {
    await fleet.close();
    await Promise.all([north.close(), south.close()]);
  }
}, 600_000);
