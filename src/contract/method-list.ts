// The methods of a node, as it answers them.
import * as v from 'valibot';

const text = v.string();

const descriptionSchema = v.object({
  summary: text,
  docs: v.exactOptional(text),
  args: v.exactOptional(
    v.array(
      v.object({
        name: text,
        type: v.picklist(['text', 'integer', 'number', 'boolean']),
        optional: v.exactOptional(v.literal(true)),
        oneOf: v.exactOptional(v.array(text)),
        doc: v.exactOptional(text),
      }),
    ),
  ),
  rest: v.exactOptional(v.literal(true)),
  timeoutMs: v.exactOptional(v.number()),
  unordered: v.exactOptional(v.literal(true)),
  memoryBytes: v.exactOptional(v.number()),
  example: v.exactOptional(v.object({ args: v.array(text), data: v.exactOptional(text) })),
});

export const methodListSchema = v.object({
  builtIn: v.array(v.object({ name: text, request: v.boolean(), reply: v.boolean(), minArgs: v.number() })),
  own: v.array(
    v.object({
      name: text,
      /** Absent: its owner says nothing of it. */
      description: v.exactOptional(descriptionSchema),
      /** Why it cannot be run. */
      problem: v.exactOptional(text),
    }),
  ),
  /** So many own methods are not among them. */
  more: v.exactOptional(v.number()),
});

/** Whether there was something to forget of what the node had told. */
export const methodForgetSchema = v.object({ node: text, forgotten: v.boolean() });

/** How the example of an own method ended. */
export const methodTrySchema = v.object({
  name: text,
  outcome: v.object({ state: text, reason: v.exactOptional(text), exitCode: v.exactOptional(v.number()) }),
  stdout: text,
  stderr: text,
});
