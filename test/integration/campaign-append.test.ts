// Appending exactly once under kill -9: two nodes append to each other's files without a pause, and are killed in the midst of it.
// STEWARD_TEST_SEED repeats the choices of a run.
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { pause } from '../support/campaign.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { startTestNatsServer } from '../support/nats-server.ts';
import { waitFor } from '../support/wait-for.ts';

const seed = Number(process.env['STEWARD_TEST_SEED'] ?? Date.now() % 1_000_000);
const kills = 24;
const batchSize = 40;
const mostWaiting = 800;

interface Batch {
  readonly first: number;
  /** Absent where the node was killed before it had answered: all of it was accepted, or nothing. */
  readonly ids?: readonly string[];
}

test(`campaign - ${kills} kills among appends lose no line, double none, and keep the order (STEWARD_TEST_SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const server = await startTestNatsServer();
  const fleet = await Fleet.open({ broker: server.url });
  try {
    const nodes = await fleet.up('central', 'ship1');
    const [central, ship1] = nodes;
    let stopped = false;
    const appendTo = async (from: FleetNode, to: FleetNode): Promise<readonly Batch[]> => {
      const batches: Batch[] = [];
      for (let first = 1; !stopped; first += batchSize) {
        const messages = numbersFrom(first).map((number) => ({
          toNode: to.name,
          method: 'fileAppend',
          data: `${number}\n`,
          fileName: 'lines',
        }));
        const ids = await from.submit(...messages).catch(() => undefined);
        batches.push(ids === undefined ? { first } : { first, ids });
        // A node that was killed comes back, and its backlog with it.
        const hasRoom = async (): Promise<boolean> => stopped || (await waitingAt(from)) < mostWaiting;
        await waitFor('room for more', hasRoom, { withinMs: 60_000 });
      }
      return batches;
    };
    const submitting = [appendTo(central, ship1), appendTo(ship1, central)];
    for (let kill = 0; kill < kills; kill += 1) {
      await pause(100 + random.next() * 600);
      const victim = nodes[Math.floor(random.next() * 2)] ?? central;
      await victim.kill();
      await victim.start();
    }
    stopped = true;
    const [toShip1 = [], toCentral = []] = await Promise.all(submitting);
    for (const node of nodes)
      await waitFor('all to end', async () => (await waitingAt(node)) === 0, { withinMs: 60_000, everyMs: 100 });
    for (const [batches, sender, lines] of [
      [toShip1, central, linesOf(ship1, 'central')],
      [toCentral, ship1, linesOf(central, 'ship1')],
    ] as const) {
      const written = new Set(lines);
      // One that was not answered for is there as a whole, or not at all.
      const taken = batches.filter(({ first, ids }) => ids !== undefined || written.has(first));
      expect(lines).toEqual(taken.flatMap(({ first }) => numbersFrom(first)));
      expect(taken.length).toBeGreaterThan(kills);
      const last = taken.findLast(({ ids }) => ids !== undefined)?.ids?.at(-1);
      expect((await sender.settled(last)).state).toBe('succeeded');
    }
    console.log(`seed ${seed}: ${linesOf(ship1, 'central').length + linesOf(central, 'ship1').length} lines`);
  } finally {
    await fleet.close();
    await server.close();
  }
}, 180_000);

function numbersFrom(first: number): readonly number[] {
  return Array.from({ length: batchSize }, (_one, index) => first + index);
}

function linesOf(node: FleetNode, sender: string): readonly number[] {
  return node.data(sender, 'lines').toString().split('\n').slice(0, -1).map(Number);
}

async function waitingAt(node: FleetNode): Promise<number> {
  const { counts, waitingReplies } = await node.client.counts();
  return counts.queued + counts.delivered + counts.running + waitingReplies;
}
