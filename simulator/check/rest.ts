// When everything has come to rest. P1: nothing accepted is lost. I10: every message has its final state, and its reply is handled.
// P3: what is said is true. P7: every answer stands in its file, whole and once.
import type { OutboxRecord } from '../../src/model/record.ts';
import { isFinal } from '../../src/model/state.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import type { MessageFacts } from './facts.ts';
import { checkFiles } from './files.ts';
import type { Judge } from './judge.ts';
import { checkNoneLeft } from './schedules.ts';
import { checkContent } from './streams.ts';

export function checkRest(judge: Judge, world: World): void {
  for (const machine of world.machines) {
    if (machine.retired) continue;
    checkWaiting(judge, machine);
    for (const facts of judge.messages.values())
      if (facts.from === machine.name && !facts.isReply && facts.answered) checkRequest(judge, machine, facts);
    checkFiles(judge, machine);
    for (const id of judge.streams.keys())
      if (judge.messages.get(id)?.from === machine.name) checkContent(judge, machine, { id, isAll: true });
    checkCounts(judge, machine);
    checkNoneLeft(judge, machine);
  }
}

/** Nothing is left that anybody would still have to send or run. */
function checkWaiting(judge: Judge, machine: Machine): void {
  const { outbox, inbox } = machine.disk.store.look();
  const waits = (id: string, text: string): void =>
    judge.report(machine, { invariant: 'I10', text: `after the faults have stopped, ${text}`, id });
  for (const record of outbox.values()) {
    const { id, to, lane, state, open, position, origin } = record;
    const senders = judge.messages.get(id)?.senders ?? [];
    if (origin !== null && !judge.wasExchanged([...senders, to, machine.name]))
      waits(id, `it is ${state} in ${lane}, and still carried`);
    if (open && !judge.isHeldForLost(machine, record))
      waits(id, `${state} in ${lane} to ${to}, position ${position ?? 'none'}, and not settled`);
  }
  for (const { id, from, lane, state } of inbox.values())
    if (state !== 'ended') waits(id, `${state} in ${lane} from ${from}, and not ended`);
}

/** The bounds of intake and inbox hold by counts in memory: they are those of the store. */
function checkCounts(judge: Judge, machine: Machine): void {
  const counted = machine.flow?.waiting();
  if (counted === undefined) return;
  const { outbox, inbox } = machine.disk.store.look();
  const open = [...outbox.values()].filter((record) => record.open);
  const left = [...inbox.values()].filter(({ state }) => state !== 'ended');
  const here = counted.requests.total.messages + counted.replies.total.messages;
  if (counted.outbox.total.messages !== open.length || here !== left.length)
    judge.report(machine, {
      invariant: 'I9',
      text: `counts ${counted.outbox.total.messages} open messages of ${open.length}, and ${here} in the inbox of ${left.length}`,
    });
}

function checkRequest(judge: Judge, machine: Machine, facts: MessageFacts): void {
  const { id } = facts;
  const ord = judge.ledgerOf(machine).outbox.get(id);
  const record = ord === undefined ? undefined : machine.disk.store.look().outbox.get(ord);
  if (record === undefined) {
    if (judge.ledgerOf(machine).pruned.outbox.has(id)) return;
    // Only a store that was exchanged after it was accepted can have forgotten it.
    if (!judge.wasExchanged(machine.name, undefined, facts.queuedAt))
      judge.report(machine, { invariant: 'P1', text: 'accepted, and lost', id });
    return;
  }
  checkState(judge, machine, { facts, record });
}

function checkState(judge: Judge, machine: Machine, what: { facts: MessageFacts; record: OutboxRecord }): void {
  const { facts, record } = what;
  const { id } = facts;
  const { state } = record;
  const fault = (invariant: string, text: string): void => judge.report(machine, { invariant, text, id });
  // A sender put back to before an answer came shows the message as delivered for ever: its receiver has been told that the answer arrived.
  const lostItsAnswer =
    (judge.wentBack(facts.senders, facts.queuedAt) || judge.wasExchanged(facts.senders, ['stray'])) &&
    wasAnsweredBefore(judge, id);
  if (!isFinal(state)) {
    if (!lostItsAnswer && !judge.isHeldForLost(machine, record))
      fault('I10', `after the faults have stopped, ${state} for ever`);
    return;
  }
  if (
    state === 'expired' &&
    facts.runs.length > 0 &&
    !judge.wentBack(facts.to, facts.queuedAt) &&
    !judge.wentBack(facts.senders, facts.queuedAt)
  )
    fault('I4', 'expired, and ran');
  if (state === 'succeeded' && facts.runs.length === 0 && !facts.isSchedule) fault('P3', 'succeeded, and never ran');
  if (state === 'unknown' && !facts.interrupted && !judge.wasExchanged(facts.to) && !judge.wasExchanged(facts.senders))
    fault('P3', 'unknown, and nothing had interrupted it');
  if (state === 'unknown' && !facts.hadPosition && facts.wantsAck && !judge.wentBack([...facts.senders, facts.to]))
    fault('P3', 'unknown, and it could not have left');
  if (record.replyState === 'handled' && lostAPart(judge, facts))
    fault('P3', 'its reply is called handled, and a part of its output was given up');
  if (record.replyState === 'pending') fault('I10', 'after the faults have stopped, its reply is not handled');
}

/** Whether its sender has been told so, and can have forgotten nothing of it. */
function lostAPart(judge: Judge, { id, senders, to }: MessageFacts): boolean {
  if (judge.wasExchanged([...senders, to])) return false;
  return [...judge.messages.values()].some(
    (one) => one.requestId === id && one.part !== undefined && one.method === 'none' && one.accepts.length > 0,
  );
}

/** Whether an answer, or the word that it goes no further, was accepted by a store that is gone. */
function wasAnsweredBefore(judge: Judge, id: string): boolean {
  for (const reply of judge.messages.values())
    if (
      ((reply.requestId === id && reply.part === undefined && reply.run === undefined) || reply.endsOnWay === id) &&
      (isForgotten(reply) ||
        judge.wentBack([...reply.carriedBy], reply.queuedAt) ||
        judge.wasExchanged([...reply.carriedBy], ['stray']))
    )
      return true;
  return false;
}

function isForgotten({ accepts }: MessageFacts): boolean {
  return accepts.some(({ branch }) => branch.endedBy !== undefined);
}
