// The table of errors of the store in memory.
import type { ErrorRecord, StoredError } from '../model/record.ts';
import { errorSize, maxErrorBytes, maxErrorRows } from '../model/store-op.ts';
import { maxErrorsGoing } from './error-rows.ts';

interface ErrorRow extends StoredError {
  readonly ord: number;
  readonly endBytes: number;
}

/** In the order in which they came. */
export type ErrorRows = ErrorRow[];

export function addErrorRow(rows: ErrorRows, record: ErrorRecord): void {
  const { node, kind, firstAt } = record;
  const at = rows.findIndex((row) => row.node === node && row.kind === kind && row.firstAt === firstAt);
  const known = rows[at];
  const changed = rows.reduce((most, row) => Math.max(most, row.changed), 0) + 1;
  if (known !== undefined) {
    const count = Math.min(known.count + record.count, Number.MAX_SAFE_INTEGER);
    const untold = Math.min(known.untold + record.untold, Number.MAX_SAFE_INTEGER);
    const news = record.count === 0 ? {} : { lastAt: Math.max(known.lastAt, record.lastAt), changed };
    rows[at] = { ...known, count, untold, ...news };
  } else if (record.count > 0) {
    const last = rows.at(-1);
    const endBytes = (last?.endBytes ?? 0) + errorSize(record);
    rows.push({ ...record, ord: (last?.ord ?? 0) + 1, changed, endBytes });
  }
  if (record.count > 0) trim(rows);
}

function trim(rows: ErrorRows): void {
  const last = rows.at(-1);
  if (last === undefined) return;
  const going = rows.filter(({ untold }) => untold <= 0).slice(0, maxErrorsGoing);
  for (const row of going) {
    const isOld = row.ord <= last.ord - maxErrorRows || row.endBytes <= last.endBytes - maxErrorBytes;
    if (isOld) rows.splice(rows.indexOf(row), 1);
  }
}

export function untoldErrors(rows: ErrorRows, limit: number): readonly ErrorRecord[] {
  return storedErrors(rows)
    .filter(({ untold }) => untold > 0)
    .slice(0, limit)
    .map(({ changed: _changed, ...record }) => record);
}

export function storedErrors(rows: ErrorRows): readonly StoredError[] {
  return rows.map(({ ord: _ord, endBytes: _endBytes, ...record }) => record);
}
