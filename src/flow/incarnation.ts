// A new incarnation: this node's store has gone back in time, and it says so (custody rule 8).
import type { Acceptance } from './accept.ts';
import type { Context } from './context.ts';
import type { InLanes } from './in-lane.ts';

/**
 * All counts of what was accepted begin again. What waits here may have run in the life that was lost,
 * so that only what may rerun will run.
 */
export function newIncarnation(context: Context, lanes: InLanes, parts: Acceptance): void {
  context.incarnation = context.token();
  context.doubtfulInboxOrd = context.nextInboxOrd - 1;
  context.warn('this node lost part of its store, and begins a new incarnation');
  parts.acknowledgements.challenges.clear();
  for (const lane of lanes.values()) {
    lane.standings.clear();
    if (lane.phase === 'loading') lane.forget = true;
  }
  context.commit([
    { op: 'meta', key: 'incarnation', value: context.incarnation },
    { op: 'meta', key: 'doubtfulInboxOrd', value: String(context.doubtfulInboxOrd) },
    { op: 'inlanes-clear' },
  ]);
}
