// How far a box has been looked through for what may be removed.
//
// 1. What was not finished when it was passed is passed again: the cursor goes back to the beginning at the end of the box, and whenever
//    as much has been removed as was left behind. So no row is looked at much more often than one is removed.
import type { FinishedPage } from '../model/store-op.ts';

export const boxes = ['outbox', 'inbox'] as const;
export type Box = (typeof boxes)[number];

/** Below so many a pass is not broken off. */
const leastLooked = 2048;

export interface Cursor {
  afterOrd: number;
  looked: number;
  removed: number;
  /** The last pass has come to the end of the box, and nothing was removed by it. */
  isFruitless: boolean;
  /** Rows that the last whole pass has looked at. */
  lastLooked: number;
  /** It is not looked at before so many operations have been written (context.ts). */
  restUntilOps: number;
}

export function newCursor(): Cursor {
  return { afterOrd: 0, looked: 0, removed: 0, isFruitless: false, lastLooked: 0, restUntilOps: 0 };
}

export function noteLooked(cursor: Cursor, page: FinishedPage): void {
  cursor.afterOrd = page.through;
  cursor.looked += page.looked;
  cursor.isFruitless = false;
  if (!page.isEnd) return;
  cursor.isFruitless = cursor.removed === 0 && page.found.length === 0;
  cursor.lastLooked = cursor.looked;
  beginAnew(cursor);
}

/** The beginning of a page, up to where it holds so many bytes: one row at least. */
export function firstOf(page: FinishedPage, bytes: number): FinishedPage {
  let sum = 0;
  const last = page.found.findIndex((row) => (sum += row.bytes) >= bytes);
  if (last === -1 || last === page.found.length - 1) return page;
  const found = page.found.slice(0, last + 1);
  const looked = Math.ceil((page.looked * found.length) / page.found.length);
  return { found, looked, through: found.at(-1)?.ord ?? page.through, isEnd: false };
}

export function noteRemoved(cursor: Cursor, rows: number): void {
  cursor.removed += rows;
  if (cursor.looked >= leastLooked && cursor.removed * 2 >= cursor.looked) beginAnew(cursor);
}

function beginAnew(cursor: Cursor): void {
  cursor.afterOrd = 0;
  cursor.looked = 0;
  cursor.removed = 0;
}
