// The table of errors of the store in memory.
import type { ErrorRecord, StoredError } from '../model/record.ts';
import { errorSize, maxErrorBytes, maxErrorRows } from '../model/store-op.ts';
import { maxErrorsGoing } from './error-rows.ts';

interface ErrorRow extends StoredError {
  readonly ord: number;
  readonly endBytes: number;
}

/** What one more row costs does not grow with their number: a simulated fleet, and a test of the bounds, have thousands. */
export interface ErrorRows {
  /** In the order in which they came. */
  readonly byKey: Map<string, ErrorRow>;
  /** Of the newest row, which never gives way. */
  last: { readonly ord: number; readonly endBytes: number };
  /** The largest `changed` of all rows. */
  changed: number;
}

export const noErrorRows = (): ErrorRows => ({ byKey: new Map(), last: { ord: 0, endBytes: 0 }, changed: 0 });

export function addErrorRow(rows: ErrorRows, record: ErrorRecord): void {
  const { node, kind, firstAt } = record;
  const key = JSON.stringify([node, kind, firstAt]);
  const known = rows.byKey.get(key);
  const changed = rows.changed + 1;
  if (known !== undefined) {
    const count = Math.min(known.count + record.count, Number.MAX_SAFE_INTEGER);
    const untold = Math.min(known.untold + record.untold, Number.MAX_SAFE_INTEGER);
    const news = record.count === 0 ? {} : { lastAt: Math.max(known.lastAt, record.lastAt), changed };
    rows.byKey.set(key, { ...known, count, untold, ...news });
  } else if (record.count > 0) {
    rows.last = { ord: rows.last.ord + 1, endBytes: rows.last.endBytes + errorSize(record) };
    rows.byKey.set(key, { ...record, changed, ...rows.last });
  }
  if (record.count === 0) return;
  rows.changed = changed;
  trim(rows);
}

function trim(rows: ErrorRows): void {
  const { byKey, last, changed } = rows;
  let looked = 0;
  let isNewestGone = false;
  for (const [key, row] of byKey) {
    if (row.untold > 0) continue;
    if ((looked += 1) > maxErrorsGoing) break;
    if (row.ord > last.ord - maxErrorRows && row.endBytes > last.endBytes - maxErrorBytes) continue;
    byKey.delete(key);
    if (row.changed === changed) isNewestGone = true;
  }
  if (isNewestGone) rows.changed = [...byKey.values()].reduce((most, row) => Math.max(most, row.changed), 0);
}

export function untoldErrors(rows: ErrorRows, limit: number): readonly ErrorRecord[] {
  return storedErrors(rows)
    .filter(({ untold }) => untold > 0)
    .slice(0, limit)
    .map(({ changed: _changed, ...record }) => record);
}

export function storedErrors({ byKey }: ErrorRows): readonly StoredError[] {
  return [...byKey.values()].map(({ ord: _ord, endBytes: _endBytes, ...record }) => record);
}
