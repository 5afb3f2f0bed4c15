// The answer to a submission: the ids of its messages, in the order of the file and of each message's nodes.
import * as v from 'valibot';
import { messageStates } from '../model/state.ts';
import { messageViewSchema } from './message-view.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Nodes of these groups that appear until then get it, too. */
const lateJoinersSchema = v.object({
  groups: v.array(v.string()),
  /** Wall time, as far as clocks go on as they do. */
  until: v.number(),
});

export const submittedSchema = v.object({
  ids: v.array(v.string()),
  /** Names the whole submission: the id of its first message, or one of its own where it also goes to nodes that appear later. */
  submission: v.string(),
  lateJoiners: v.exactOptional(lateJoinersSchema),
  /** Told by central, which hears of every node: those that it goes to first, and that were never heard of; at most 10. */
  unheard: v.exactOptional(
    v.array(
      v.object({
        name: v.string(),
        /** The one that may be meant. */
        nearest: v.exactOptional(v.string()),
      }),
    ),
  ),
  /** What is taken in another sense than its author may expect. */
  warnings: v.exactOptional(v.array(v.string())),
});

/** Who a submission would go to: nothing of it is taken. */
export const previewSchema = v.object({
  messages: count,
  nodes: v.array(
    v.object({ name: v.string(), presence: v.picklist(['online', 'offline', 'unknown']), messages: count }),
  ),
  lateJoiners: v.exactOptional(lateJoinersSchema),
});

/** What each node has answered to the same last; without a message: nothing is known. */
export const lastAnswersSchema = v.object({
  answers: v.array(v.object({ to: v.string(), message: v.exactOptional(messageViewSchema) })),
});

export type LastAnswers = v.InferOutput<typeof lastAnswersSchema>;

/** How far a submission has come, as far as its messages are kept. */
export const submissionStateSchema = v.object({
  submission: v.string(),
  /** Every state is present, with 0 where there is none. */
  counts: v.object(v.entriesFromList(messageStates, count)),
  /** Those that have not ended, in the order of the submission, at most the first 1,000. */
  missing: v.array(messageViewSchema),
  /** Those that have ended, and did not succeed, as many. */
  unsuccessful: v.array(messageViewSchema),
  /** There are more than are listed. */
  more: v.boolean(),
  lateJoiners: v.exactOptional(v.object({ ...lateJoinersSchema.entries, open: v.boolean() })),
});

/** Submissions that also go to nodes that appear. */
export const openSubmissionsSchema = v.array(
  v.object({ submission: v.string(), at: v.number(), ...lateJoinersSchema.entries, open: v.boolean() }),
);

export type OpenSubmission = v.InferOutput<typeof openSubmissionsSchema>[number];
export type LateJoinersView = v.InferOutput<typeof lateJoinersSchema>;
export type Preview = v.InferOutput<typeof previewSchema>;
export type SubmissionProgress = v.InferOutput<typeof submissionStateSchema>;
export type Submitted = v.InferOutput<typeof submittedSchema>;
