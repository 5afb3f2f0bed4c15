// I7: what waits for others leaves, and runs, when all of them have succeeded; P3: it ends when one of them does not.
import { isHeldLane } from '../../src/model/lane.ts';
import { isCommand } from '../../src/model/method-name.ts';
import { isFinal } from '../../src/model/state.ts';
import type { OutboxRecord } from '../../src/model/record.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import type { Machine } from '../world/machine.ts';
import type { MessageFacts } from './facts.ts';
import type { Judge } from './judge.ts';
import { spanOf } from './message-facts.ts';

/** Before the commit. `next`: of the order of intake, for what is let go. */
export function checkHeld(
  judge: Judge,
  machine: Machine,
  what: { op: StoreOp; ops: readonly StoreOp[]; uptime: number; next: () => number },
): void {
  const { op, ops, uptime, next } = what;
  if (op.op === 'outbox-hold') {
    const added = ops.find((one) => one.op === 'outbox-add' && one.record.ord === op.ord);
    const facts = added?.op === 'outbox-add' ? judge.messages.get(added.record.id) : undefined;
    if (facts !== undefined) facts.after = op.after;
    return;
  }
  if (op.op === 'outbox-answer') return noteInVain(judge, machine, op.id);
  if (op.op !== 'outbox-release') return;
  const record = machine.disk.store.look().outbox.get(op.ord);
  const facts = record === undefined ? undefined : judge.messages.get(record.id);
  // It has ended meanwhile: nothing happens.
  if (record === undefined || facts === undefined || !record.open) return;
  judge.ledgerOf(machine).outbox.set(facts.id, op.newOrd);
  facts.sequence = next();
  facts.spanMs = Math.min(facts.spanMs, uptime - facts.uptimeAt + spanOf(facts.head));
  for (const id of facts.after) {
    const awaited = awaitedRow(judge, machine, id);
    const known = awaited?.state ?? (judge.ledgerOf(machine).pruned.outbox.has(id) ? 'succeeded' : 'forgotten');
    if (known !== 'succeeded' && !judge.wasExchanged(machine.name))
      judge.report(machine, { invariant: 'I7', text: `let go, and ${id} is ${known}`, id: facts.id });
  }
}

/** Before the answer: what is `sent` or `unknown` has ended for what waits for it, which may be told so later (docs/protocol.md). */
function noteInVain(judge: Judge, machine: Machine, id: string): void {
  const awaited = awaitedRow(judge, machine, id);
  if (awaited === undefined || !hasEndedOtherwise(awaited)) return;
  for (const { id: waiting, lane, open } of machine.disk.store.look().outbox.values()) {
    const facts = open && isHeldLane(lane) ? judge.messages.get(waiting) : undefined;
    if (facts?.after.includes(id) === true) facts.waitedInVain = true;
  }
}

function hasEndedOtherwise({ state }: OutboxRecord): boolean {
  return isFinal(state) && state !== 'succeeded';
}

/** Whatever the store of its sender says: these have run, and commands well. */
export function checkRunsAfter(judge: Judge, machine: Machine, facts: MessageFacts): void {
  for (const id of facts.after) {
    const awaited = judge.messages.get(id);
    // What it is told at the end of a schedule is looked at where it ends.
    if (awaited?.isSchedule === true) continue;
    if (
      awaited === undefined ||
      awaited.runs.length === 0 ||
      (isCommand(awaited.method) && !awaited.ends.has('succeeded'))
    )
      judge.report(machine, { invariant: 'I7', text: `runs, and ${id} has not succeeded`, id: facts.id });
  }
}

/** One that it waits for has ended otherwise, as it stands, or is not known. */
export function hasWaitedInVain(judge: Judge, machine: Machine, facts: Pick<MessageFacts, 'after'>): boolean {
  return facts.after.some((id) => {
    const awaited = awaitedRow(judge, machine, id);
    return awaited === undefined || hasEndedOtherwise(awaited);
  });
}

/** It waits for ever for what a lost store has forgotten to answer. */
export function waitsForLost(
  judge: Judge,
  machine: Machine,
  record: OutboxRecord,
  isLost: (record: OutboxRecord) => boolean,
): boolean {
  const facts = judge.messages.get(record.id);
  if (!isHeldLane(record.lane) || facts === undefined) return false;
  const { pruned } = judge.ledgerOf(machine);
  // What is finished may have been removed since: had it not succeeded, this one would have ended.
  const after = facts.after.filter((id) => !pruned.outbox.has(id));
  if (hasWaitedInVain(judge, machine, { after })) return false;
  return after.some((id) => {
    const awaited = awaitedRow(judge, machine, id);
    if (awaited === undefined || isFinal(awaited.state)) return false;
    return awaited.open ? waitsForLost(judge, machine, awaited, isLost) : isLost(awaited);
  });
}

function awaitedRow(judge: Judge, machine: Machine, id: string): OutboxRecord | undefined {
  const ord = judge.ledgerOf(machine).outbox.get(id);
  return ord === undefined ? undefined : machine.disk.store.look().outbox.get(ord);
}
