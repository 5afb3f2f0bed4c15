// The benchmark: its options, its rows in order, and the tables.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { isMet, type Figure } from './figure.ts';
import { openLab } from './lab/open-lab.ts';
import { measureLimits } from './limits/measure-limits.ts';
import { backlog } from './rows/backlog.ts';
import { commands } from './rows/commands.ts';
import { connection } from './rows/connection.ts';
import { deadNode } from './rows/dead-node.ts';
import { errorStorm } from './rows/error-storm.ts';
import { idle } from './rows/idle.ts';
import { neighbours } from './rows/neighbours.ts';
import { queues } from './rows/queue.ts';
import { pings } from './rows/ping.ts';
import { quotas } from './rows/quota.ts';
import { roundTrip } from './rows/round-trip.ts';
import type { Row } from './rows/row.ts';
import { streams } from './rows/stream.ts';
import { figureTable, limitTable } from './table.ts';

const rows: readonly Row[] = [
  roundTrip,
  pings,
  commands,
  connection,
  idle,
  backlog,
  deadNode,
  queues,
  neighbours,
  quotas,
  errorStorm,
  streams,
];
const names = rows.map(({ name }) => name).join(', ');

/** `words`: the checkout, then the options of scripts/bench.mjs. */
export async function runBench(words: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const wanted = rows.filter(({ name, onlyByName }) => values.only?.includes(name) ?? onlyByName !== true);
  if (wanted.length === 0) throw new Error(`--only takes one of ${names}`);

  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const lab = await openLab({ root: positionals[0] ?? '.', profiles: values.profile });
  const figures: Figure[] = [];
  try {
    say('raw limits');
    const limits = await measureLimits({ brokerUrl: lab.brokerUrl, folder: lab.folder });
    const scale = (count: number): number => (values.quick ? count / 10 : count);
    for (const row of wanted) {
      say(row.name);
      figures.push(...(await row.measure({ lab, limits, scale, say })));
      await lab.clear();
    }
    const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1) ?? '?'} at the end`;
    if (values.json)
      process.stdout.write(
        `${JSON.stringify({ machine, limits, figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })) })}\n`,
      );
    else process.stdout.write(`${machine}\n\n${limitTable(limits)}\n\n${figureTable(figures)}\n`);
  } finally {
    await lab.close();
  }
}
