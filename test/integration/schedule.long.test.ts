// A minute of a command every second, with real processes: the node killed with -9 as the seed says, and the broker away for a third of it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();
const seconds = 60;
const seed = Number(process.env['STEWARD_TEST_SEED'] ?? 1);

/** Ends of the counts in the answer: `60 runs: 57 succeeded, 3 unknown`. */
function count(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

test(`schedule - of a minute each second is a run or counted, whatever dies (seed ${seed})`, async () => {
  const { central, ship, broker } = pair;
  const random = seededRandom(seed);
  const ran = (): readonly string[] => {
    try {
      return readFileSync(ship.path('ran'), 'utf8').split('\n').slice(0, -1);
    } catch {
      // Nothing has run yet.
      return [];
    }
  };
  const script = 'echo "$STEWARD_RUN" >> ran; echo "$STEWARD_RUN"; sleep 0.2';
  const started = Date.now();
  const [id = ''] = await central.submit({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs: ['sh', '-c', script],
    schedule: [1, seconds],
    catchUp: 'once',
    fileName: 'results',
  });
  const passed = (until: number): Promise<unknown> =>
    waitFor(`second ${until}`, () => Date.now() - started > until * 1_000, { withinMs: 120_000, everyMs: 20 });
  let isAway = false;
  for (let at = 3 + random.next() * 4; at < seconds - 5; at += 3 + random.next() * 6) {
    await passed(at);
    if (!isAway && at > 20 && at < 35) {
      await broker.stop();
      isAway = true;
    }
    if (isAway && at > 40) {
      await broker.start();
      isAway = false;
    }
    await ship.kill();
    await ship.start();
  }
  if (isAway) await broker.start();
  const view = await central.settled(id, 90_000);
  expect(view.state).toBe('succeeded');
  const { out } = await central.steward('output', id);
  const counts = {
    runs: count(out, /^(\d+) runs/),
    skipped: count(out, /^(\d+) skipped/m),
    missed: count(out, /^(\d+) missed/m),
  };
  expect(counts.runs + counts.skipped + counts.missed, `output: ${out}`).toBe(seconds);
  expect(counts.runs, `output: ${out}`).toBeGreaterThan(30);
  const unknown = count(out, /(\d+) unknown/);
  const succeeded = count(out, /(\d+) succeeded/);
  expect(succeeded + unknown, `output: ${out}`).toBe(counts.runs);
  // Each was started once, and of those that were not nobody says that they succeeded.
  expect(new Set(ran()).size).toBe(ran().length);
  expect(ran().length).toBeLessThanOrEqual(counts.runs);
  expect(ran().length).toBeGreaterThanOrEqual(succeeded);
  const results = (): readonly string[] => central.data('ship1', 'results').toString().split('\n').slice(0, -1);
  await waitFor('the results', () => results().length >= succeeded, { withinMs: 30_000, seen: () => results().length });
  expect(results()).toHaveLength(succeeded);
  expect(new Set(results()).size).toBe(succeeded);
  expect(results().every((run) => ran().includes(run))).toBe(true);
}, 240_000);
