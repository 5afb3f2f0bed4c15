// A change that is being collected: what is to be written in one commit, and what follows when it is durable.
import type { StoreOp } from '../model/store-op.ts';
import type { Context } from './context.ts';
import type { OutLane } from './out-lane.ts';

export interface Change {
  readonly ops: StoreOp[];
  readonly follow: (() => void)[];
  /** Lanes that got a new record in this change. */
  readonly lanes: Set<OutLane>;
}

export function newChange(): Change {
  return { ops: [], follow: [], lanes: new Set() };
}

export function applyChange(context: Context, change: Change): void {
  if (change.ops.length === 0) return;
  context.commit(change.ops, () => {
    for (const act of change.follow) act();
  });
}
