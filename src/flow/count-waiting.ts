// Counts what comes and what is over in a step, and counts it again if the step fails.
import type { NodeName } from '../model/node-name.ts';
import type { LaneName } from '../model/lane.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { Context } from './context.ts';
import { amountOf, type Kept } from './ledger.ts';

/** A commit is about to say that the lane is done with it. */
export function countClosed(context: Context, to: NodeName, record: Kept): void {
  context.ledger.closed(to, record);
  context.undo(() => context.ledger.outbox.add(to, amountOf(record)));
}

/** These do not say whose messages they mean. */
const mayEndPassing: ReadonlySet<StoreOp['op']> = new Set([
  'outlane-lost',
  'outbox-doubt',
  'outbox-answered',
  'outbox-cancel',
]);

/** By these a message may end that another one waits for. */
const mayLetGo: ReadonlySet<StoreOp['op']> = new Set([
  'outbox-hold',
  'outbox-settle',
  'outbox-answer',
  'outbox-passage',
  'outbox-cancel',
  'outlane-lost',
  'outbox-doubt',
]);

/** A commit of these was handed in. Where lanes to a node are lost by it, the store says how much is left. */
export function countAdded(context: Context, ops: readonly StoreOp[]): void {
  if (context.carries && ops.some(({ op }) => mayEndPassing.has(op))) context.passagesDue = true;
  if (context.held.any && ops.some(({ op }) => mayLetGo.has(op))) context.held.due = true;
  const lost = context.ledger.added(ops);
  context.held.losses += lost.length;
  context.undo(() => context.ledger.takenBack(ops));
  for (const to of lost) {
    const recount = context.ledger.outbox.recount(to);
    context.undo(recount.dropped);
    context.query({ query: 'outbox-load', to }, recount.found);
  }
}

/** A commit is about to say that its method has ended. */
export function countEnded(
  context: Context,
  record: Kept & { readonly from: NodeName; readonly lane: LaneName },
): void {
  context.ledger.ended(record);
  context.undo(() => context.ledger.inbox(record.lane).add(record.from, amountOf(record)));
}
