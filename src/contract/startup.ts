// The startup messages of a node, as it answers them.
import * as v from 'valibot';

export const startupSchema = v.object({
  startup: v.array(
    v.object({
      name: v.string(),
      /** waits: for the next start · given · pauses: before it begins again · ended · broken: set aside. */
      state: v.string(),
      method: v.exactOptional(v.string()),
      endless: v.exactOptional(v.boolean()),
      /** Of the message, of the last time that it was given. */
      id: v.exactOptional(v.string()),
      reason: v.exactOptional(v.string()),
    }),
  ),
  /** Files in the folder beyond those that a node reads. */
  notRead: v.exactOptional(v.number()),
});
