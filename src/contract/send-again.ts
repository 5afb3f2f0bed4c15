// What is wished when messages are sent again, and what the node answers.
import * as v from 'valibot';
import { messageStates } from '../model/state.ts';

/** A name that is unknown is refused: a wish that is not heard would send what nobody wanted. */
export const resendWishSchema = v.strictObject({
  /** To this node instead of the one that it was for. */
  to: v.exactOptional(v.string()),
});

export const retryWishSchema = v.strictObject({
  /** Also those of which nobody knows whether they ran. */
  unknown: v.exactOptional(v.boolean()),
  /** Only says which. */
  dryRun: v.exactOptional(v.boolean()),
});

const retriedMessageSchema = v.object({
  id: v.string(),
  to: v.string(),
  /** How it ended. */
  state: v.picklist(messageStates),
  /** Id of the message that takes its place; absent in a dry run. */
  newId: v.exactOptional(v.string()),
});

export const retriedSchema = v.object({
  /** In the order of their submission. */
  retried: v.array(retriedMessageSchema),
  /** How many of the submission are left as they are, by state. */
  left: v.record(v.picklist(messageStates), v.number()),
  /** Of the new messages; absent where there are none. */
  submission: v.exactOptional(v.string()),
});

export type ResendWish = v.InferOutput<typeof resendWishSchema>;
export type RetryWish = v.InferOutput<typeof retryWishSchema>;
export type Retried = v.InferOutput<typeof retriedSchema>;
