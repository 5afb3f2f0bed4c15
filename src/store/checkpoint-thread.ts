// A thread that moves what stands in the log into the database, with a connection of its own: it may take as long as the disk does.
//
// Boundary. From and to: checkpointer.ts. It speaks when it is there, and after every pass; it is asked to go on, or to end.
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase, type DriverName } from './driver.ts';

const port = parentPort;
if (port === null) throw new Error('the checkpoint runs as a worker thread only');
const { path, driver } = workerData as { path: string; driver: DriverName };
const database = openDatabase(path, driver, 'FULL');

/** Never waits for a reader or a writer: what they need stays in the log. */
const pass = (): void => {
  let error: string | undefined;
  try {
    database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  port.postMessage({ error });
};

port.on('message', (message: 'pass' | 'end') => {
  if (message === 'pass') return pass();
  database.close();
  port.close();
});
