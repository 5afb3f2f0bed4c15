// Reads what came over the wire, and trusts none of it before its schema has agreed.
import * as v from 'valibot';

/** The value, or undefined where the text is no JSON or not of this shape. Keys that the schema does not know are left out. */
export function decode<const Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
): v.InferOutput<Schema> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Text that is no JSON is an answer to the question asked here, not an error.
    return undefined;
  }
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}
