// Stands in the place of src/store/schema.ts in the program that a test kills: with it the store is of the next version. It says each
// place of the migration before it goes past it, and can end itself there as if it were killed.
import { writeSync } from 'node:fs';
import * as present from '../../src/store/schema.ts';
import { nextVersion, type Point } from './made-up-store.ts';

export type Place = 'began' | `statement ${Point}` | 'opened';

const [, , endAt = ''] = process.argv.slice(2);

/** Synchronous: what has been said has been said, whatever comes next. */
export function reach(place: Place): void {
  writeSync(1, `${place}\n`);
  if (place === endAt) process.kill(process.pid, 'SIGKILL');
}

/** @public For src/store, as the next one. */
export const { accepted, acceptedBody, isNews } = present;
/** @public */
export const presentVersion = nextVersion((point) => reach(`statement ${point}`));
