// I4: a message leaves the pending set only by an ACK that names it, or by a final state written with its reason.
// I8: its time is that of its own node, as it passed. P3: what is said of a message is true.
import type { OutboxRecord } from '../../src/model/record.ts';
import { isControl } from '../../src/model/lane.ts';
import { isCommand } from '../../src/model/method-name.ts';
import { isFinal, type MessageState } from '../../src/model/state.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import { neverLeft } from '../../src/store/memory-queue.ts';
import { faultKinds, type FaultKind } from '../faults.ts';
import type { Machine } from '../world/machine.ts';
import { mayRunThoughExpired } from './accepts.ts';
import { checkPassage, isThere } from './carries.ts';
import type { MessageFacts } from './facts.ts';
import { hasWaitedInVain } from './held.ts';
import type { Judge } from './judge.ts';

/** Of these, none comes between two nodes. */
const harmless: ReadonlySet<FaultKind> = new Set(['expiry', 'cancel', 'relay', 'slow', 'hang', 'stray']);

/** Rounding of a node's time. */
const roundingMs = 2;

export function checkSettle(judge: Judge, machine: Machine, what: { op: StoreOp; ops: readonly StoreOp[] }): void {
  const { op, ops } = what;
  if (op.op === 'outbox-settle')
    withFacts(judge, machine, op.ord, (record, facts) => settled(judge, machine, { record, facts, to: op.state }));
  else if (op.op === 'outbox-cancel')
    for (const { ord } of neverLeft(machine.disk.store.look().outbox.values(), op.filter))
      withFacts(judge, machine, ord, (record, facts) => {
        facts.cancelled = true;
        if (!record.mayHaveRun) settled(judge, machine, { record, facts, to: 'cancelled' });
      });
  else if (op.op === 'outbox-wish')
    withFacts(judge, machine, op.ord, (record, facts) => {
      if (op.wish === 'expired') return record.origin === null ? inItsTime(judge, machine, facts) : undefined;
      facts.cancelled = true;
    });
  else if (op.op === 'outbox-place')
    withFacts(judge, machine, op.ord, (_record, facts) => {
      facts.hadPosition = true;
    });
  else if (op.op === 'outbox-drop')
    withFacts(judge, machine, op.ord, (record, facts) => dropped(judge, machine, { record, facts, ops }));
  else if (op.op === 'outbox-passage') checkPassage(judge, machine, op);
  else if (op.op === 'outbox-answer') answered(judge, machine, { id: op.id, state: op.state });
  else if (op.op === 'outbox-running') {
    if (judge.messages.get(op.id)?.accepts.length === 0)
      judge.report(machine, { invariant: 'P3', text: 'called running, and was never accepted', id: op.id });
  } else if (op.op === 'outlane-lost') lanesLost(judge, machine, op);
}

/** Only where a store was lost; and of a receiver that lost its store whole, once for each time that it did (custody rules 6 and 7). */
function lanesLost(judge: Judge, machine: Machine, op: StoreOp & { op: 'outlane-lost' }): void {
  const { to, reason } = op;
  const fault = (text: string): void =>
    judge.report(machine, { invariant: 'I4', text: `gave up its lanes to ${to} (${reason}), ${text}` });
  const afterWipe = (): void => {
    if (judge.countLoss(machine, to) > judge.countExchanges(to)) fault('more often than a store was lost');
  };
  if (!judge.wasExchanged(machine.name) && !judge.wasExchanged(to)) return fault('though no store was lost');
  if (judge.wentBack(machine.name) || judge.wentBack(to)) return;
  if (op.lane !== null) return fault('though no store went back in time');
  // It is taken for the other, and the other for it, as often as their links come and go.
  if (!judge.wasExchanged(to, ['stray'])) return afterWipe();
  if (isWell(machine, to)) fault('though the one that it knew was well');
}

/** The life that it knew runs and is linked, and nothing has ever kept a frame from getting through. */
function isWell(machine: Machine, to: string): boolean {
  const known = machine.disk.store.look().peers.get(to)?.incarnation ?? '';
  const { machines, tally } = machine.world;
  const isLinked = machines.some(({ disk, linked }) => linked && disk.store.look().meta.get('incarnation') === known);
  // A second one ends with the power of its machine.
  const ends = machines.filter(({ retired }) => retired).length;
  return isLinked && faultKinds.every((kind) => harmless.has(kind) || tally[kind] <= (kind === 'power' ? ends : 0));
}

function withFacts(
  judge: Judge,
  machine: Machine,
  ord: number,
  then: (record: OutboxRecord, facts: MessageFacts) => void,
): void {
  const record = machine.disk.store.look().outbox.get(ord);
  const facts = record === undefined ? undefined : judge.messages.get(record.id);
  if (record !== undefined && facts !== undefined) then(record, facts);
}

function settled(
  judge: Judge,
  machine: Machine,
  what: { record: OutboxRecord; facts: MessageFacts; to: MessageState },
): void {
  const { record, facts, to } = what;
  const fault = (invariant: string, text: string): void => judge.report(machine, { invariant, text, id: facts.id });
  const accepted = facts.accepts.length > 0;
  if (to === 'delivered' || to === 'carried') {
    const isTrue = to === 'delivered' ? accepted : facts.carriedBy.has(record.to);
    if (!isTrue) fault('I4', `called ${to}, and ${to === 'delivered' ? facts.to : record.to} never took it`);
  } else if (to === 'rejected') {
    if (!facts.forbidden) fault('I4', 'called rejected, and nothing refuses it');
    if (accepted) fault('I4', 'called rejected, and was accepted');
  } else if (to === 'sent') {
    if (facts.wantsAck) fault('I4', 'called sent, though it wants an ACK');
  } else if (to === 'expired' || to === 'cancelled') {
    // Where a store was lost on the way, another copy may be under way: its sender does not call it so then.
    if (record.origin !== null && judge.wasExchanged(facts.senders)) return;
    facts.expiredAt ??= machine.world.now;
    if (accepted && !mayRunThoughExpired(judge, facts)) fault('I4', `called ${to}, and was accepted`);
    // An order of which nothing is left ends so at the node that carried it out.
    const isInVain = facts.waitedInVain || hasWaitedInVain(judge, machine, facts);
    if (to === 'cancelled' && !facts.cancelled && !isControl(facts.lane) && !isInVain)
      fault('P3', 'called cancelled, and nobody wanted that');
    // What was carried has been under way elsewhere before: only its sender knows its whole time.
    if (to === 'expired' && record.wish === null && record.origin === null) inItsTime(judge, machine, facts);
  } else if (to === 'unknown') {
    if (!judge.wasExchanged(facts.to) && !judge.wasExchanged(facts.senders))
      fault('P3', 'called unknown, and no store was lost');
  } else fault('I4', `settled as ${to}`);
}

/** A node may run short of its time, by a crash, and never ahead of it. */
function inItsTime(judge: Judge, machine: Machine, facts: MessageFacts): void {
  if (judge.wentBack(facts.senders)) return;
  const had = machine.clock.uptime(machine.flow !== undefined) - facts.uptimeAt;
  if (had + roundingMs < facts.spanMs)
    judge.report(machine, {
      invariant: 'I8',
      text: `given up after ${Math.round(had)} ms of ${facts.spanMs}`,
      id: facts.id,
    });
}

function dropped(
  judge: Judge,
  machine: Machine,
  what: { record: OutboxRecord; facts: MessageFacts; ops: readonly StoreOp[] },
): void {
  const { record, facts, ops } = what;
  if (!record.isReply) {
    if (record.origin === null || record.open || !isFinal(record.state))
      judge.report(machine, { invariant: 'P1', text: 'a request was deleted', id: facts.id });
    return;
  }
  if (isThere(record, facts) || !facts.wantsAck || facts.isWord) return;
  const givesWay = ops.some(
    (op) => op.op === 'outbox-add' && judge.messages.get(op.record.id)?.requestId === facts.requestId,
  );
  if (!givesWay)
    judge.report(machine, { invariant: 'I4', text: 'a reply was dropped that nobody had accepted', id: facts.id });
}

/** What a reply says of its request, when its receiver takes it. */
function answered(judge: Judge, machine: Machine, what: { id: string; state: MessageState }): void {
  const facts = judge.messages.get(what.id);
  if (facts === undefined) return;
  const fault = (text: string): void => judge.report(machine, { invariant: 'P3', text, id: facts.id });
  if (what.state === 'unknown') {
    if (!facts.interrupted && !judge.wasExchanged([...facts.senders, facts.to]))
      fault('called unknown, and nothing had interrupted it');
  } else if (what.state === 'cancelled') {
    facts.expiredAt ??= machine.world.now;
    if (!facts.cancelled && !judge.wentBack(facts.senders, facts.queuedAt))
      fault('called cancelled, and nobody wanted that');
    if (runsStill(machine, facts)) fault('called cancelled, and still runs');
  } else if (facts.isSchedule) return;
  else if (facts.runs.length === 0) fault(`called ${what.state}, and never ran`);
  else if (isCommand(facts.method) && !facts.ends.has(what.state)) fault(`called ${what.state}, and did not end so`);
}

function runsStill(machine: Machine, { id, from, to }: MessageFacts): boolean {
  return machine.world.machines.some((one) => one.name === to && one.methods.processes.has(`${from}/${id}`));
}
