// From the connection of a node that was away to the start of the command that waits for it.
import { quantile, type Figure } from '../figure.ts';
import type { BenchNode } from '../lab/bench-node.ts';
import { command } from '../lab/messages.ts';
import { submit } from '../lab/submit.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { isFinal } from '../../src/model/state.ts';
import type { Row } from './row.ts';

export const connection: Row = {
  name: 'connection',
  async measure({ lab, limits, scale }) {
    const { central, ship } = await lab.pair();
    const samples: number[] = [];
    const rounds = Math.max(10, scale(50));
    for (let round = 0; round < rounds; round += 1) samples.push(await oneRound(central, ship));
    const limit = { name: 'request/reply', value: limits.request.p50 };
    return [
      {
        name: "receiver's connection to start of the method, p50",
        value: quantile(samples, 0.5),
        unit: 'ms',
        goal: { atMost: 20 },
        limit,
      },
      {
        name: "receiver's connection to start of the method, p99",
        value: quantile(samples, 0.99),
        unit: 'ms',
        goal: { atMost: 100 },
        limit,
      },
    ] satisfies readonly Figure[];
  },
};

async function oneRound(central: BenchNode, ship: BenchNode): Promise<number> {
  await ship.stop('SIGKILL');
  // The command's own first act is to look at the clock.
  const [id = ''] = await submit(central.intake, [command(['date', '+%s%N'], { reply: 'none' })]);
  await waitUntil('the ship to be seen away', 5, async () =>
    (await central.client.nodes()).some(({ name, presence }) => name === ship.name && presence === 'offline'),
  );
  await ship.start();
  await waitUntil('the command to end', 5, async () => isFinal((await central.client.message(id)).state));
  const startedMs = Number(Buffer.from(await central.client.output(id, 'stdout')).toString()) / 1e6;
  const up = ship.log().find(({ msg }) => msg === 'link: up');
  if (up === undefined) throw new Error('the log does not say when the link came up');
  return startedMs - Date.parse(up.time);
}
