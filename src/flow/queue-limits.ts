// Whether a submission fits below the bounds of what waits in the outbox. Only users' messages are ever refused: replies, and what the
// node itself has to say, owe an outcome. They count all the same.
// The operator's orders have some room beyond every bound: what is to be stopped or taken back does not keep them out.
import { isControl } from '../model/lane.ts';
import type { NodeName } from '../model/node-name.ts';
import type { OutboxRecord } from '../model/record.ts';
import type { KeptAmount } from '../model/store-op.ts';
import type { Context } from './context.ts';
import { amountOf } from './ledger.ts';

const forOrders: KeptAmount = { messages: 1_000, bytes: 1024 * 1024 };

export interface Refusal {
  readonly reason: string;
  readonly hint: string;
}

interface Bound {
  readonly limit: number;
  /** The option that sets it. */
  readonly option: string;
  readonly waits: number;
  readonly more: number;
  readonly what: 'messages' | 'bytes';
  /** Undefined: for all nodes together. */
  readonly node?: NodeName;
}

/** Why nothing of the submission is taken; undefined if all of it fits. */
export function queueFull(context: Context, records: readonly OutboxRecord[]): Refusal | undefined {
  const areOrders = records.every((record) => isControl(record.lane));
  for (const bound of boundsOf(context, records)) {
    const limit = bound.limit + (areOrders ? forOrders[bound.what] : 0);
    if (bound.waits + bound.more > limit) return refusalOf({ ...bound, limit });
  }
  return undefined;
}

function* boundsOf(context: Context, records: readonly OutboxRecord[]): Generator<Bound> {
  const { limits } = context.options;
  const { outbox } = context.ledger;
  const byNode = new Map<NodeName, { messages: number; bytes: number }>();
  for (const record of records) {
    const more = byNode.get(record.to) ?? { messages: 0, bytes: 0 };
    more.messages += 1;
    more.bytes += amountOf(record).bytes;
    byNode.set(record.to, more);
  }
  const whole = (of: (amount: KeptAmount) => number): number =>
    [...byNode.values()].reduce((sum, amount) => sum + of(amount), 0);
  for (const [node, more] of byNode) {
    const { messages, bytes } = outbox.of(node);
    yield {
      ...messagesUpTo('MaxQueuedMessagesPerNode', limits.queuedMessagesPerNode),
      waits: messages,
      more: more.messages,
      node,
    };
    yield { ...bytesUpTo('MaxQueuedBytesPerNode', limits.queuedBytesPerNode), waits: bytes, more: more.bytes, node };
  }
  const { messages, bytes } = outbox.total;
  yield { ...messagesUpTo('MaxQueuedMessages', limits.queuedMessages), waits: messages, more: records.length };
  yield { ...bytesUpTo('MaxQueuedBytes', limits.queuedBytes), waits: bytes, more: whole((amount) => amount.bytes) };
}

function messagesUpTo(option: string, limit: number): Pick<Bound, 'option' | 'limit' | 'what'> {
  return { option, limit, what: 'messages' };
}

function bytesUpTo(option: string, limit: number): Pick<Bound, 'option' | 'limit' | 'what'> {
  return { option, limit, what: 'bytes' };
}

function refusalOf({ limit, option, waits, more, what, node }: Bound): Refusal {
  const where = node === undefined ? 'wait in all' : `wait for ${node}`;
  const isFull = waits >= limit;
  const there = `${figure(waits)} ${what} ${where}`;
  const reason = isFull
    ? `${there}, the limit is ${figure(limit)}`
    : `${there}, and ${figure(more)} more would pass the limit of ${figure(limit)}`;
  if (more > limit) return { reason, hint: `send fewer at once, or raise ${option}` };
  const whose = node === undefined ? 'the nodes have' : `${node} has`;
  return { reason, hint: `send it again when ${whose} taken some of them, or raise ${option}` };
}

/** With commas, wherever it runs. */
function figure(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
