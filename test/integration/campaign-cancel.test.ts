// Hundreds of real commands with children and grandchildren, cancelled at random moments while their nodes are killed.
// STEWARD_TEST_SEED repeats the choices of a run, STEWARD_TEST_RUNS sets how many commands.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { isFinal } from '../../src/model/state.ts';
import { readProcessTable } from '../../src/methods/orphans/process-table.ts';
import { pause } from '../support/campaign.ts';
import { Fleet, type FleetNode } from '../support/fleet.ts';
import { command } from '../support/message-fields.ts';
import { startTestNatsServer } from '../support/nats-server.ts';
import { processesIn } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

const seed = Number(process.env['STEWARD_TEST_SEED'] ?? Date.now() % 1_000_000);
const runs = Number(process.env['STEWARD_TEST_RUNS'] ?? 500);
const atOnce = 16;

/** What sleeps, in the command's group and out of it; of one in twenty, what does not go when it is asked to. */
function sleepers(name: string, stubborn: boolean): string {
  const trap = stubborn ? "trap '' TERM; " : '';
  return `echo ${name} >>started
    bash -c '${trap}sleep 60 & sleep 60' &
    setsid bash -c '${trap}sleep 60 & sleep 60' &
    sleep 60`;
}

const brief = (name: string): string => `echo ${name} >>started`;

function startsOf(ship: FleetNode): readonly string[] {
  try {
    return readFileSync(ship.path('started'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

async function processesOf(id: string): Promise<readonly number[]> {
  const rows = await readProcessTable({ path: '/proc' });
  return rows.filter(({ run, ended }) => run === `central/${id}` && !ended).map(({ pid }) => pid);
}

test(`cancel - of ${runs} real commands none that is called cancelled runs, or runs later (STEWARD_TEST_SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const server = await startTestNatsServer();
  const fleet = await Fleet.open({ broker: server.url });
  try {
    const [central, ship] = await fleet.up('central', 'ship1');
    const states = new Map<string, number>();
    const wrong: string[] = [];
    const startsWhenCancelled = new Map<string, number>();
    const one = async (number: number): Promise<void> => {
      const [kind, beforeMs] = [random.next(), random.next() ** 2 * 300];
      const more = { method: kind > 0.5 ? 'REQnCliCommand' : 'REQCliCommand', replyMethod: 'none' };
      // What central was killed over may have been submitted all the same, and nobody cancels it: each attempt has its name.
      let name = '';
      const id = await waitFor('a submission', async () => {
        name = `${number}/${crypto.randomUUID()}`;
        const script = kind < 0.1 ? brief(name) : sleepers(name, kind > 0.95);
        return (await central.submit(command('ship1', script, more)))[0];
      });
      await pause(beforeMs);
      await waitFor('a cancel', () => central.client.cancel({ ids: [id], by: 'test' }), { withinMs: 30_000 });
      const state = await waitFor(
        `message ${id} to end`,
        async () => {
          const view = await central.client.message(id);
          return isFinal(view.state) && view.state;
        },
        { withinMs: 60_000, everyMs: 25 },
      );
      states.set(state, (states.get(state) ?? 0) + 1);
      if (state !== 'cancelled') return;
      const left = await processesOf(id);
      if (left.length > 0) wrong.push(`${name} (${id}) is cancelled, and ${left.join(' ')} run`);
      startsWhenCancelled.set(name, startsOf(ship).filter((line) => line === name).length);
    };
    let next = 1;
    const work = async (): Promise<void> => {
      while (next <= runs) await one(next++);
    };
    let over = false;
    const chaos = async (): Promise<number> => {
      let kills = 0;
      while (!over) {
        await pause(500 + random.next() * 3000);
        const victims = [central, ship].filter(() => random.next() < 0.4);
        await Promise.all(victims.map((node) => node.kill()));
        kills += victims.length;
        await pause(random.next() ** 2 * 1000);
        await Promise.all(victims.map((node) => node.start()));
      }
      return kills;
    };
    const breaking = chaos();
    try {
      await Promise.all(Array.from({ length: atOnce }, work));
    } finally {
      over = true;
    }
    const kills = await breaking;
    const ended = [...startsWhenCancelled.values()].filter((count) => count > 0).length;
    console.log(
      `seed ${seed}: ${JSON.stringify(Object.fromEntries(states))}, ${ended} of the cancelled had started, ${kills} nodes killed`,
    );
    await central.client.cancel({ to: 'ship1', by: 'test' });
    // Whatever waited for the ship has reached it. Such an attempt may hold the ordered lane for as long as it sleeps.
    expect((await central.ask(command('ship1', 'true', { method: 'REQnCliCommand' }))).state).toBe('succeeded');
    const starts = startsOf(ship);
    for (const [name, before] of startsWhenCancelled) {
      const after = starts.filter((line) => line === name).length;
      if (after > 1 || after !== before) wrong.push(`${name} was cancelled after ${before} starts, and has ${after}`);
    }
    expect(wrong).toEqual([]);
    expect(states.get('cancelled') ?? 0).toBeGreaterThan(runs / 2);
    expect(ended).toBeGreaterThan(runs / 20);
    expect(kills).toBeGreaterThan(0);
    await ship.stop();
    expect(processesIn(ship.folder), 'processes that are left over').toEqual([]);
  } finally {
    await fleet.close();
    await server.close();
  }
}, 600_000);
