// Tells what became of a request that this node has accepted. Replies are told of by what they answer (answer.ts).
import type { Outcome } from '../model/message.ts';
import { methodEntry } from '../model/method-name.ts';
import type { Change } from './change.ts';
import type { Context } from './context.ts';
import type { Accepted } from './in-lane.ts';

export interface Work {
  readonly accepted: Accepted;
  readonly step: 'accepted' | 'started' | 'ended';
  readonly at: number;
  readonly outcome?: Outcome;
}

/** With the change, when that is durable; without one, now. */
export function noteWork(context: Context, change: Change | undefined, { accepted, ...work }: Work): void {
  const { message, record } = accepted;
  if (message.replyTo !== undefined || message.passage !== undefined) return;
  // It is part of the message that it was made for, which is told of.
  if (methodEntry(message.method).passing === true) return;
  const tell = (): void =>
    context.notice({ type: 'work', ord: record.ord, message, attempts: record.attempts, ...work });
  if (change === undefined) tell();
  else change.follow.push(tell);
}
