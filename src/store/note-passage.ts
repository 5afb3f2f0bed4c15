// Writes what a node on the way of a message tells of it.
//
// 1. The state changes only where it may follow; the node that has the message may change while it is carried.
import { asFarAsKnown } from '../model/never-ran.ts';
import { acceptedStates, predecessors, timeColumn } from '../model/state.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { SqlValue } from './driver.ts';
import { ranPerhaps } from './row.ts';

interface Parts {
  readonly run: (sql: string, ...values: SqlValue[]) => void;
  readonly nodeTime: number;
}

export function notePassage(op: StoreOp & { readonly op: 'outbox-passage' }, { run, nodeTime }: Parts): void {
  const { id, to, state, hop, at, reason } = op;
  const which = 'id = ? AND isReply = 0 AND receiver = ? AND origin IS NULL';
  const follows = `state IN (${predecessors(state)
    .map((one) => `'${one}'`)
    .join(',')})`;
  if (acceptedStates.some((one) => one === state)) {
    const set = `UPDATE outbox SET state = ?, hop = ?, ${timeColumn(state)} = ?`;
    return run(`${set} WHERE ${which} AND (${follows} OR state = ?)`, state, hop, at, id, to, state);
  }
  // Nobody knows of what goes again after a store was lost that it never ran.
  const known = asFarAsKnown({ state, reason }, { mayHaveRun: true });
  const set = `UPDATE outbox SET state = CASE rerun WHEN '${ranPerhaps}' THEN ? ELSE ? END,
    reason = CASE rerun WHEN '${ranPerhaps}' THEN ? ELSE ? END, endedAt = ?, doneAt = ?`;
  run(`${set} WHERE ${which} AND ${follows}`, known.state, state, known.reason, reason, at, nodeTime, id, to);
}
