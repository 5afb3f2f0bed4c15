// One startup message, and how it fares in this life of the node.
import { createHash } from 'node:crypto';
import type { Draft, MessageId } from '../../model/message.ts';

export interface Entry {
  readonly name: string;
  readonly draft: Draft;
  readonly sum: string;
  id?: MessageId;
  /** It was given in an earlier life. */
  isOld: boolean;
  state: 'waits' | 'given' | 'pauses' | 'ended';
  reason?: string;
  failures: number;
  givenAt: number;
  stopPause?: () => void;
}

export function newEntry(name: string, draft: Draft, content: Uint8Array): Entry {
  const sum = createHash('sha256').update(content).digest('hex');
  // One without end would hold up all others of its lane.
  const message = isEndless(draft) ? { ...draft.message, unordered: true } : draft.message;
  return { name, draft: { ...draft, message }, sum, isOld: false, state: 'waits', failures: 0, givenAt: 0 };
}

export function isEndless({ message }: Draft): boolean {
  return message.methodTimeoutMs < 0;
}
