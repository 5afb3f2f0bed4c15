// How a quota of the store is shared out: so much for the database, the rest for its log and the sums of its pages. And what it takes now.
//
// 1. The files together stay under the quota by a twentieth: a transaction is written whole before anything of it is looked at.
import { statSync } from 'node:fs';
import { longestLog, longLog, type LogBounds } from './short-log.ts';

export interface Shares {
  readonly databaseBytes: number;
  readonly log: LogBounds;
}

const margin = 0.95;
/** A page in the log, with its head and its place in the index. */
const logPageBytes = 1072;
/** The log may take an eighth of the quota, and is moved when it has come to a half of that. */
const logShare = 1 / 8;
/** Of the database: its sums take 4 bytes for each KiB. */
const sumShare = 1 / 256;
/** What a transaction that is under way may add. */
const transactionBytes = 2 * 1024 * 1024;

export function shareOut(quotaBytes: number): Shares {
  const longest = Math.min(longestLog, Math.floor((quotaBytes * logShare) / logPageBytes));
  const log = { long: Math.min(longLog, Math.floor(longest / 2)), longest };
  const left = quotaBytes * margin - longest * logPageBytes - transactionBytes;
  return { databaseBytes: Math.floor(left * (1 - sumShare)), log };
}

/** Bytes of the files of the store, as far as they are there. */
export function storeBytes(path: string): number {
  return ['', '-wal', '-shm', '-sum']
    .map((part) => statSync(path + part, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}
