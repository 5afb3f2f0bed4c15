// A program that opens a store as the node does, for a test that kills it meanwhile: a path, a driver, and the place where it ends itself.
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { Disk } from '../../src/store/disk.ts';
import type { DriverName } from '../../src/store/driver.ts';
import { systemSync } from '../../src/store/wal.ts';
import { reach, type Place } from './next-schema.ts';

/** A line that it says: where it is, or why it could not go on. */
export type MigrationLine = Place | `failed ${string}`;

const [path = '', driver = ''] = process.argv.slice(2);

try {
  reach('began');
  const disk = new Disk({
    path,
    driver: driver as DriverName,
    calls: systemSync,
    clock: systemClock,
    onForgotten: (why) => void writeSync(2, `forgotten: ${why}\n`),
  });
  reach('opened');
  disk.close();
} catch (error) {
  const line: MigrationLine = `failed ${String((error as { code?: unknown }).code)}: ${String(error)}`;
  writeSync(1, `${line}\n`);
  process.exitCode = 1;
}
