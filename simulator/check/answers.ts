// I3: the outcome and the reply that it causes are one atomic write; of a reply, its outcome and the word that it was handled.
import type { StoreOp } from '../../src/model/store-op.ts';
import type { Machine } from '../world/machine.ts';
import type { Judge } from './judge.ts';

export function checkAnswers(judge: Judge, machine: Machine, ops: readonly StoreOp[]): void {
  const ended = endedIn(machine, ops);
  const replies = ops.flatMap((op) => {
    if (op.op !== 'outbox-add' || op.record.origin !== null) return [];
    const facts = judge.messages.get(op.record.id);
    return facts?.isReply === true && facts.part === undefined && facts.run === undefined ? [op.record.id] : [];
  });
  if (ended.length === 0 && replies.length === 0) return;
  const answeredIn = new Set(replies.map((id) => judge.messages.get(id)?.requestId));
  const handled = new Set(ops.flatMap((op) => (op.op === 'outbox-reply' ? [op.id] : [])));
  for (const id of ended) {
    const facts = judge.messages.get(id);
    if (facts === undefined) continue;
    if (facts.isWord) continue;
    if (!facts.isReply && !answeredIn.has(id) && !hasOther(machine, ops, id))
      judge.report(machine, { invariant: 'I3', text: 'ended without the reply that carries its outcome', id });
    // How it went is told by the last of them.
    if (facts.part !== undefined || facts.run !== undefined) continue;
    if (facts.isReply && !handled.has(facts.requestId ?? ''))
      judge.report(machine, { invariant: 'I3', text: 'a reply ended without the word that it was handled', id });
  }
  const endedIds = new Set(ended);
  // A reply that gives way to the bare outcome is dropped by the commit that adds that.
  const dropped = new Set(
    ops.flatMap((op) => {
      const id = op.op === 'outbox-drop' ? machine.disk.store.look().outbox.get(op.ord)?.id : undefined;
      return id === undefined ? [] : [judge.messages.get(id)?.requestId];
    }),
  );
  for (const id of replies) {
    const request = judge.messages.get(id)?.requestId ?? '';
    if (!endedIds.has(request) && !dropped.has(request))
      judge.report(machine, { invariant: 'I3', text: 'a reply without the outcome that it carries', id });
  }
}

/** It came twice, since a store was lost, and the other one answers. */
function hasOther(machine: Machine, ops: readonly StoreOp[], id: string): boolean {
  const ends = new Set(ops.flatMap((op) => (op.op === 'inbox-end' ? [op.ord] : [])));
  const rows = [...machine.disk.store.look().inbox.values()].filter((row) => row.id === id);
  return rows.some(({ ord, state }) => state === 'started' && !ends.has(ord));
}

/** Ids of what ends in this commit, before it is applied. */
export function endedIn(machine: Machine, ops: readonly StoreOp[]): readonly string[] {
  return ops.flatMap((op) => {
    if (op.op === 'inbox-add') return op.record.state === 'ended' ? [op.record.id] : [];
    if (op.op !== 'inbox-end') return [];
    const record = machine.disk.store.look().inbox.get(op.ord);
    return record === undefined ? [] : [record.id];
  });
}
