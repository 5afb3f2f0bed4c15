// Tells the operator of a command that did not end by itself: something killed it, or this node did, since it passed a bound.
//
// An exit code is the command's answer, and nobody's error; so is whatever came of an `httpGet`, which ends without a signal. What a stop of the node ends is told with its message, and what was
// cancelled is what somebody wished.
import type { Outcome } from '../model/message.ts';
import type { Context } from './context.ts';
import type { Accepted, InLane } from './in-lane.ts';

export function reportKilled(
  context: Pick<Context, 'stopping' | 'report'>,
  what: {
    readonly lane: Pick<InLane, 'name'>;
    readonly accepted: Pick<Accepted, 'message'>;
    readonly outcome: Outcome;
  },
): void {
  const { lane, accepted, outcome } = what;
  const { state, signal, reason } = outcome;
  if (signal === undefined || state === 'cancelled' || context.stopping) return;
  const { id, from, replyTo } = accepted.message;
  // As an answer that could not be treated it is told already.
  if (replyTo !== undefined) return;
  const text = reason === undefined ? `a command was ended by ${signal}` : `a command was ended: ${reason}`;
  context.report('command-killed', text, { node: from, lane: lane.name, id });
}
