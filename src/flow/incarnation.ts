// A new incarnation: this node's store has gone back in time, and it says so (custody rule 8).
import type { StoreOp } from '../model/store-op.ts';
import type { Acceptance } from './accept.ts';
import type { Context } from './context.ts';
import type { InLanes } from './in-lane.ts';

export const answerLost = 'this node lost part of its store, and perhaps the answer with it';

/** Another node has shown it. */
export function newIncarnation(context: Context, lanes: InLanes, parts: Acceptance): void {
  parts.acknowledgements.challenges.clear();
  for (const lane of lanes.values()) {
    lane.standings.clear();
    if (lane.phase === 'loading') lane.forget = true;
  }
  const ops = beginIncarnation(context);
  context.commit(ops, () => tellDoubt(context, ops));
  context.lookAtSchedules();
}

/** When the commit that holds these is durable. */
export function tellDoubt(context: Context, ops: readonly StoreOp[]): void {
  for (const op of ops) if (op.op === 'outbox-doubt') context.notice({ type: 'lost', to: null, at: op.at });
}

/**
 * All counts of what was accepted begin again. What waits here may have run in the life that was lost,
 * so that only what may rerun will run; what this node sent may have been answered there.
 */
export function beginIncarnation(context: Context): readonly StoreOp[] {
  context.incarnation = context.token();
  context.doubtfulInboxOrd = context.nextInboxOrd - 1;
  context.doubtfulOutboxOrd = context.foundOutboxOrd;
  context.report('store-lost', 'this node lost part of its store, and begins a new incarnation', {
    missing: 'the end of what was written: messages that it had accepted, or news of them',
  });
  return [
    { op: 'meta', key: 'incarnation', value: context.incarnation },
    { op: 'meta', key: 'doubtfulInboxOrd', value: String(context.doubtfulInboxOrd) },
    { op: 'meta', key: 'doubtfulOutboxOrd', value: String(context.doubtfulOutboxOrd) },
    { op: 'inlanes-clear' },
    { op: 'outbox-doubt', upTo: context.doubtfulOutboxOrd, at: context.wall(), reason: answerLost },
  ];
}
