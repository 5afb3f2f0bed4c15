// The answer to a submission: the ids of its messages, in the order of the file and of each message's nodes.
import * as v from 'valibot';
import { messageStates } from '../model/state.ts';
import { messageViewSchema } from './message-view.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const submittedSchema = v.object({
  ids: v.array(v.string()),
  /** Id of the first message: it names the whole submission. */
  submission: v.string(),
});

/** Who a submission would go to: nothing of it is taken. */
export const previewSchema = v.object({
  messages: count,
  nodes: v.array(
    v.object({ name: v.string(), presence: v.picklist(['online', 'offline', 'unknown']), messages: count }),
  ),
});

/** How far a submission has come, as far as its messages are kept. */
export const submissionStateSchema = v.object({
  submission: v.string(),
  /** Every state is present, with 0 where there is none. */
  counts: v.object(v.entriesFromList(messageStates, count)),
  /** Those that have not ended, in the order of the submission, at most the first 1,000. */
  missing: v.array(messageViewSchema),
  more: v.boolean(),
});

export type Preview = v.InferOutput<typeof previewSchema>;
export type SubmissionProgress = v.InferOutput<typeof submissionStateSchema>;
export type Submitted = v.InferOutput<typeof submittedSchema>;
