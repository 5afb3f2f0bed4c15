// Finds where in a valid JSON text a value stands. All functions are linear and without recursion.
import { nextToken } from './json-token.ts';

export interface JsonPlace {
  /** Offset of the field name, or of the value where it has none. */
  readonly key: number;
  /** Offset of the value. */
  readonly value: number;
}

/** The place that the path leads to from the value at `from`, or the last place on the way that exists. */
export function findJsonPlace(text: string, path: readonly (string | number)[], from = 0): JsonPlace {
  const start = nextToken(text, from).start;
  let place: JsonPlace = { key: start, value: start };
  for (const step of path) {
    const next = typeof step === 'number' ? findElement(text, place.value, step) : findField(text, place.value, step);
    if (next === undefined) return place;
    place = next;
  }
  return place;
}

/** Offsets of the elements of the list that begins at the offset; none if it is no list. */
export function listElements(text: string, from: number): number[] {
  const open = nextToken(text, from);
  const offsets: number[] = [];
  if (open.kind !== '[') return offsets;
  let token = nextToken(text, open.end);
  while (token.kind !== ']' && token.kind !== 'end') {
    offsets.push(token.start);
    token = nextToken(text, skipValue(text, token.start));
    if (token.kind === ',') token = nextToken(text, token.end);
  }
  return offsets;
}

function findElement(text: string, from: number, index: number): JsonPlace | undefined {
  const offset = listElements(text, from)[index];
  return offset === undefined ? undefined : { key: offset, value: offset };
}

/** The field as `JSON.parse` sees it: of several with one name, the last. */
function findField(text: string, from: number, name: string): JsonPlace | undefined {
  const open = nextToken(text, from);
  if (open.kind !== '{') return undefined;
  let found: JsonPlace | undefined;
  let key = nextToken(text, open.end);
  while (key.kind === 'string') {
    const value = nextToken(text, nextToken(text, key.end).end);
    if (JSON.parse(text.slice(key.start, key.end)) === name) found = { key: key.start, value: value.start };
    const after = nextToken(text, skipValue(text, value.start));
    key = after.kind === ',' ? nextToken(text, after.end) : after;
  }
  return found;
}

/** The offset behind the value that begins at the offset. */
export function skipValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const token = nextToken(text, at);
    if (token.kind === '{' || token.kind === '[') depth += 1;
    if (token.kind === '}' || token.kind === ']') depth -= 1;
    at = token.end;
    if (depth <= 0 || token.kind === 'end') return at;
  }
}
