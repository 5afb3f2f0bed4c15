// What may be said of a message that its receiver does not take.
import type { MessageState } from '../model/state.ts';

interface End {
  readonly state: MessageState;
  readonly reason: string | null;
}

/** `expired`, `cancelled` and `rejected` say that it never ran. Of what had gone to a store that was lost nobody knows that. */
export function asFarAsKnown({ state, reason }: End, of: { readonly mayHaveRun: boolean }): End {
  if (!of.mayHaveRun || state === 'delivered') return { state, reason };
  return { state: 'unknown', reason: `${reason ?? state}; it may have run before its receiver lost its store` };
}
