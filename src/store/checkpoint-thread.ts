// A thread that moves what stands in the log into the database, with a connection of its own: it may take as long as the disk does.
//
// Boundary. From and to: checkpointer.ts. It speaks after every pass; it is asked to go on, or to end.
// 1. What it moves has been settled before (page-sums.ts).
import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase, type DriverName } from './driver.ts';
import { LogReader } from './log-format.ts';
import { LoggedPages } from './logged-pages.ts';
import { PageSums } from './page-sums.ts';
import { isCorrupt, isDiskFailure, reasonOf } from './store-error.ts';

export interface PassFailure {
  readonly reason: string;
  /** What has been moved may not be on the disk, and will not be moved again: only a new start puts it right. */
  readonly fatal: 'damage' | 'disk' | undefined;
}

const port = parentPort;
if (port === null) throw new Error('the checkpoint runs as a worker thread only');
const { path, driver } = workerData as { path: string; driver: DriverName };
const database = openDatabase(path, driver, 'FULL');
/** Reads while the other moves: nothing is moved that was written later than its look at the log. */
const reader = openDatabase(path, driver, 'FULL');
const log = openSync(`${path}-wal`, 'r');
/** Reads on from where the last pass had come to. */
const frames = new LogReader(log);
/** Of pages in the log: what has not been settled yet. */
const unsettled = new LoggedPages();
const sums = new PageSums(path, (forgotten) => port.postMessage({ forgotten }));

/** Never waits for a reader or a writer: what they need stays in the log. */
function pass(): PassFailure | undefined {
  try {
    reader.exec('BEGIN');
    try {
      reader.prepare('SELECT 1 FROM meta LIMIT 1').get();
      frames.advance(unsettled);
      // Without sums there is nothing to settle. A log that has just begun anew is for the next pass, when the other thread has marked it.
      if (sums.hold()) {
        if (sums.read('written')?.salt.equals(frames.mark.salt) !== true)
          return { reason: 'the log has just begun anew', fatal: undefined };
        fdatasyncSync(log);
        sums.settle({ ...frames.mark, pages: unsettled });
      }
      unsettled.clear();
      database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
    } finally {
      reader.exec('ROLLBACK');
    }
    return undefined;
  } catch (error) {
    return { reason: reasonOf(error), fatal: isCorrupt(error) ? 'damage' : isDiskFailure(error) ? 'disk' : undefined };
  }
}

port.on('message', (message: 'pass' | 'end') => {
  if (message === 'pass') return port.postMessage({ failure: pass() });
  reader.close();
  database.close();
  closeSync(log);
  sums.close();
  port.close();
});
