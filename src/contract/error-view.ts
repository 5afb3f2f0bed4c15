// Errors of a kind on one node, counted, as the node shows them that has them, or that they were reported to.
import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const errorViewSchema = v.object({
  /** The node that has them. */
  node: v.string(),
  /** As in docs/errors.md; of a newer node perhaps another. */
  code: v.string(),
  verdict: v.exactOptional(v.picklist(['retry', 'restart', 'stop', 'tell'])),
  lane: v.exactOptional(v.string()),
  /** A message that it was about. */
  id: v.exactOptional(v.string()),
  text: v.string(),
  /** What to do, where it is more than the remedy of the code. */
  hint: v.exactOptional(v.string()),
  count,
  /** Wall clock of that node, ms since 1970. */
  firstAt: v.number(),
  lastAt: v.number(),
  /** Grows with every change of any error of this node's list: to follow it from here. */
  changed: count,
});

/** The newest that were asked for, the newest change first; `more`: there are older ones. */
export const errorListSchema = v.object({ errors: v.array(errorViewSchema), more: v.boolean() });

export type ErrorView = v.InferOutput<typeof errorViewSchema>;
export type ErrorList = v.InferOutput<typeof errorListSchema>;

/** What is asked for; absent: all. */
export interface ErrorsWanted {
  readonly node?: string;
  readonly code?: string;
  /** Of which one came at this wall time or later, ms since 1970. */
  readonly since?: number;
}

/** As the query of an address. */
export function errorsQuery(wanted: ErrorsWanted & { readonly after?: number }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) query.set(name, String(value));
  return query.toString();
}
