// Cuts JSON text into tokens, for finding places in a text that `JSON.parse` has taken or refused.

export interface JsonToken {
  readonly kind: '{' | '}' | '[' | ']' | ',' | ':' | 'string' | 'scalar' | 'end' | 'mistake' | 'brokenString';
  readonly start: number;
  readonly end: number;
  /** Of a mistake, or a string that breaks off: what it is. */
  readonly problem?: string;
}

const space = /[ \t\r\n]*/y;
const scalar = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;
// All but the quote, the backslash and what lies below the space.
const plainCharacters = /[ !#-[\]-\uffff]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The token at or after the offset, white space skipped. */
export function nextToken(text: string, from: number): JsonToken {
  const start = endOf(space, text, from) ?? from;
  const first = text[start];
  switch (first) {
    case undefined:
      return { kind: 'end', start, end: start };
    case '{':
    case '}':
    case '[':
    case ']':
    case ',':
    case ':':
      return { kind: first, start, end: start + 1 };
    case '"':
      return stringToken(text, start);
    default: {
      const end = endOf(scalar, text, start);
      if (end !== undefined) return { kind: 'scalar', start, end };
      return { kind: 'mistake', start, end: start + 1, problem: `unexpected ${showCharacter(text, start)}` };
    }
  }
}

function stringToken(text: string, start: number): JsonToken {
  let at = start + 1;
  for (;;) {
    at = endOf(plainCharacters, text, at) ?? at;
    if (text[at] === '"') return { kind: 'string', start, end: at + 1 };
    const next = endOf(escape, text, at);
    if (next === undefined) return { kind: 'brokenString', start: at, end: at + 1, problem: stringProblem(text, at) };
    at = next;
  }
}

function stringProblem(text: string, at: number): string {
  if (at >= text.length) return 'the text ends inside a string';
  if (text[at] === '\\') return `unknown escape "${text.slice(at, at + 2)}" in a string`;
  return `${showCharacter(text, at)} inside a string: write it as an escape`;
}

function showCharacter(text: string, at: number): string {
  const point = text.codePointAt(at) ?? 0;
  if (point === 0x0a || point === 0x0d) return 'line break';
  if (point === 0x09) return 'tab';
  return point < 0x20 ? `control character ${point}` : `"${String.fromCodePoint(point)}"`;
}

function endOf(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
