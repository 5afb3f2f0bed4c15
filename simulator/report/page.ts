// The tables of docs/reliability.md that are made from the code and from recorded runs.
import { faultKinds, faultTable } from '../faults.ts';
import { plantedBugs } from '../planted/bugs.ts';
import { crashesOf, packetFaultsOf } from './figures.ts';
import type { Recorded } from './record.ts';
import { count } from './text.ts';

const dayMs = 86_400_000;

/** The page with what stands between its marks made anew. Throws where a mark is missing. */
export function fillPage(page: string, recorded: Recorded): string {
  const parts = { figures: figuresTable(recorded), faults: faultsTable(recorded), planted: plantedTable(recorded) };
  let filled = page;
  for (const [name, text] of Object.entries(parts)) {
    const [from, to] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
    const start = filled.indexOf(from);
    const end = filled.indexOf(to);
    if (start === -1 || end === -1) throw new Error(`docs/reliability.md has no place for ${name}`);
    filled = `${filled.slice(0, start + from.length)}\n${text}\n\n${filled.slice(end)}`;
  }
  return filled;
}

/** Columns as wide as their widest cell, as prettier makes them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function figuresTable({ figures }: Recorded): string {
  return table(
    ['What', 'How many'],
    [
      ['seeds', count(figures.seeds)],
      ['nodes in a world, in the mean', (figures.nodes / figures.seeds).toFixed(2)],
      ['nodes in a world, at most', count(figures.mostNodes)],
      ['messages, without their replies', count(figures.messages)],
      ['deaths of a process', count(crashesOf(figures))],
      ['frames', count(figures.packets)],
      ['faults of single frames', count(packetFaultsOf(figures))],
      ['simulated days', count(figures.simulatedMs / dayMs)],
    ],
  );
}

function faultsTable({ figures }: Recorded): string {
  return table(
    ['Fault', 'What it is', 'Times', 'In so many of the seeds'],
    faultKinds.map((kind) => {
      // One that is newer than the record has no figures in it.
      const seedsWith = figures.seedsWith[kind] as number | undefined;
      if (seedsWith === undefined) return [`\`${kind}\``, faultTable[kind], 'not recorded', 'not recorded'];
      const share = `${((seedsWith / Math.max(1, figures.seeds)) * 100).toFixed(1)} %`;
      return [`\`${kind}\``, faultTable[kind], count(figures.faults[kind]), share];
    }),
  );
}

function plantedTable({ catches }: Recorded): string {
  return table(
    ['Bug', 'What is wrong', 'Caught by', 'After so many seeds'],
    plantedBugs.map(({ name, about }) => {
      const caught = catches.find((one) => one.name === name);
      return [`\`${name}\``, about, caught?.caughtBy ?? 'not recorded', String(caught?.seeds ?? 'not recorded')];
    }),
  );
}
