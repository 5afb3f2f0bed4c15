// A change that is being collected: what is to be written in one commit, and what follows when it is durable.
import type { StoreOp } from '../model/store-op.ts';
import type { Context } from './context.ts';
import type { OutLane } from './out-lane.ts';

export interface Change {
  readonly ops: StoreOp[];
  /** Steps of the process that makes the change. */
  readonly follow: (() => void)[];
  /** Steps of other processes, which come after those, whatever becomes of them. */
  readonly others: (() => void)[];
  /** Lanes that got a new record in this change. */
  readonly lanes: Set<OutLane>;
  /** Nothing starts or leaves when it is durable. */
  mayWait?: boolean;
}

export function newChange(): Change {
  return { ops: [], follow: [], others: [], lanes: new Set() };
}

export function applyChange(context: Context, change: Change): void {
  if (change.ops.length === 0) return;
  context.commitAndFollow(byKind(change.ops), change);
}

/**
 * What is of one kind side by side, so that the store can write it at once. The kinds stay in the order in which they first
 * came, in which every change names what it does to one row.
 */
function byKind(ops: readonly StoreOp[]): readonly StoreOp[] {
  const kinds = new Map<StoreOp['op'], StoreOp[]>();
  for (const op of ops) {
    const known = kinds.get(op.op);
    if (known === undefined) kinds.set(op.op, [op]);
    else known.push(op);
  }
  return [...kinds.values()].flat();
}
