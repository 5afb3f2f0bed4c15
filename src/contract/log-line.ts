// A line of the log of all messages, as it stands in its files and is told by `GET /v1/log`.
import * as v from 'valibot';
import { messageStates } from '../model/state.ts';
import { errorBodySchema } from './api-error.ts';
import { outcomeSchema } from './message-view.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** At the node that sends it: its states, and what became of its reply. At the one that runs it: the last three. */
const logSteps = [...messageStates, 'reply', 'accepted', 'started', 'ended'] as const;

const messageLineSchema = v.object({
  /** Wall time in ms. */
  at: v.number(),
  what: v.picklist(logSteps),
  id: v.string(),
  from: v.string(),
  to: v.string(),
  /** Written afterwards, from the store: the node was killed, or could not write its log. */
  madeUp: v.exactOptional(v.literal(true)),
  /** Of `queued` and `accepted`: its place in the outbox or the inbox of the node. */
  ord: v.exactOptional(count),
  submission: v.exactOptional(v.string()),
  /** Of `queued`: the message as a message file has it, with its data. */
  message: v.exactOptional(v.record(v.string(), v.unknown())),
  /** It passes the answer to this message on, which no line holds. */
  answerOf: v.exactOptional(v.string()),
  /** Data that the message has and the line does not: they are too large. */
  left: v.exactOptional(v.object({ bytes: count, sha256: v.exactOptional(v.string()) })),
  /** Of `accepted`. */
  method: v.exactOptional(v.string()),
  args: v.exactOptional(v.array(v.string())),
  /** Of `started`: which run it is, where it is not the first. */
  attempt: v.exactOptional(count),
  outcome: v.exactOptional(outcomeSchema),
  /** Of `reply`. */
  state: v.exactOptional(v.picklist(['handled', 'failed'])),
  reason: v.exactOptional(v.string()),
});

/** Lines could not be written, and nobody has them. */
const droppedLineSchema = v.object({ at: v.number(), what: v.literal('dropped'), lines: count });

export const logLineSchema = v.variant('what', [messageLineSchema, droppedLineSchema]);

/** The node cannot go on with its answer: it ends with this. */
export const logErrorSchema = v.object({ error: errorBodySchema });

export type MessageLine = v.InferOutput<typeof messageLineSchema>;
export type LogLine = v.InferOutput<typeof logLineSchema>;
