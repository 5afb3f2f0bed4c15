// Finds a field that an object of a valid JSON text has twice.
import { nextToken } from './json-token.ts';

export interface DuplicateKey {
  readonly name: string;
  /** Of the second one: characters from the start of the text. */
  readonly offset: number;
}

/** Values between two steps. */
const valuesOfAStep = 64;

/** The first one of the text. Linear, without recursion. */
export function* findDuplicateKey(text: string): Generator<void, DuplicateKey | undefined> {
  /** The names of each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let isKey = false;
  let values = 0;
  for (let token = nextToken(text, 0); token.kind !== 'end'; token = nextToken(text, token.end)) {
    const names = open.at(-1);
    if (token.kind === 'string' && isKey && names !== undefined) {
      const name = nameOf(text.slice(token.start, token.end));
      if (names.has(name)) return { name, offset: token.start };
      names.add(name);
    }
    if (token.kind === '{') open.push(new Set());
    else if (token.kind === '[') open.push(undefined);
    else if (token.kind === '}' || token.kind === ']') open.pop();
    if (token.kind === ',' && ++values % valuesOfAStep === 0) yield;
    isKey = token.kind === '{' || (token.kind === ',' && open.at(-1) !== undefined);
  }
  return undefined;
}

function nameOf(written: string): string {
  return written.includes('\\') ? String(JSON.parse(written)) : written.slice(1, -1);
}
