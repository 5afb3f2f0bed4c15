// What waits to be delivered, and what is wished to be taken back of it.
import * as v from 'valibot';
import { messageViewSchema } from './message-view.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** All that is given has to fit. A name that is unknown is refused: a wish that is not heard would take back what nobody meant. */
const filterEntries = {
  /** Messages for this node. */
  to: v.exactOptional(v.string()),
  lane: v.exactOptional(v.string()),
  /** Taken in before this time, milliseconds since 1970. */
  before: v.exactOptional(count),
} as const;

export const queueFilterSchema = v.strictObject(filterEntries);

export const cancelWishSchema = v.strictObject({
  ...filterEntries,
  /** These messages. */
  ids: v.exactOptional(v.pipe(v.array(v.string()), v.minLength(1))),
  /** All messages of the submission that this is one of, and what it would yet send to nodes that appear. */
  submission: v.exactOptional(v.string()),
  /** Of these messages, not those that run. */
  waiting: v.exactOptional(v.boolean()),
  /** Who wishes it, for people. */
  by: v.exactOptional(v.pipe(v.string(), v.maxLength(100))),
});

export const cancelledSchema = v.object({
  /** Never left: they are cancelled. */
  cancelled: count,
  /** May be at their nodes: those are asked, and have to confirm. */
  asked: count,
  /** Nodes that appear from now on get nothing of it. */
  closed: v.exactOptional(v.literal(true)),
});

/** What waits for one node in one lane. */
export const waitingLaneSchema = v.object({
  to: v.string(),
  lane: v.string(),
  messages: count,
  bytes: count,
  oldestAt: v.number(),
});

/** A message that waits, and what it will come to if nothing is changed. */
const waitingMessageSchema = v.object({
  ...messageViewSchema.entries,
  lane: v.string(),
  /** That it will cost on the link, without what frames add. */
  bytes: count,
  /** It is given up at this wall time, as far as clocks go on as they do. */
  expiresAt: v.number(),
});

export const queueSchema = v.object({
  lanes: v.array(waitingLaneSchema),
  /** The first of them: orders, then by priority and age. Each lane keeps this order; lanes of one priority do not wait for each other. */
  messages: v.array(waitingMessageSchema),
  more: v.boolean(),
});

export type WaitingFilter = v.InferOutput<typeof queueFilterSchema>;
export type CancelWish = v.InferOutput<typeof cancelWishSchema>;
export type CancelledCounts = v.InferOutput<typeof cancelledSchema>;
export type Queue = v.InferOutput<typeof queueSchema>;
