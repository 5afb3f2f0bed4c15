// Both drivers of the store: nodes go from one to the other under kill -9, and the contract of the store runs on the newer Node's own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { switchDriver } from '../agitate/switch-driver.ts';
import type { Scene } from '../scene.ts';
import { playCampaign } from './play-campaign.ts';
import { openTriangle } from './triangle.ts';

/** scripts/faults.mjs looks for it. */
const newerNode = process.env['STEWARD_TEST_NODE'];
/** This runs from two folders below the root. */
const root = fileURLToPath(new URL('../..', import.meta.url));

export const drivers: Scene = {
  name: 'drivers',
  what: 'nodes killed, and started on the other driver: libsql and the SQLite of a newer Node',
  seconds: 35,
  least: { driver: 24 },
  leastMessages: 500,
  obstacle: () =>
    newerNode === undefined ? 'no Node of 22.14 or newer could be had (scripts/fetch-node.mjs)' : undefined,
  play: async (stage) => {
    const runtime = newerNode ?? '';
    const { nodes, routes } = await openTriangle(stage);
    const judgement = await playCampaign(stage, {
      nodes,
      routes,
      agitators: (campaign) =>
        nodes.map((node) => switchDriver(stage, { campaign, node, runtime, everyMs: [500, 2_500] })),
    });
    const { passed, said } = await runContract(runtime);
    return {
      ...judgement,
      wrong: [...judgement.wrong, ...(passed ? [] : [`the contract of the store fails on the newer Node: ${said}`])],
      notes: [`the contract of the store on the newer Node: ${said}`],
    };
  },
};

async function runContract(runtime: string): Promise<{ readonly passed: boolean; readonly said: string }> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const child = spawn(runtime, [vitest, 'run', '--reporter=dot', 'test/unit/store', 'test/integration/store-frozen'], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
  const [code] = (await once(child, 'close')) as [number | null];
  const line = /^ *Tests .*$/m.exec(said)?.[0].trim();
  return { passed: code === 0 && line !== undefined, said: code === 0 ? (line ?? 'no test ran') : said };
}
