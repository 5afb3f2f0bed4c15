// The process list as text, for files and for people: each line begins with the subject that the process is there for.
import type { ProcessRow } from '../model/process-row.ts';

export function processLines(node: string, rows: readonly ProcessRow[]): string {
  return rows.map((row) => `${lineOf(node, row)}\n`).join('');
}

function lineOf(node: string, row: ProcessRow): string {
  const receiver = row.kind === 'publisher' ? row.node : node;
  const sender = row.kind === 'publisher' ? node : row.node;
  const parts = [
    `${receiver}.${row.lane}.${sender}`,
    row.process,
    row.waiting === undefined ? row.state : `${row.state}: ${row.waiting}`,
    `restarts ${row.restarts}`,
    `mailbox ${row.mailbox}${row.more ? '+' : ''}`,
    `since ${new Date(row.since).toISOString()}`,
    ...(row.lastError === undefined
      ? []
      : [`last error ${new Date(row.lastError.at).toISOString()}: ${row.lastError.text}`]),
  ];
  return parts.join(', ');
}
