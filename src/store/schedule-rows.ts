// The schedules of this node: how far each has come. Its message is a row of the inbox.
import type { ScheduleProgress, ScheduleRecord } from '../model/schedule.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { Migration } from './migrate.ts';
import type { SqlValue } from './driver.ts';
import type { SqliteStore } from './sqlite-store.ts';
import { text } from './value.ts';

export const scheduleTables = `
CREATE TABLE IF NOT EXISTS schedules (ord INTEGER PRIMARY KEY, progress TEXT NOT NULL);
`;

/** Its table is new, and made without a statement. */
export const keepsSchedules: Migration = { to: 7, what: 'keeps schedules', sql: [] };

export function writeSchedule(
  run: (sql: string, ...values: SqlValue[]) => void,
  op: StoreOp & { op: 'schedule' | 'schedule-drop' },
): void {
  if (op.op === 'schedule-drop') return run('DELETE FROM schedules WHERE ord = ?', op.ord);
  const { ord, progress } = op.record;
  return run('INSERT OR REPLACE INTO schedules (ord, progress) VALUES (?,?)', ord, JSON.stringify(progress));
}

export function schedules(store: SqliteStore): readonly ScheduleRecord[] {
  return store.all('SELECT ord, progress FROM schedules ORDER BY ord').map((row) => ({
    ord: Number(row['ord']),
    progress: JSON.parse(text(row['progress'])) as ScheduleProgress,
  }));
}
