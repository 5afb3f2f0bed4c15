// The figures as a table that reads the same on a terminal and in BENCHMARKS.md.
import { isMet, type Figure, type Unit } from './figure.ts';
import type { Limits } from './limits/measure-limits.ts';

const heads = ['Figure', 'Measured', 'Goal', '', 'Raw limit of the same run', 'Ratio'] as const;

export function figureTable(figures: readonly Figure[]): string {
  return table([heads, ...figures.map(cells)]);
}

export function limitTable({ request, sync, spawn, executor, node }: Limits): string {
  const speed = (name: string, { p50, p99, perSecond }: Limits['request']) => [
    name,
    text(p50, 'ms'),
    text(p99, 'ms'),
    text(perSecond, '/s'),
  ];
  return table([
    ['Raw limit', 'p50', 'p99', 'many at once'],
    speed('request/reply over the same broker', request),
    speed('4 KiB appended, fdatasync', sync),
    speed('spawn `true`, from a small process', spawn),
    speed('spawn `true`, through the executor', executor),
    ['bare Node: whole life, resident', text(node.startMs, 'ms'), text(node.residentMb, 'MB'), ''],
  ]);
}

function cells(figure: Figure): readonly string[] {
  const { name, value, unit, goal, limit } = figure;
  const met = isMet(figure);
  return [
    name,
    text(value, unit),
    goal === undefined ? '' : 'atMost' in goal ? `≤ ${text(goal.atMost, unit)}` : `≥ ${text(goal.atLeast, unit)}`,
    met === undefined ? '' : met ? 'met' : '**missed**',
    limit === undefined ? '' : `${limit.name} ${text(limit.value, unit)}`,
    limit === undefined ? '' : `${short(value / limit.value)} ×`,
  ];
}

function text(value: number, unit: Unit): string {
  return unit.startsWith('/') ? `${short(value)}${unit}` : `${short(value)} ${unit}`;
}

function short(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_head, column) => Math.max(...rows.map((row) => (row[column] ?? '').length), 3));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}
