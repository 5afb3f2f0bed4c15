// The command line of the simulator.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { faultKinds, faultTable, isFaultKind, type FaultKind } from './faults.ts';

export interface Options {
  readonly help: boolean;
  readonly firstSeed: number;
  /** Undefined: one seed is replayed, with its history. */
  readonly seeds: number | undefined;
  readonly nodes: number | undefined;
  readonly minutes: number | undefined;
  readonly only: readonly FaultKind[] | undefined;
  readonly json: boolean;
  readonly planted: boolean;
  readonly bugs: readonly string[];
  readonly threads: number;
  readonly record: boolean;
}

const mostSeed = 2 ** 32 - 1;
const mostNodes = 200;
const usualSeeds = 1_000;

export function readOptions(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      seed: { type: 'string' },
      seeds: { type: 'string' },
      nodes: { type: 'string' },
      minutes: { type: 'string' },
      only: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      planted: { type: 'boolean', default: false },
      threads: { type: 'string' },
      record: { type: 'boolean', default: false },
    },
  });
  if (positionals.length > 0 && !values.planted) throw new Error(`"${positionals[0]}" is no option; see --help`);
  const only = values.only?.map((name) => {
    if (isFaultKind(name)) return name;
    throw new Error(`--only takes one of ${faultKinds.join(', ')}, not ${name}`);
  });
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes > 0)) throw new Error('--minutes takes a number above 0');
  const many = values.seeds !== undefined || values.minutes !== undefined || values.seed === undefined;
  return {
    help: values.help,
    firstSeed: whole('seed', values.seed ?? '1', 0, mostSeed),
    seeds: many
      ? whole('seeds', values.seeds ?? String(minutes === undefined ? usualSeeds : mostSeed), 1, mostSeed)
      : undefined,
    nodes: values.nodes === undefined ? undefined : whole('nodes', values.nodes, 2, mostNodes),
    minutes,
    only,
    json: values.json,
    planted: values.planted,
    bugs: positionals,
    threads: whole('threads', values.threads ?? String(availableParallelism()), 1, 1024),
    record: values.record,
  };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`--${name} takes a whole number from ${least} to ${most}, not ${text}`);
  return value;
}

export function helpText(): string {
  const faults = faultKinds.map((kind) => `  ${kind.padEnd(14)}${faultTable[kind]}`).join('\n');
  return `Usage: npm run simulate -- [options]

Runs the node's own flow in simulated worlds, in which one seed decides everything that happens: messages, frames, crashes,
disks, clocks. A checker that sees all stores judges every commit, every frame and every run. docs/reliability.md says what for.

  npm run simulate -- --seeds 10000            ten thousand seeds: about ten minutes on two cores
  npm run simulate -- --seed 17                replays seed 17 and prints its history: time, node, event, message
  npm run simulate -- --planted                bugs planted on purpose: each has to be caught
  npm run simulate -- --minutes 60 --seed 1    as many seeds as one hour holds

Options:
  --seeds N       so many seeds (${usualSeeds} unless given)
  --seed S        the first of them (1 unless given); alone, the only one, replayed
  --nodes K       worlds of K nodes (2 to ${mostNodes}) instead of what the seed draws
  --minutes M     no new seed after so many minutes
  --only FAULT    no other faults than this; may be given several times
  --planted [BUG] the bugs of simulator/planted/bugs.ts, or those named
  --threads T     so many threads (one a core unless given)
  --json          the figures as JSON
  --record        writes the figures to simulator/report/recorded.json and into docs/reliability.md

Faults:
${faults}

Exit status: 0 nothing was violated · 1 something was: the seed is printed, with the command that replays it · 2 wrong use
`;
}
