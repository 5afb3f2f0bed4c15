// What this life has written, and the node time beside it: what is finished is stamped with that, and retention looks when much was written.
import type { StoreOp } from '../model/store-op.ts';

/** The node time in the store is never older than this when something is written. */
export const stampEveryMs = 60_000;

/** Of a row, beside head and body. */
const rowBytes = 500;

export class Written {
  /** Of messages, about. */
  bytes = 0;
  ops = 0;
  /** The node time as it was last written. */
  savedAt = 0;

  note(ops: readonly StoreOp[]): void {
    this.ops += ops.length;
    for (const op of ops) this.bytes += bytesOf(op);
  }

  /** With the node time, where that in the store is too old. */
  stamped(ops: readonly StoreOp[], nodeTime: number): readonly StoreOp[] {
    if (nodeTime - this.savedAt < stampEveryMs) return ops;
    this.savedAt = nodeTime;
    return [{ op: 'meta', key: 'nodeTime', value: String(nodeTime) }, ...ops];
  }
}

function bytesOf(op: StoreOp): number {
  if (op.op === 'piece') return op.bytes.length;
  if (op.op !== 'outbox-add' && op.op !== 'inbox-add') return 0;
  return op.record.head.length + (op.record.body?.length ?? 0) + rowBytes;
}
