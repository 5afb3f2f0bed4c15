// Finds the first syntax mistake of a text that `JSON.parse` refused, and says it in words.
import { nextToken, type JsonToken } from './json-token.ts';

export interface JsonMistake {
  /** Characters from the start of the text. */
  readonly offset: number;
  readonly problem: string;
  /** Whether it is a thing that YAML's flow style allows: a word or a string without double quotes, a comment, a last comma. */
  readonly yamlToo: boolean;
}

type Expected = 'value' | 'valueOrClose' | 'key' | 'keyOrClose' | 'colon' | 'commaOrClose' | 'nothing';

const words: Readonly<Record<Expected, string>> = {
  value: 'a value',
  valueOrClose: 'a value or "]"',
  key: 'a field name in double quotes',
  keyOrClose: 'a field name in double quotes, or "}"',
  colon: '":"',
  commaOrClose: 'a comma or the closing bracket',
  nothing: 'the end of the text',
};

/** Linear, without recursion. Undefined if the text is JSON after all. */
export function findJsonMistake(text: string): JsonMistake | undefined {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    const token = nextToken(text, at);
    if (token.kind === 'end' && expected === 'nothing') return undefined;
    const next = step({ token, expected, open });
    if (next === undefined) return describe({ token, expected, text, inside: open.at(-1) });
    expected = next;
    at = token.end;
  }
}

/** What may follow the token, or undefined where it may not stand. Keeps `open`. */
function step(at: { token: JsonToken; expected: Expected; open: ('{' | '[')[] }): Expected | undefined {
  const { token, expected, open } = at;
  const after = (): Expected => (open.length === 0 ? 'nothing' : 'commaOrClose');
  const takesValue = expected === 'value' || expected === 'valueOrClose';
  const takesKey = expected === 'key' || expected === 'keyOrClose';
  switch (token.kind) {
    case '{':
    case '[':
      if (!takesValue) return undefined;
      open.push(token.kind);
      return token.kind === '{' ? 'keyOrClose' : 'valueOrClose';
    case '}':
    case ']': {
      const mayClose = expected === 'commaOrClose' || expected === (token.kind === '}' ? 'keyOrClose' : 'valueOrClose');
      if (!mayClose || open.at(-1) !== (token.kind === '}' ? '{' : '[')) return undefined;
      open.pop();
      return after();
    }
    case ',':
      if (expected !== 'commaOrClose') return undefined;
      return open.at(-1) === '{' ? 'key' : 'value';
    case ':':
      return expected === 'colon' ? 'value' : undefined;
    case 'string':
      if (takesKey) return 'colon';
      return takesValue ? after() : undefined;
    case 'scalar':
      return takesValue ? after() : undefined;
    case 'end':
    case 'mistake':
    case 'brokenString':
      break;
  }
  return undefined;
}

function describe(at: {
  token: JsonToken;
  expected: Expected;
  text: string;
  inside: '{' | '[' | undefined;
}): JsonMistake {
  const { token, expected, text, inside } = at;
  const place = { offset: token.start, yamlToo: false };
  if (token.problem !== undefined) {
    return { ...place, problem: token.problem, yamlToo: token.kind === 'mistake' };
  }
  if (expected === 'nothing') return { ...place, problem: 'more than one value: put the messages into one list' };
  if (token.kind === 'end') {
    const where = inside === undefined ? '' : ` inside ${inside === '{' ? 'an object' : 'a list'}`;
    return { ...place, problem: `the text ends${where}` };
  }
  const comma = expected === 'key' || (expected === 'value' && inside === '[');
  if ((token.kind === '}' || token.kind === ']') && comma) {
    return { ...place, problem: `a comma with nothing after it, before "${token.kind}"`, yamlToo: true };
  }
  const found = text.slice(token.start, Math.min(token.end, token.start + 20));
  return { ...place, problem: `expected ${words[expected]}, found ${found.startsWith('"') ? found : `"${found}"`}` };
}
