// The states of a message, at its sender (docs/protocol.md).
//
//   queued → delivered → running → succeeded | failed | timedOut | cancelled | unknown
//   queued → sent | expired | cancelled | rejected
//   queued → carried → delivered | … : a node on its way has taken it, and answers for it
//
// A final state stays, with two exceptions: of what is `sent` nothing more is promised, and of what is `unknown` nothing is known any
// more; an answer that comes all the same says how it ended.

export const messageStates = [
  'queued',
  'carried',
  'delivered',
  'running',
  'succeeded',
  'failed',
  'timedOut',
  'sent',
  'expired',
  'cancelled',
  'rejected',
  'unknown',
] as const;

export type MessageState = (typeof messageStates)[number];

const next: Readonly<Record<MessageState, readonly MessageState[]>> = {
  queued: [
    'carried',
    'delivered',
    'running',
    'succeeded',
    'failed',
    'timedOut',
    'unknown',
    'sent',
    'expired',
    'cancelled',
    'rejected',
  ],
  carried: [
    'queued',
    'delivered',
    'running',
    'succeeded',
    'failed',
    'timedOut',
    'unknown',
    'expired',
    'cancelled',
    'rejected',
  ],
  delivered: ['queued', 'running', 'succeeded', 'failed', 'timedOut', 'cancelled', 'rejected', 'unknown'],
  running: ['queued', 'succeeded', 'failed', 'timedOut', 'cancelled', 'rejected', 'unknown'],
  sent: ['succeeded', 'failed', 'timedOut', 'cancelled', 'rejected', 'unknown'],
  succeeded: [],
  failed: [],
  timedOut: [],
  expired: [],
  cancelled: [],
  rejected: [],
  unknown: ['succeeded', 'failed', 'timedOut', 'cancelled', 'rejected'],
};

/** States of a message that has been accepted by another node, and has not ended. */
export const acceptedStates = ['carried', 'delivered', 'running'] as const satisfies readonly MessageState[];

/** What a node that carries a message can tell of it. How its method ended, its answer tells. */
export const passageStates = [
  ...acceptedStates,
  'expired',
  'cancelled',
  'rejected',
  'unknown',
] as const satisfies readonly MessageState[];

export type PassageState = (typeof passageStates)[number];

export function isPassage(state: MessageState): state is PassageState {
  return passageStates.some((one) => one === state);
}

/** Where it is kept since when a message is in this state. */
export function timeColumn(state: MessageState): 'carriedAt' | 'deliveredAt' | 'runningAt' | 'endedAt' {
  return state === 'carried' || state === 'delivered' || state === 'running' ? `${state}At` : 'endedAt';
}

/** Whether the state may follow. `carried`, `delivered` and `running` go back to `queued` only where the receiver lost its store and the message may rerun. */
export function mayFollow(from: MessageState, to: MessageState): boolean {
  return next[from].includes(to);
}

export function isFinal(state: MessageState): boolean {
  return next[state].length === 0 || state === 'sent' || state === 'unknown';
}

/** The states that this one may follow. */
export function predecessors(of: MessageState): readonly MessageState[] {
  return messageStates.filter((state) => mayFollow(state, of));
}
