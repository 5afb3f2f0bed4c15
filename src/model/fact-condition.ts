// A condition on a fact of the node that is to run a message: read here from a message file and from a head alike, so that both take the same.
/** All that is given has to hold. Values are compared as text, `atLeast` and `atMost` as numbers or versions. */
export interface FactCondition {
  /** Its name, with dots where it lies in another: `memory.free`, `own.role`. */
  readonly fact: string;
  /** It is one of these. */
  readonly is?: readonly string[];
  /** It is none of these. */
  readonly isNot?: readonly string[];
  readonly atLeast?: string;
  readonly atMost?: string;
  readonly exists?: boolean;
}

export interface ConditionProblem {
  readonly problem: { readonly message: string; readonly hint: string };
}

export const mostConditions = 16;
const longestName = 200;
const longestValue = 256;
const mostValues = 64;
export const factNamePattern = '^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$';
const factName = new RegExp(factNamePattern);
const operators = ['is', 'isNot', 'atLeast', 'atMost', 'exists'] as const;
const keys: readonly string[] = ['fact', ...operators];
const hint = 'such as {"fact": "system", "is": "linux"}, with is, isNot, atLeast, atMost or exists';
/** A number, or a version: what `atLeast` can be compared with. */
export const comparable = /^(-?\d+(\.\d+)?([eE][-+]?\d+)?|v?\d+([.+~_-][A-Za-z0-9]+)*)$/;

/** One object, or a list of them, all of which have to hold. */
export function readConditions(value: unknown): readonly FactCondition[] | ConditionProblem {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (given.length === 0 || given.length > mostConditions)
    return wrong(`onlyIf has from 1 to ${mostConditions} conditions`);
  const read: FactCondition[] = [];
  for (const one of given) {
    const condition = readCondition(one);
    if ('problem' in condition) return condition;
    read.push(condition);
  }
  return read;
}

function readCondition(value: unknown): FactCondition | ConditionProblem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return wrong('a condition on a fact is an object');
  const given = new Map<string, unknown>(Object.entries(value));
  const unknown = [...given.keys()].find((key) => !keys.includes(key));
  if (unknown !== undefined) return wrong(`a condition on a fact has no ${JSON.stringify(unknown.slice(0, 40))}`);
  const fact = given.get('fact');
  if (typeof fact !== 'string' || fact.length > longestName || !factName.test(fact))
    return wrong('fact is the name of a fact of the node: letters, digits, _ and -, with dots between');
  if (!operators.some((one) => given.has(one))) return wrong(`nothing is said of the fact ${fact}`);
  const texts: { is?: readonly string[]; isNot?: readonly string[] } = {};
  for (const key of ['is', 'isNot'] as const) {
    if (!given.has(key)) continue;
    const list = given.get(key);
    const words = (Array.isArray(list) ? (list as readonly unknown[]) : [list]).map(asText);
    if (words.length === 0 || words.length > mostValues || !words.every((word) => word !== undefined))
      return wrong(`${key} is text, a number, true or false, or a list of up to ${mostValues} of them`);
    texts[key] = words;
  }
  const bounds: { atLeast?: string; atMost?: string } = {};
  for (const key of ['atLeast', 'atMost'] as const) {
    if (!given.has(key)) continue;
    const bound = asText(given.get(key));
    if (bound === undefined || !comparable.test(bound)) return wrong(`${key} is a number, or a version as text`);
    bounds[key] = bound;
  }
  const exists = given.get('exists');
  if (exists !== undefined && typeof exists !== 'boolean') return wrong('exists is true or false');
  return { fact, ...texts, ...bounds, ...(exists === undefined ? {} : { exists }) };
}

function asText(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || value.length > longestValue || /\p{Surrogate}/u.test(value)) return undefined;
  return value;
}

function wrong(message: string): ConditionProblem {
  return { problem: { message, hint } };
}
