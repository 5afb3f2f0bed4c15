// A message as its sender's node shows it: what it is, where it is, how it ended. Wall-clock times are milliseconds since 1970.
import * as v from 'valibot';
import { isFinal, messageStates } from '../model/state.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const outcomeSchema = v.object({
  state: v.picklist(['succeeded', 'failed', 'timedOut', 'cancelled', 'rejected', 'unknown']),
  exitCode: v.exactOptional(v.number()),
  signal: v.exactOptional(v.string()),
  startedAt: v.exactOptional(v.number()),
  durationMs: v.exactOptional(v.number()),
  stdoutBytes: count,
  stderrBytes: count,
  reason: v.exactOptional(v.string()),
  /** How often it was started, where that was more than once. */
  attempts: v.exactOptional(count),
  /** Of a method whose output went ahead of its outcome. */
  streamed: v.exactOptional(v.object({ parts: count, stdoutBytes: count, stderrBytes: count })),
});

const replySchema = v.object({
  method: v.string(),
  /** Where another node treats it: that one, and the message that takes it there. */
  to: v.exactOptional(v.string()),
  id: v.exactOptional(v.string()),
  state: v.picklist(['pending', 'handled', 'failed']),
  at: v.exactOptional(v.number()),
  reason: v.exactOptional(v.string()),
});

const historyEntrySchema = v.object({
  at: v.number(),
  state: v.picklist(messageStates),
  note: v.exactOptional(v.string()),
});

export const messageViewSchema = v.object({
  id: v.string(),
  /** Id of the first message of the same submission. */
  submission: v.string(),
  from: v.string(),
  to: v.string(),
  /** The nodes that carry it, in their order. Absent: it goes straight. */
  via: v.exactOptional(v.array(v.string())),
  method: v.string(),
  args: v.array(v.string()),
  state: v.picklist(messageStates),
  /** What a message that has not ended waits for: `node offline`, `link down`, `turn`, `transfer 40 %`, … Absent: nothing. */
  waiting: v.exactOptional(v.string()),
  queuedAt: v.number(),
  /** The node that has it, or had it last, took it then. */
  carriedAt: v.exactOptional(v.number()),
  deliveredAt: v.exactOptional(v.number()),
  runningAt: v.exactOptional(v.number()),
  endedAt: v.exactOptional(v.number()),
  outcome: v.exactOptional(outcomeSchema),
  /** Why it ended as it did, where the outcome does not say it. */
  reason: v.exactOptional(v.string()),
  /** Absent for reply method `none`, unless it failed. `output`: the parts of an output are kept for `steward output`. */
  reply: v.exactOptional(replySchema),
  history: v.array(historyEntrySchema),
});

export type MessageView = v.InferOutput<typeof messageViewSchema>;

/** The messages in one state, the newest first; `more`: there are older ones. */
export const messagesInStateSchema = v.object({ messages: v.array(messageViewSchema), more: v.boolean() });

export type MessagesInState = v.InferOutput<typeof messagesInStateSchema>;

/**
 * Whether nothing more will be heard of the message: it has its final state, and its reply was handled.
 * A message that ended without an outcome (`expired`, `sent`, …) never ran as far as its sender knows, so no reply is waited for.
 */
export function isSettled(view: MessageView): boolean {
  return isFinal(view.state) && (view.outcome === undefined || view.reply?.state !== 'pending');
}

/** Whether all went as it was wished: `sent` is all that a message without ACK can reach. */
export function wentWell(view: MessageView): boolean {
  return (view.state === 'succeeded' || view.state === 'sent') && view.reply?.state !== 'failed';
}
