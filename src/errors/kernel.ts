// The error kernel: counts the errors of a node, keeps the counts, and tells central of them, whatever comes and for as long as it comes.
//
// Job: every report is counted under its kind; a second later its row is in the store; central hears of a new kind as soon, of
//      repetitions at growing pauses, by few and small messages.
// From: whatever reports an error (model/error-report.ts). To: the store, and the flow, which makes a message of a batch.
//
// 1. Memory is bounded by kinds and codes (counted.ts), writing by one commit a second, what is sent by an allowance (allowance.ts).
// 2. Counts are exact: what a batch tells is taken from what is untold by the very commit that makes its message. A crash loses
//    what was counted and not kept, which is at most that of the last second.
// 3. There is one message to central at a time: while it waits for the link, or for weeks, counts add up behind it.
// 4. Errors about the reporting of errors are kept and never told: they cannot loop.
import type { Clock, Timers } from '../base/clock.ts';
import { maxErrorBatchBytes, packError, packErrors, type TravellingError } from '../model/error-batch.ts';
import type { ErrorReport } from '../model/error-report.ts';
import type { MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { ErrorRecord } from '../model/record.ts';
import type { StoreOp } from '../model/store-op.ts';
import { Allowance } from './allowance.ts';
import { Kinds, type Counted } from './counted.ts';

/** Ms until what was counted is written. */
export const keepAfterMs = 1_000;
/** Ms until a new kind is told, at most: what comes with it goes with it. */
export const tellAfterMs = 1_000;
/** Pause before a message that has only repetitions, in ms: doubled each time, until nothing has come for as long. */
export const leastRepeatMs = 60_000;
const mostRepeatMs = 3_600_000;
/** No message goes so soon after the start, in ms. */
const startPauseMs = 6_000;
/** Pause after a batch that was refused, in ms. */
const refusedPauseMs = 10_000;

export interface ErrorBatch {
  readonly body: Uint8Array;
  /** To be committed with the message, or not at all. */
  readonly ops: readonly StoreOp[];
}

export interface KernelOptions {
  readonly node: NodeName;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: { next(): number };
  /** Calls back when the rows are durable, however long that takes. */
  readonly keep: (ops: readonly StoreOp[], then: () => void) => void;
  /** Calls back when the batch is durable: with the id of the message that is on its way to central, or with undefined, where this is central. */
  readonly tell: (
    batch: ErrorBatch,
    then: (answer: { readonly id: MessageId | undefined } | 'refused') => void,
  ) => void;
}

export class ErrorKernel {
  readonly #options: KernelOptions;
  readonly #kinds = new Kinds();
  readonly #allowance: Allowance;
  readonly #startedAt: number;
  #ready = false;
  #closed = false;
  #keeping = false;
  #telling = false;
  #underWay: MessageId | undefined;
  #cancelKeep: (() => void) | undefined;
  #cancelTell: (() => void) | undefined;
  #tellAt = Infinity;
  #lastTold = -Infinity;
  #repeatMs = leastRepeatMs;
  #notBefore: number;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.#allowance = new Allowance(options.clock);
    this.#startedAt = options.clock.monotonic();
    this.#notBefore = this.#startedAt + startPauseMs;
  }

  report(report: ErrorReport): void {
    if (this.#closed) return;
    const counted = this.#kinds.count(report, this.#options.clock.monotonic());
    if (!this.#ready) return;
    this.#keepSoon();
    if (counted.isNew || this.#tellAt === Infinity) this.#tellSoon();
  }

  /** The store has been taken up: what an earlier life had not told, and the message that it left on its way. */
  start(found: { readonly untold: readonly ErrorRecord[]; readonly underWay: MessageId | undefined }): void {
    for (const record of found.untold) this.#kinds.restore(record, this.#options.clock.monotonic());
    this.#underWay = found.underWay;
    this.#ready = true;
    this.#keepSoon();
    this.#tellSoon();
  }

  /** The message is not on its way any more. */
  settled(id: MessageId): void {
    if (id !== this.#underWay) return;
    this.#underWay = undefined;
    this.#tellSoon();
  }

  /** Writes what is counted; nothing is taken from here on. */
  close(): void {
    if (this.#ready) this.#keep();
    this.#closed = true;
    this.#cancelKeep?.();
    this.#cancelTell?.();
  }

  #keepSoon(): void {
    if (this.#cancelKeep !== undefined || this.#keeping || this.#closed) return;
    if (!some(this.#kinds, ({ unkept }) => unkept > 0)) return;
    this.#cancelKeep = this.#options.timers.after(keepAfterMs, () => this.#keep());
  }

  #keep(): void {
    this.#cancelKeep?.();
    this.#cancelKeep = undefined;
    const ops: StoreOp[] = [];
    for (const counted of this.#kinds) {
      if (counted.unkept === 0) continue;
      ops.push(this.#add(counted, { count: counted.unkept, untold: counted.isLocal ? 0 : counted.unkept }));
      counted.unkept = 0;
    }
    if (ops.length === 0) return;
    this.#keeping = true;
    this.#options.keep(ops, () => {
      this.#keeping = false;
      this.#keepSoon();
    });
  }

  #tellSoon(): void {
    if (!this.#ready || this.#closed || this.#telling || this.#underWay !== undefined) return;
    const { clock, timers, random } = this.#options;
    const now = clock.monotonic();
    const due = this.#dueAt(now, random);
    if (due >= this.#tellAt) return;
    this.#cancelTell?.();
    this.#tellAt = due;
    this.#cancelTell = timers.after(Math.max(0, due - now), () => {
      this.#tellAt = Infinity;
      this.#cancelTell = undefined;
      this.#tell();
    });
  }

  /** When something is to be told, by the monotonic clock; Infinity: there is nothing. */
  #dueAt(now: number, random: { next(): number }): number {
    if (!some(this.#kinds, ({ untold }) => untold > 0)) return Infinity;
    const isNew = some(this.#kinds, (counted) => counted.untold > 0 && counted.isNew);
    const soon = now + tellAfterMs * (0.5 + random.next() / 2);
    const wanted = isNew ? soon : Math.max(soon, this.#lastTold + this.#repeatMs);
    return Math.max(wanted, this.#notBefore, now + this.#allowance.waitMs());
  }

  #tell(): void {
    if (this.#closed || this.#telling || this.#underWay !== undefined) return;
    const now = this.#options.clock.monotonic();
    // A timer may fire a moment before the clock says so.
    if (this.#allowance.waitMs() > 0) return this.#tellSoon();
    const chosen = choose(this.#kinds);
    if (chosen.length === 0) return;
    this.#allowance.take();
    this.#paceRepetitions(now, chosen);
    const told = chosen.map((counted) => ({ counted, untold: counted.untold, unkept: counted.unkept }));
    const body = packErrors(chosen.map(travelling));
    const ops = chosen.map((counted) =>
      this.#add(counted, { count: counted.unkept, untold: counted.unkept - counted.untold }),
    );
    for (const counted of chosen) {
      counted.unkept = 0;
      counted.untold = 0;
      counted.isNew = false;
    }
    this.#telling = true;
    this.#options.tell({ body, ops }, (answer) => {
      this.#telling = false;
      if (answer === 'refused') {
        for (const { counted, untold, unkept } of told) {
          counted.untold += untold;
          counted.unkept += unkept;
        }
        this.#notBefore = this.#options.clock.monotonic() + refusedPauseMs;
        this.#keepSoon();
      } else this.#underWay = answer.id;
      this.#tellSoon();
    });
  }

  /** The next repetitions wait twice as long, if these came without a rest. */
  #paceRepetitions(now: number, chosen: readonly Counted[]): void {
    const rested = now - this.#lastTold > 2 * this.#repeatMs;
    const onlyRepeats = chosen.every(({ isNew }) => !isNew);
    if (rested) this.#repeatMs = leastRepeatMs;
    else if (onlyRepeats) this.#repeatMs = Math.min(this.#repeatMs * 2, mostRepeatMs);
    this.#lastTold = now;
  }

  #add(counted: Counted, change: { readonly count: number; readonly untold: number }): StoreOp {
    const { kind, code, lane, id, text, hint, firstAt, lastAt } = counted;
    const row = { node: this.#options.node, kind, code, lane, id, text, hint, firstAt, lastAt };
    return { op: 'error-add', record: { ...row, ...change } };
  }
}

/** What goes into one message: what is new first, then what has come most often. */
function choose(kinds: Kinds): readonly Counted[] {
  const waiting = [...kinds]
    .filter(({ untold }) => untold > 0)
    .sort((one, other) => Number(other.isNew) - Number(one.isNew) || other.untold - one.untold);
  const chosen: Counted[] = [];
  let bytes = 2;
  for (const counted of waiting) {
    bytes += Buffer.byteLength(packError(travelling(counted))) + 2;
    if (bytes > maxErrorBatchBytes && chosen.length > 0) break;
    chosen.push(counted);
  }
  return chosen;
}

function travelling(counted: Counted): TravellingError {
  const { kind, code, lane, id, text, hint, untold, firstAt, lastAt } = counted;
  return { kind, code, lane, id, text, hint, count: untold, firstAt, lastAt };
}

function some(kinds: Kinds, is: (counted: Counted) => boolean): boolean {
  for (const counted of kinds) if (is(counted)) return true;
  return false;
}
