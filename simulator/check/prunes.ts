// P1: retention removes what is finished for good, and nothing else.
import { isFinal } from '../../src/model/state.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import type { Machine } from '../world/machine.ts';
import { isRunRow } from './schedules.ts';
import type { Judge, StoreRows } from './judge.ts';

/** After the commit: whatever its operations name, what is gone is looked at. */
export function checkPrune(
  judge: Judge,
  machine: Machine,
  what: { readonly before: StoreRows; readonly ops: readonly StoreOp[] },
): void {
  const { before, ops } = what;
  const { outbox, inbox } = machine.disk.store.look();
  const { pruned } = judge.ledgerOf(machine);
  const dropped = new Set(ops.flatMap((op) => (op.op === 'outbox-drop' ? [op.ord] : [])));
  // The row of a run of a schedule goes with its end.
  const added = ops.flatMap((op) => (op.op === 'inbox-add' ? [op.record] : []));
  const runs = new Set([...before.inbox, ...added].flatMap((record) => (isRunRow(record) ? [record.ord] : [])));
  const isOfRuns = ops.every(
    (op) => op.op !== 'outbox-prune' && (op.op !== 'inbox-prune' || op.ords.every((ord) => runs.has(ord))),
  );
  const ended = new Set(ops.flatMap((op) => (op.op === 'inbox-end' ? [op.ord] : [])));
  const changed = !isOfRuns && ops.some(({ op }) => op !== 'outbox-prune' && op !== 'inbox-prune' && op !== 'meta');
  const fault = (text: string, id: string): void => judge.report(machine, { invariant: 'P1', text, id });
  if (changed) fault('removed by a commit that does something else, too', '');
  for (const record of before.outbox) {
    const { ord, id, isReply, open, state, replyState } = record;
    if (outbox.has(ord) || dropped.has(ord)) continue;
    pruned.outbox.add(id);
    if (isReply) fault('an answer was removed that its receiver may not have', id);
    else if (open || !isFinal(state) || replyState === 'pending') fault(`removed, and it was ${state}`, id);
  }
  for (const record of before.inbox) {
    if (inbox.has(record.ord)) continue;
    if (runs.has(record.ord) && ended.has(record.ord)) continue;
    pruned.inbox.push(record);
    if (record.state !== 'ended') fault(`removed, and it was ${record.state}`, record.id);
  }
  for (const { id, answerOrd } of outbox.values())
    if (answerOrd !== null && !inbox.has(answerOrd) && before.inbox.some(({ ord }) => ord === answerOrd))
      fault('its output was removed, and it was not', id);
}
