// The kinds of errors that are being counted: a bounded number of them, whatever comes.
//
// 1. No count is lost: what finds no room is counted by its code, and the codes are a finite number.
// 2. Of a kind that gives way, all is in the store and told.
import type { ErrorReport } from '../model/error-report.ts';
import type { ErrorCode } from '../model/error-table.ts';
import type { ErrorRecord } from '../model/record.ts';
import { maxErrorHintLength, maxErrorLaneLength } from '../model/error-batch.ts';
import { isMessageId } from '../model/id.ts';
import { cut, describe, isAboutErrorLog, kindOf, oneLine } from './describe.ts';

/** Kinds that are told apart at a time. */
export const maxKinds = 64;
/** A row of a kind takes in what comes in so many ms; what comes later begins another. */
const rowSpanMs = 3_600_000;

/** One kind since its row began. */
export interface Counted {
  readonly key: string;
  readonly kind: string;
  readonly code: string;
  readonly lane: string | null;
  readonly id: string | null;
  readonly text: string;
  readonly hint: string | null;
  /** About the reporting itself: never told. */
  readonly isLocal: boolean;
  readonly firstAt: number;
  lastAt: number;
  /** Monotonic. */
  readonly beganAt: number;
  /** Counted, and not given to the store yet. */
  unkept: number;
  /** Counted, and not told yet. */
  untold: number;
  /** Nothing of this kind has been told yet. */
  isNew: boolean;
}

export class Kinds {
  readonly #kinds = new Map<string, Counted>();

  /** Counts one; answers its kind. `now`: monotonic ms. */
  count(report: ErrorReport, now: number): Counted {
    const counted = this.#find(report, now);
    counted.unkept += 1;
    if (!counted.isLocal) counted.untold += 1;
    counted.lastAt = Math.max(counted.lastAt, report.at);
    return counted;
  }

  /** What an earlier life had counted and not told: more of its kind is added to it. */
  restore(record: ErrorRecord, now: number): void {
    const { kind, code, lane, id, text, hint, untold, firstAt, lastAt } = record;
    const row = { key: kind, kind, code, lane, id, text, hint, firstAt, lastAt, untold };
    this.#kinds.set(kind, { ...row, isLocal: false, beganAt: now, unkept: 0, isNew: false });
  }

  *[Symbol.iterator](): Iterator<Counted> {
    yield* this.#kinds.values();
  }

  get size(): number {
    return this.#kinds.size;
  }

  #find(report: ErrorReport, now: number): Counted {
    const { text, key } = describe(report);
    const known = this.#kinds.get(key) ?? this.#restored(key);
    if (known !== undefined && !isOver(known, now)) return known;
    const isNew = known === undefined;
    if (!isNew) this.#kinds.delete(key);
    while (this.#kinds.size >= maxKinds) if (!this.#makeRoom()) return this.#more(report, now);
    return this.#begin(key, { ...rowOf(report, now), text, isNew });
  }

  /** The kind that takes in all of a code for which there is no room. */
  #more(report: ErrorReport, now: number): Counted {
    const key = moreKey(report.code, isAboutErrorLog(report));
    const known = this.#kinds.get(key) ?? this.#restored(key);
    if (known !== undefined && !isOver(known, now)) return known;
    const row = { ...rowOf(report, now), lane: null, id: null, hint: null, isNew: true };
    return this.#begin(key, { ...row, text: `and more of ${report.code}, of other kinds` });
  }

  /** Of an earlier life only the short name of the kind is known. */
  #restored(key: string): Counted | undefined {
    const kind = kindOf(key);
    const found = this.#kinds.get(kind);
    if (found === undefined) return undefined;
    this.#kinds.delete(kind);
    const counted = { ...found, key };
    this.#kinds.set(key, counted);
    return counted;
  }

  #begin(key: string, row: Omit<Counted, 'key' | 'kind' | 'unkept' | 'untold'>): Counted {
    const counted = { ...row, key, kind: kindOf(key), unkept: 0, untold: 0 };
    this.#kinds.set(key, counted);
    return counted;
  }

  /** Takes away the kind that has rested longest of those that owe nothing; answers whether there was one. */
  #makeRoom(): boolean {
    let oldest: Counted | undefined;
    for (const one of this.#kinds.values()) {
      if (one.unkept === 0 && one.untold === 0 && (oldest === undefined || one.lastAt < oldest.lastAt)) oldest = one;
    }
    return oldest !== undefined && this.#kinds.delete(oldest.key);
  }
}

/** Nothing of it is owed, so that another row may begin. */
function isOver(counted: Counted, now: number): boolean {
  return counted.unkept === 0 && counted.untold === 0 && now - counted.beganAt > rowSpanMs;
}

function moreKey(code: ErrorCode, isLocal: boolean): string {
  return `more of ${code}${isLocal ? ', local' : ''}`;
}

function rowOf(
  report: ErrorReport,
  now: number,
): Omit<Counted, 'key' | 'kind' | 'text' | 'unkept' | 'untold' | 'isNew'> {
  const { code, lane, id, hint, at } = report;
  return {
    code,
    lane: lane === undefined ? null : cut(oneLine(lane), maxErrorLaneLength),
    id: id !== undefined && isMessageId(id) ? id : null,
    hint: hint === undefined ? null : cut(oneLine(hint), maxErrorHintLength),
    isLocal: isAboutErrorLog(report),
    firstAt: at,
    lastAt: at,
    beganAt: now,
  };
}
