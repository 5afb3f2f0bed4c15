// What may be said of a message that its receiver does not take.
import type { MessageState } from './state.ts';

interface End {
  readonly state: MessageState;
  readonly reason: string | null;
}

const saysNeverRan: ReadonlySet<MessageState> = new Set(['expired', 'cancelled', 'rejected']);

/** Of what goes again after a store was lost, its receiver's or this node's, nobody knows that it never ran. */
export function asFarAsKnown({ state, reason }: End, of: { readonly mayHaveRun: boolean }): End {
  if (!of.mayHaveRun || !saysNeverRan.has(state)) return { state, reason };
  return { state: 'unknown', reason: mayHaveRun(reason ?? state) };
}

/** The reason of such a one. */
export function mayHaveRun(reason: string): string {
  return `${reason}; it may have run before a store was lost`;
}
