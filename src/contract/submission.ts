// The answer to a submission: the ids of its messages, in the order of the file and of each message's nodes.
import * as v from 'valibot';

export const submittedSchema = v.object({
  ids: v.array(v.string()),
  /** Id of the first message: it names the whole submission. */
  submission: v.string(),
});

export type Submitted = v.InferOutput<typeof submittedSchema>;
