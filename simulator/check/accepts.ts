// I5: accepting is exactly once. I7: in the order of intake. I2: only what was sent, whole, and what the policy lets pass.
import type { InboxRecord } from '../../src/model/record.ts';
import { inlineBodyBytes } from '../../src/model/message.ts';
import { isUnordered } from '../../src/model/lane.ts';
import type { Machine } from '../world/machine.ts';
import { laneKeyOf, type Deed, type MessageFacts } from './facts.ts';
import type { Judge } from './judge.ts';

/** Before the record is written. */
export function checkAccept(judge: Judge, machine: Machine, record: InboxRecord): void {
  const { id } = record;
  const facts = judge.messages.get(id);
  if (facts === undefined || facts.senders.at(-1) !== record.from || facts.to !== machine.name)
    return judge.report(machine, { invariant: 'I2', text: 'accepted what nobody has sent there', id });
  if (facts.forbidden) judge.report(machine, { invariant: 'I2', text: 'accepted what the policy refuses', id });
  checkWhole(judge, machine, { record, facts });
  checkOnce(judge, machine, facts);
  checkOrder(judge, machine, facts);
  if (facts.expiredAt !== undefined && !mayRunThoughExpired(judge, facts))
    judge.report(machine, { invariant: 'I4', text: 'accepted what its sender had called expired or cancelled', id });
  facts.accepts.push({ at: machine.world.now, machine, branch: judge.ledgerOf(machine).branch });
}

/**
 * A receiver that went back in time may have accepted a void in the place of what it had run; a sender that did may hold as
 * never sent what had left.
 */
export function mayRunThoughExpired(judge: Judge, facts: MessageFacts): boolean {
  return judge.wentBack(facts.to, facts.queuedAt) || judge.wentBack(facts.senders, facts.queuedAt);
}

function checkWhole(judge: Judge, machine: Machine, what: { record: InboxRecord; facts: MessageFacts }): void {
  const { record, facts } = what;
  const { id } = record;
  if (record.head !== facts.head)
    judge.report(machine, { invariant: 'I2', text: 'accepted another text than was sent', id });
  const pieces = (): Uint8Array =>
    Buffer.concat(
      machine.disk.store.query({
        query: 'pieces',
        owner: { box: 'in', sender: record.from, id },
        fromIndex: 0,
        limit: Infinity,
      }),
    );
  const body = record.bodySize > inlineBodyBytes ? pieces() : (record.body ?? new Uint8Array());
  if (Buffer.compare(body, facts.body) !== 0)
    judge.report(machine, { invariant: 'P7', text: 'accepted another body than was sent', id });
}

/**
 * A second time only where the first was forgotten: what may rerun goes again when a store of either end was lost; anything else
 * only when the receiver's went back to before it, or ran twice, and the sender had not settled it; what wants no
 * ACK when the sender forgot that it had gone.
 */
function checkOnce(judge: Judge, machine: Machine, facts: MessageFacts): void {
  const [first] = facts.accepts;
  if (first === undefined) return;
  const { id, senders, to } = facts;
  const fault = (text: string): void => judge.report(machine, { invariant: 'I5', text, id });
  if (facts.wantsAck && facts.mayRerun) {
    if (!judge.wasExchanged(senders) && !judge.wasExchanged(to)) fault('accepted twice, though no store was lost');
    return;
  }
  if (!facts.wantsAck) {
    if (!judge.wentBack(senders, facts.queuedAt)) fault('wants no ACK, and was accepted twice');
    return;
  }
  if (bothForgot(judge, facts, first)) return;
  if (judge.ledgerOf(machine).inbox.has(id)) fault('accepted twice by one store');
  else if (!judge.wentBack(to, first.at)) fault('accepted twice, though its receiver did not go back in time');
  else if (!judge.wasExchanged(to, ['twin']) && !judge.wentBack(senders) && !isOpenAtSender(judge, machine, facts))
    fault('accepted twice, though its sender had settled it');
}

/** Its receiver forgot after the deed what it had accepted (a lost store, a new incarnation), and its sender went back to before it. */
export function bothForgot(judge: Judge, { senders, to, queuedAt }: MessageFacts, deed: Deed): boolean {
  // Of a way, any two neighbours: the one that hands over, and the one that takes.
  return [...senders.slice(1), to].some((taker, index) => {
    const forgot = judge.wasExchanged(taker, ['wipe'], index === senders.length - 1 ? deed.at : queuedAt);
    return (
      (forgot || judge.wasExchanged(taker, ['stray']) || judge.wasRenewed(taker, deed.at)) &&
      judge.wentBack(senders[index] ?? '', queuedAt)
    );
  });
}

function isOpenAtSender(judge: Judge, machine: Machine, facts: MessageFacts): boolean {
  return machine.world.machines.some((sender) => {
    const ord = facts.senders.includes(sender.name) ? judge.ledgerOf(sender).outbox.get(facts.id) : undefined;
    return ord !== undefined && sender.disk.store.look().outbox.get(ord)?.open === true;
  });
}

/** Only the first time counts: what goes again comes behind what went on meanwhile. */
function checkOrder(judge: Judge, machine: Machine, facts: MessageFacts): void {
  if (!facts.wantsAck || isUnordered(facts.lane) || facts.accepts.length > 0 || facts.isMadeOnWay) return;
  const { lastAccepted } = judge.ledgerOf(machine);
  const before = lastAccepted.get(laneKeyOf(facts)) ?? 0;
  if (facts.sequence < before && !judge.wasExchanged(facts.senders))
    judge.report(machine, { invariant: 'I7', text: `accepted out of order in ${facts.lane}`, id: facts.id });
  noteOrder(lastAccepted, facts);
}

export function noteOrder(lastAccepted: Map<string, number>, facts: MessageFacts): void {
  const key = laneKeyOf(facts);
  lastAccepted.set(key, Math.max(lastAccepted.get(key) ?? 0, facts.sequence));
}
