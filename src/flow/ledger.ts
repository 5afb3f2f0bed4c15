// How much waits: what is open in the outbox, by its receiver, and what is accepted and not ended in the inbox, by its sender.
//
// Boundary. From: context.ts, which shows it every commit, and whoever closes a message. To: queue-limits.ts and inbox-room.ts.
// 1. The counts are those of the store when every commit handed in so far is durable; one that is refused is taken back.
// 2. They are read from the store at a start, and, of one node, when lanes to it are lost. Nothing else reads them.
import { isReplyLane, type LaneName } from '../model/lane.ts';
import type { NodeName } from '../model/node-name.ts';
import type { KeptAmount, RestartState, StoreOp } from '../model/store-op.ts';
import { Load } from './load.ts';

export interface Kept {
  readonly head: string;
  readonly bodySize: number;
}

export class Ledger {
  readonly outbox = new Load();
  /** Of the inbox. What answers this node's own requests is counted apart, so that requests never keep it out. */
  readonly requests = new Load();
  readonly replies = new Load();
  /** Messages of the inbox, and of the outbox, that have ended in this life. */
  ends = 0;

  restore(state: Pick<RestartState, 'outLanes' | 'inLanes' | 'started'>): void {
    for (const { to, ...amount } of state.outLanes) this.outbox.add(to, amount);
    for (const { from, lane, ...amount } of state.inLanes) this.inbox(lane).add(from, amount);
    for (const record of state.started) this.inbox(record.lane).add(record.from, amountOf(record));
  }

  inbox(lane: LaneName): Load {
    return isReplyLane(lane) ? this.replies : this.requests;
  }

  /** Answers the nodes whose outbox is to be counted anew. */
  added(ops: readonly StoreOp[]): readonly NodeName[] {
    const lost: NodeName[] = [];
    for (const op of ops) {
      if (op.op === 'outbox-add') this.outbox.add(op.record.to, amountOf(op.record));
      else if (op.op === 'inbox-add' && op.record.state !== 'ended')
        this.inbox(op.record.lane).add(op.record.from, amountOf(op.record));
      else if (op.op === 'outlane-lost') lost.push(op.to);
    }
    return lost;
  }

  /** The commit was refused, or its step has failed: nothing of it has happened. */
  takenBack(ops: readonly StoreOp[]): void {
    for (const op of ops) {
      if (op.op === 'outbox-add') this.outbox.remove(op.record.to, amountOf(op.record));
      else if (op.op === 'inbox-add' && op.record.state !== 'ended')
        this.inbox(op.record.lane).remove(op.record.from, amountOf(op.record));
    }
  }

  /** A commit is about to say that the lane is done with it. */
  closed(to: NodeName, record: Kept): void {
    this.outbox.remove(to, amountOf(record));
    this.ends += 1;
  }

  /** A commit is about to say that its method has ended. */
  ended(record: Kept & { readonly from: NodeName; readonly lane: LaneName }): void {
    this.inbox(record.lane).remove(record.from, amountOf(record));
    this.ends += 1;
  }
}

export function amountOf(record: Kept): KeptAmount {
  return { messages: 1, bytes: record.head.length + record.bodySize };
}
