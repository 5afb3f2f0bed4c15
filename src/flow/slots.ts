// How many methods that take their time (commands, httpGet) run at once, of one sender and in all, and who is next when one has ended.
//
// Boundary. From: run.ts, before a job and at its end. To: run.ts, which is asked to go on with a lane.
// 1. A run holds one slot from before the mark of its start is written until its end. What holds none gives none back.
// 2. Nobody goes ahead of those who wait and could run: a free slot is offered to them. Senders take turns, and in each sender its
//    lanes of the highest priority, one start a turn. So every sender has its turn after at most one start of each other one.
// 3. Of every bound of more than one, one slot is left to ordered lanes: a flood that may run all at once does not keep them out.
// 4. Memory: an entry for each run, and for each lane that waits, which is in memory anyway.
import type { RunKey } from '../methods/run.ts';
import { isUnordered } from '../model/lane.ts';
import { methodEntry, type MethodName } from '../model/method-name.ts';
import type { NodeName } from '../model/node-name.ts';
import type { Context } from './context.ts';
import type { InLane } from './in-lane.ts';
import { runKey } from './run-request.ts';

export class Slots {
  private readonly context: Context;
  private readonly taken = new Map<RunKey, NodeName>();
  private readonly bySender = new Map<NodeName, number>();
  /** The next one first, of senders and of each sender's lanes. */
  private readonly waiting = new Map<NodeName, Set<InLane>>();
  private offered: InLane | undefined;

  constructor(context: Context) {
    this.context = context;
  }

  /** Whether the first message of the lane's queue may run now. If not, the lane waits until it is offered a slot. */
  take(lane: InLane): boolean {
    const first = lane.queue[0];
    if (first === undefined || !this.isFor(first.message.method)) return true;
    if (!this.fits(lane) || (lane !== this.offered && this.isExpectedBefore(lane))) {
      this.wait(lane);
      return false;
    }
    this.offered = undefined;
    this.leave(lane);
    this.hold(runKey(first.message), lane.from);
    return true;
  }

  /** What goes on for long needs little while it does, and would keep the others out. */
  isFor(method: MethodName): boolean {
    return this.context.options.methods.kindOf(method) === 'process' && methodEntry(method).endless !== true;
  }

  /** It runs already, whatever the bounds are. */
  hold(run: RunKey, sender: NodeName): void {
    this.count(run, sender);
    this.context.undo(() => this.give(run));
  }

  give(run: RunKey): void {
    const sender = this.taken.get(run);
    if (sender === undefined) return;
    this.context.undo(() => this.count(run, sender));
    this.taken.delete(run);
    const left = this.of(sender) - 1;
    if (left > 0) this.bySender.set(sender, left);
    else this.bySender.delete(sender);
  }

  private count(run: RunKey, sender: NodeName): void {
    if (this.taken.has(run)) return;
    this.taken.set(run, sender);
    this.bySender.set(sender, this.of(sender) + 1);
  }

  /** Goes on with those who wait, as far as there is room. */
  offer(goOn: (lane: InLane) => void): void {
    for (let next = this.next(); next !== undefined; next = this.next()) {
      this.leave(next);
      this.offered = next;
      goOn(next);
      this.offered = undefined;
    }
  }

  private of(sender: NodeName): number {
    return this.bySender.get(sender) ?? 0;
  }

  private fits(lane: InLane): boolean {
    const { runningPerSender, runningTotal } = this.context.options.limits;
    const least = isUnordered(lane.name) ? 1 : 0;
    const most = (bound: number): number => Math.max(1, bound - least);
    return this.taken.size < most(runningTotal) && this.of(lane.from) < most(runningPerSender);
  }

  private isExpectedBefore(lane: InLane): boolean {
    for (const lanes of this.waiting.values())
      for (const other of lanes) if (other !== lane && this.fits(other)) return true;
    return false;
  }

  private next(): InLane | undefined {
    for (const lanes of this.waiting.values()) {
      let first: InLane | undefined;
      for (const lane of lanes)
        if (this.fits(lane) && (first === undefined || lane.priority > first.priority)) first = lane;
      if (first !== undefined) return first;
    }
    return undefined;
  }

  /** At the end of its sender's lanes, and a sender that did not wait at the end of all. */
  private wait(lane: InLane): void {
    if (lane.waitsForSlot) return;
    lane.waitsForSlot = true;
    const lanes = this.waiting.get(lane.from) ?? new Set();
    this.waiting.set(lane.from, lanes.add(lane));
  }

  /** Whatever else its sender has waits behind the other senders from now on. */
  private leave(lane: InLane): void {
    if (!lane.waitsForSlot) return;
    lane.waitsForSlot = false;
    const lanes = this.waiting.get(lane.from);
    this.waiting.delete(lane.from);
    lanes?.delete(lane);
    if (lanes !== undefined && lanes.size > 0) this.waiting.set(lane.from, lanes);
  }
}
