// What a run did, as a table and a verdict.
import type { Performance } from '../run-scene.ts';
import { faultKinds, sum, type Counts } from '../tally.ts';

export function faultText(counts: Counts): string {
  return faultKinds
    .filter((kind) => counts[kind] !== undefined)
    .map((kind) => `${counts[kind]} × ${kind}`)
    .join(', ');
}

const heads = ['Scene', 'Faults', 'Messages', 'Delivered', 'Other ends', 's', 'Delivered/s', 'Wrong'] as const;

export function faultTable(performances: readonly Performance[], seconds: number): string {
  const rows = performances.map((one) => [
    one.scene,
    one.obstacle === undefined ? faultText(one.faults) : `not played: ${one.obstacle}`,
    ...figures(one),
  ]);
  const total = totalOf(performances);
  return table([heads, ...rows, ['all', faultText(total.faults), ...figures({ ...total, seconds })]]);
}

interface Figures {
  readonly messages: number;
  readonly delivered: number;
  readonly states: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly wrong: readonly string[];
}

function figures({ messages, delivered, states, seconds, wrong }: Figures): readonly string[] {
  const rate = seconds === 0 ? '' : (delivered / seconds).toFixed(1);
  return [String(messages), String(delivered), otherEnds(states), seconds.toFixed(0), rate, String(wrong.length)];
}

function otherEnds(states: Readonly<Record<string, number>>): string {
  return ['unknown', 'expired', 'rejected', 'unanswered']
    .filter((state) => (states[state] ?? 0) > 0)
    .map((state) => `${states[state]} ${state}`)
    .join(', ');
}

export interface Total extends Omit<Figures, 'seconds'> {
  readonly faults: Counts;
}

export function totalOf(performances: readonly Performance[]): Total {
  const states: Record<string, number> = {};
  for (const one of performances)
    for (const [state, count] of Object.entries(one.states)) states[state] = (states[state] ?? 0) + count;
  return {
    faults: sum(performances.map((one) => one.faults)),
    messages: performances.reduce((count, one) => count + one.messages, 0),
    delivered: performances.reduce((count, one) => count + one.delivered, 0),
    states,
    wrong: performances.flatMap((one) => one.wrong),
  };
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_head, column) => Math.max(...rows.map((row) => (row[column] ?? '').length), 3));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}
