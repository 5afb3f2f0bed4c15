// The process list of a node, as its API and `opProcessList json` give it.
import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const processRowSchema = v.object({
  process: v.string(),
  kind: v.picklist(['publisher', 'subscriber', 'run']),
  /** The other node of the lane; `*`: of all of them. */
  node: v.string(),
  lane: v.string(),
  id: v.exactOptional(v.string()),
  state: v.picklist(['running', 'waiting', 'idle', 'stopped']),
  waiting: v.exactOptional(v.string()),
  since: v.number(),
  restarts: count,
  /** Messages in memory that wait for it; `more`: there are others on the disk. */
  mailbox: count,
  more: v.boolean(),
  lastError: v.exactOptional(v.object({ at: v.number(), text: v.string() })),
});

export const processRowsSchema = v.array(processRowSchema);

export type ProcessRows = v.InferOutput<typeof processRowsSchema>;
