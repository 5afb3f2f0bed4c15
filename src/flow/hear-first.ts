// After a start, what was accepted before waits a little for its senders: what they have taken back meanwhile is not begun.
//
// From: restart.ts (lanes that hold requests), flow.ts (the link). To: run.ts, which goes on with them.
// 1. An order to cancel leaves its sender as soon as that hears this node's hello: it is waited for `hearMs` from the first
//    connection on, and without one `aloneMs`. Then work begins, whoever is there: a ship does it while nobody can reach it.
// 2. Replies, orders and errors do not wait, nor does what comes into a lane that held nothing.
import { isNodesOwn, isReplyLane } from '../model/lane.ts';
import type { Context } from './context.ts';
import type { InLane } from './in-lane.ts';

/** The way of a hello and of the order that answers it, on a slow link. */
const hearMs = 2_000;
export const aloneMs = 3_000;
const timerKey = 'hear-first';

export class HearFirst {
  private readonly context: Context;
  private readonly goOn: (lane: InLane) => void;
  private waiting: InLane[] = [];
  private isLinked = false;

  constructor(context: Context, goOn: (lane: InLane) => void) {
    this.context = context;
    this.goOn = goOn;
  }

  /** At a start, once: lanes that hold what was accepted before. */
  begin(lanes: Iterable<InLane>): void {
    this.waiting = [...lanes].filter(
      ({ from, name }) => from !== this.context.node && !isNodesOwn(name) && !isReplyLane(name),
    );
    for (const lane of this.waiting) lane.waitsToHear = true;
    if (this.waiting.length > 0) this.context.timer(timerKey, aloneMs, () => this.end());
  }

  linkUp(): void {
    if (this.waiting.length === 0 || this.isLinked) return;
    this.isLinked = true;
    this.context.timer(timerKey, hearMs, () => this.end());
  }

  private end(): void {
    const lanes = this.waiting;
    this.waiting = [];
    for (const lane of lanes) {
      lane.waitsToHear = false;
      this.goOn(lane);
    }
  }
}
