// Removes what is finished for good, so that a node runs for years on a small disk: by age, and where the store comes near its quota.
//
// Boundary. From: flow.ts, after every step, and a timer. To: the store: questions for a page of it, commits that remove what they found.
// 1. What is not finished is never removed: a question names only what is, and the store looks again when it removes it.
// 2. The oldest goes first: in the order of intake, of the two boxes from the one whose next has been finished for longer.
// 3. One small step at a time: whatever else happens goes on between them. Only in a hurry the next is asked for before the last is durable.
// 4. Ages count node time (I8): a clock that jumps removes nothing.
import type { Finished, FinishedPage, Space, StoreOp } from '../model/store-op.ts';
import type { Context } from './context.ts';
import { boxes, firstOf, newCursor, noteLooked, noteRemoved, type Box, type Cursor } from './prune-cursor.ts';
import type { Bodies } from './receive-body.ts';
import { stampEveryMs } from './written.ts';

/** Of what the database may take: from here on it is made room, and from there on without a pause. */
const lowShare = 0.75;
const hurryShare = 0.9;
/** Room is looked at whenever so large a part of it has been written. */
const lookShare = 1 / 256;
/** Rows of a page of those that make room: about as many as are wanted. */
const leastRows = 64;
const mostRows = 1024;
const bytesOfRow = 2048;
/** Rows of a page of those that are looked through for their age, and the pause between two. */
const sweepRows = 128;
const sweepPauseMs = 5;
const sweepLeastMs = 1_000;
const longestTimerMs = 86_400_000;
const firstSweepMs = 60_000;
/** A large body that arrives may rest for so long before it makes room. */
const restMs = 10 * 60_000;
const bodiesAtOnce = 4;
/** Free pages of a file are given back where they are more than this part of it, and so many at once. */
const freeShare = 0.25;
const freeLeastBytes = 1024 * 1024;
const shrinkPages = 64;
const timerKey = 'retention';

interface Sweep {
  box: Box;
  afterOrd: number;
  /** In node time: when the first of what stays will have been kept for long enough. */
  next: number | undefined;
}

export class Retention {
  private readonly context: Context;
  private readonly bodies: Bodies;
  private readonly keepMs: number | null;
  private readonly databaseBytes: number | null;
  private readonly cursors: Readonly<Record<Box, Cursor>> = { outbox: newCursor(), inbox: newCursor() };
  private isWorking = false;
  private lookedAtBytes = 0;
  private wantsRoom: boolean;
  private sweep: Sweep | undefined;
  private isSwept = false;
  private sweptOps = -1;
  private toldFull = false;
  /** How long the file was when it was last shrunk: one that an earlier version made may not become shorter. */
  private shrunkFrom = Infinity;

  constructor(context: Context, bodies: Bodies) {
    this.context = context;
    this.bodies = bodies;
    ({ keepMs: this.keepMs, databaseBytes: this.databaseBytes } = context.options.retention);
    // The quota may be another one than that of the last start.
    this.wantsRoom = this.databaseBytes !== null;
  }

  /** To be called after every step: begins what is due. */
  look(): void {
    const { context, databaseBytes, keepMs } = this;
    if (!context.ready) return;
    if (databaseBytes !== null && context.written.bytes - this.lookedAtBytes >= databaseBytes * lookShare)
      this.wantsRoom = true;
    if (keepMs !== null && !this.isSwept) this.waitForSweep(Math.min(keepMs + stampEveryMs, firstSweepMs));
    if (keepMs !== null && this.sweptOps !== context.written.ops && this.sweep === undefined)
      this.waitForSweep(keepMs + stampEveryMs);
    if (!this.isWorking) this.goOn();
  }

  private waitForSweep(delayMs: number): void {
    this.isSwept = true;
    if (this.context.hasTimer(timerKey)) return;
    this.sweptOps = this.context.written.ops;
    this.sweepAfter(Math.max(sweepLeastMs, delayMs));
  }

  /** A timer takes no more than some weeks. */
  private sweepAfter(delayMs: number): void {
    this.context.timer(timerKey, Math.min(longestTimerMs, delayMs), () => {
      if (delayMs > longestTimerMs) return this.sweepAfter(delayMs - longestTimerMs);
      this.sweep = { box: 'outbox', afterOrd: 0, next: undefined };
    });
  }

  private goOn(): void {
    const { context } = this;
    this.isWorking = context.stalled === undefined && !context.stopping && (this.wantsRoom || this.sweep !== undefined);
    if (!this.isWorking) return;
    if (this.wantsRoom) return context.query({ query: 'space' }, (space) => this.judge(space));
    if (this.sweep !== undefined) this.sweepOn(this.sweep);
  }

  private judge(space: Space): void {
    const { context, databaseBytes } = this;
    this.wantsRoom = false;
    this.lookedAtBytes = context.written.bytes;
    const share = databaseBytes === null ? 0 : space.used / databaseBytes;
    if (share < lowShare) return this.shrink(space);
    // As much as there is too much of, and a little more: the nearer the bound, the more at once.
    const wanted = (share - lowShare + lookShare) * (databaseBytes ?? 0);
    this.oldest(wanted, (found) => {
      if (found === undefined) return this.noneFinished(share);
      this.toldFull = false;
      if (share < hurryShare) return this.remove(found.box, found.rows, () => this.goOn());
      // What is asked next sees what is removed: it need not wait for the disk.
      this.wantsRoom = true;
      this.remove(found.box, found.rows);
      this.goOn();
    });
  }

  /** Nothing that is finished is left. What is not stays: intake has bounds of its own. */
  private noneFinished(share: number): void {
    const { context } = this;
    if (share < 1) return this.goOn();
    const rested = this.bodies.dropRested(context.monotonic() - restMs, bodiesAtOnce);
    if (rested.length > 0) {
      this.wantsRoom = true;
      return context.commit(rested, () => this.goOn());
    }
    if (!this.toldFull)
      context.report('store-full', 'the store is as large as it may be, and nothing in it is finished', {
        hint: 'raise StoreQuota, or let messages that wait for absent nodes expire sooner',
      });
    this.toldFull = true;
    this.goOn();
  }

  private shrink({ used, file }: Space): void {
    const free = file - used;
    const isEnough = free <= Math.max(freeLeastBytes, file * freeShare);
    const isRigid = file >= this.shrunkFrom;
    this.shrunkFrom = isEnough ? Infinity : file;
    if (isEnough || isRigid) return this.goOn();
    this.wantsRoom = true;
    this.context.commit([{ op: 'shrink', pages: shrinkPages }], () => this.goOn());
  }

  /**
   * So much of the box whose oldest has been finished for longer, as far as both boxes show something in their next page; undefined:
   * there is nothing in either. `ended`: those that have been looked through in vain.
   */
  private oldest(
    wanted: number,
    then: (found: { readonly box: Box; readonly rows: readonly Finished[] } | undefined) => void,
    ended: ReadonlySet<Box> = new Set(),
  ): void {
    const limit = Math.min(mostRows, Math.max(leastRows, Math.ceil(wanted / bytesOfRow)));
    const pages = new Map<Box, FinishedPage | undefined>();
    const take = (box: Box, page: FinishedPage | undefined): void => {
      if (pages.set(box, page).size < boxes.length) return;
      const [oldest] = boxes
        .flatMap((one) => ({ box: one, page: pages.get(one), since: pages.get(one)?.found[0]?.doneAt ?? Infinity }))
        .sort((a, b) => a.since - b.since);
      if (oldest?.page !== undefined && oldest.page.found.length > 0) {
        const first = firstOf(oldest.page, wanted);
        noteLooked(this.cursors[oldest.box], first);
        return then({ box: oldest.box, rows: first.found });
      }
      const over = new Set(boxes.filter((one) => ended.has(one) || pages.get(one) === undefined));
      if (over.size === boxes.length) return then(undefined);
      this.oldest(wanted, then, over);
    };
    // Both at once: they wait for the disk together.
    for (const box of boxes) this.page({ box, limit, ended }, (page) => take(box, page));
  }

  /** The next page from where the cursor stands. Undefined: the box has been looked through in vain. */
  private page(
    { box, limit, ended }: { readonly box: Box; readonly limit: number; readonly ended: ReadonlySet<Box> },
    then: (page: FinishedPage | undefined) => void,
  ): void {
    const { context } = this;
    const cursor = this.cursors[box];
    if (ended.has(box) || context.written.ops < cursor.restUntilOps) return then(undefined);
    context.query({ query: 'finished', box, afterOrd: cursor.afterOrd, limit }, (page) => {
      if (page.found.length > 0) return then(page);
      noteLooked(cursor, page);
      if (!cursor.isFruitless) return then(page);
      // What was looked at is looked at again when as much has been written.
      cursor.restUntilOps = context.written.ops + cursor.lastLooked;
      then(undefined);
    });
  }

  private remove(box: Box, rows: readonly Finished[], then?: () => void): void {
    const ords = rows.map(({ ord }) => ord);
    noteRemoved(this.cursors[box], ords.length);
    this.context.commit([this.pruneOp(box, ords)], then);
  }

  private pruneOp(box: Box, ords: readonly number[]): StoreOp {
    return box === 'outbox' ? { op: 'outbox-prune', node: this.context.node, ords } : { op: 'inbox-prune', ords };
  }

  private sweepOn(sweep: Sweep): void {
    const { context, keepMs } = this;
    const { box, afterOrd } = sweep;
    if (keepMs === null) return;
    context.query({ query: 'finished', box, afterOrd, limit: sweepRows }, (page) => {
      sweep.afterOrd = page.through;
      const keptUntil = ({ doneAt }: Finished): number => doneAt + keepMs + stampEveryMs;
      const old = page.found.filter((row) => keptUntil(row) <= context.nodeTime());
      for (const row of page.found)
        if (!old.includes(row)) sweep.next = Math.min(sweep.next ?? Infinity, keptUntil(row));
      // What is not finished yet has its time before it.
      if (page.found.length < page.looked) sweep.next ??= context.nodeTime() + keepMs + stampEveryMs;
      if (old.length > 0) return this.remove(box, old, () => this.swept(sweep, page));
      this.swept(sweep, page);
    });
  }

  private swept(sweep: Sweep, page: FinishedPage): void {
    if (!page.isEnd) {
      this.context.timer(`${timerKey}-pause`, sweepPauseMs, () => this.goOn());
      return;
    }
    if (sweep.box === 'outbox') this.sweep = { ...sweep, box: 'inbox', afterOrd: 0 };
    else this.endSweep(sweep);
    this.goOn();
  }

  private endSweep(sweep: Sweep): void {
    const { context, keepMs } = this;
    this.sweep = undefined;
    if (keepMs === null) return;
    const rested = this.bodies.dropRested(context.monotonic() - keepMs, bodiesAtOnce);
    if (rested.length > 0) context.commit(rested);
    this.wantsRoom = true;
    if (sweep.next !== undefined) this.waitForSweep(sweep.next - context.nodeTime());
    else this.sweptOps = context.written.ops;
  }
}
