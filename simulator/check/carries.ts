// P1: each node of the way has a message durably before the one before it lets go. I5: it takes it on once. P7: it carries what was sent,
// byte for byte. P3: what it tells of it is true.
import { inlineBodyBytes } from '../../src/model/message.ts';
import { isControl, routeOf, wireLane } from '../../src/model/lane.ts';
import type { OutboxRecord } from '../../src/model/record.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import type { Machine } from '../world/machine.ts';
import type { MessageFacts } from './facts.ts';
import type { Judge } from './judge.ts';

/** Before the commit by which a node takes on a message of another. */
export function checkCarry(
  judge: Judge,
  machine: Machine,
  of: { readonly record: OutboxRecord; readonly facts: MessageFacts; readonly ops: readonly StoreOp[] },
): void {
  const { record, facts } = of;
  const { id, senders } = facts;
  const fault = (invariant: string, text: string): void => judge.report(machine, { invariant, text, id });
  const at = senders.indexOf(machine.name);
  if (record.origin !== facts.from || at < 1) return fault('I2', 'taken on by a node that is not on its way');
  const before = senders[at - 1] ?? '';
  if (at > 1 && !facts.carriedBy.has(before)) fault('I5', `taken on, and ${before} never had it`);
  if (record.head !== facts.head) fault('P7', 'taken on with another text than was sent');
  if (Buffer.compare(bodyOf(machine, { ...of, before }), facts.body) !== 0)
    fault('P7', 'taken on with another body than was sent');
  if (!facts.forbidden && facts.carriedBy.has(machine.name) && !judge.wasExchanged([...senders, facts.to]))
    fault('I5', 'taken on twice, though no store was lost');
  // Who had ended it has lost its store before anybody heard of it: it goes again.
  if (facts.expiredAt !== undefined && judge.wasExchanged(senders, undefined, facts.expiredAt))
    facts.expiredAt = undefined;
  if (facts.expiredAt !== undefined && !judge.wentBack([...senders, facts.to], facts.queuedAt))
    fault('I4', 'taken on, and it had been called expired or cancelled');
  facts.carriedBy.add(machine.name);
}

function bodyOf(
  machine: Machine,
  { record, before }: { readonly record: OutboxRecord; readonly before: string },
): Uint8Array {
  if (record.bodySize <= inlineBodyBytes) return record.body ?? new Uint8Array();
  const owner = { box: 'in' as const, sender: before, id: record.id };
  return Buffer.concat(machine.disk.store.query({ query: 'pieces', owner, fromIndex: 0, limit: Infinity }));
}

/** What a node on the way says, when it is believed. */
export function checkPassage(judge: Judge, machine: Machine, op: StoreOp & { op: 'outbox-passage' }): void {
  const facts = judge.messages.get(op.id);
  if (facts === undefined) return;
  const { id, accepts, carriedBy, interrupted, senders, to } = facts;
  const fault = (text: string): void => judge.report(machine, { invariant: 'P3', text, id });
  if (op.state === 'carried') {
    if (op.hop !== null && !carriedBy.has(op.hop)) fault(`called carried by ${op.hop}, and that never had it`);
  } else if (op.state === 'delivered' || op.state === 'running') {
    if (accepts.length === 0) fault(`called ${op.state}, and ${to} never accepted it`);
  } else if (op.state === 'unknown') {
    if (!interrupted && !judge.wasExchanged([...senders, to])) fault('called unknown, and no store was lost');
  } else if (op.state === 'cancelled' && !facts.cancelled && !isControl(facts.lane))
    fault('called cancelled, and nobody wanted that');
}

/** Whether the node that a lane leads to has it. */
export function isThere({ lane, to }: OutboxRecord, facts: MessageFacts): boolean {
  const target = routeOf(wireLane(lane))?.to ?? to;
  return target === to ? facts.accepts.length > 0 : facts.carriedBy.has(to);
}
