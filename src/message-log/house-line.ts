// Lines that the log writes for itself, and tells nobody: where a file begins, and where an orderly life ended.
import * as v from 'valibot';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const houseLineSchema = v.object({
  /** The first key of the line: no line of a message begins so. */
  what: v.picklist(['begun', 'closed']),
  at: v.number(),
  node: v.string(),
  /** Number of the file. */
  file: count,
  /** The last place in the outbox and in the inbox that the lines before it tell of. */
  outbox: count,
  inbox: count,
});

export type HouseLine = v.InferOutput<typeof houseLineSchema>;

export function isHouseLine(text: string): boolean {
  return text.startsWith('{"what":');
}

/** Undefined where it is torn. */
export function readHouseLine(text: string): HouseLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A power cut leaves such lines.
    return undefined;
  }
  const result = v.safeParse(houseLineSchema, value);
  return result.success ? result.output : undefined;
}
