// What a fact may be: what JSON can hold, not nested too deeply, with its names in order.

export type FactValue =
  string | number | boolean | null | readonly FactValue[] | { readonly [name: string]: FactValue };

export type FactTable = Readonly<Record<string, FactValue>>;

const deepest = 16;

/** Throws an Error that says what is wrong. Dates become text. */
export function factValue(value: unknown, depth = 0): FactValue {
  if (depth > deepest) throw new Error(`it is nested more than ${deepest} deep`);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  if (Array.isArray(value)) return value.map((one) => factValue(one, depth + 1));
  if (typeof value !== 'object') throw new Error(`it is a ${typeof value}`);
  return sorted(Object.entries(value).map(([name, one]) => [name, factValue(one, depth + 1)]));
}

/** fromEntries, and no assignment: a name may be `__proto__`. */
export function sorted(entries: readonly (readonly [string, FactValue])[]): FactTable {
  return Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)));
}

/** The fact of that name, with dots where it lies in another one. */
export function factAt(facts: FactTable, name: string): FactValue | undefined {
  let value: FactValue | undefined = facts;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, part))
      return undefined;
    value = (value as FactTable)[part];
  }
  return value;
}
