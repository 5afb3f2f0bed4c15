// Tells, byte by byte, when a whole JSON object or list has arrived.
//
// Job: find the end of the first top-level value, so that a client which keeps its connection open gets an answer.
// It judges brackets, strings and escapes only; whether the value is valid is for the parser to say. Text in single quotes, which
// only YAML in its flow style has, counts as a string: scripts for the originals wrote commands so.
//
// 1. Linear in the bytes, constant in memory, the same for every fragmentation.
// 2. Once `complete` or `other` it stays so.

type JsonScan =
  /** Nothing but white space so far. */
  | { readonly state: 'empty' }
  /** Inside the value. */
  | { readonly state: 'open' }
  /** The value ended with this push; `end` is the offset, in the bytes of this push, of what follows it. */
  | { readonly state: 'complete'; readonly end: number }
  /** The input begins with something else than an object or a list: only its end says that it is whole. */
  | { readonly state: 'other' };

export interface JsonScanner {
  push(bytes: Uint8Array): JsonScan;
  /** The deepest nesting seen so far. */
  readonly deepest: () => number;
}

const quote = 0x22;
const single = 0x27;
const backslash = 0x5c;
const bom = [0xef, 0xbb, 0xbf];

export function isJsonSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** What text in single quotes may begin behind: `[` `,` `{` `:`, and, for a doubled one in such text, `'`. Elsewhere it is an apostrophe. */
function beginsText(before: number): boolean {
  return before === 0x5b || before === 0x2c || before === 0x7b || before === 0x3a || before === single;
}

export function createJsonScanner(): JsonScanner {
  let state: JsonScan['state'] = 'empty';
  let bomSeen = 0;
  let depth = 0;
  let deepest = 0;
  /** The quote that ends the string that it is in; 0 outside. */
  let inString = 0;
  /** The last byte outside strings that is no white space. */
  let lastByte = 0;
  let escaped = false;

  /** Reads up to the first bracket. Answers how many bytes it took. */
  function begin(bytes: Uint8Array): number {
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte === 0x7b || byte === 0x5b) {
        state = 'open';
        return index;
      }
      if (bomSeen < 3 && byte === bom[bomSeen]) {
        bomSeen += 1;
      } else if (isJsonSpace(byte)) {
        bomSeen = 3;
      } else {
        state = 'other';
        return index;
      }
    }
    return bytes.length;
  }

  /** Reads on inside the value. Answers the offset behind its end, or undefined if it goes on. */
  function inside(bytes: Uint8Array, from: number): number | undefined {
    // Plain local variables: this loop sees every byte of every submission.
    let level = depth;
    let quoted = inString;
    let last = lastByte;
    for (let index = from; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (quoted !== 0) {
        if (escaped) escaped = false;
        else if (byte === backslash && quoted === quote) escaped = true;
        else if (byte === quoted) quoted = 0;
        continue;
      }
      if (byte === quote || (byte === single && beginsText(last))) {
        quoted = byte;
      } else if (byte === 0x7b || byte === 0x5b) {
        level += 1;
        if (level > deepest) deepest = level;
      } else if (byte === 0x7d || byte === 0x5d) {
        level -= 1;
        if (level === 0) return index + 1;
      }
      if (!isJsonSpace(byte)) last = byte;
    }
    depth = level;
    inString = quoted;
    lastByte = last;
    return undefined;
  }

  return {
    push(bytes) {
      if (state === 'complete') return { state, end: 0 };
      const from = state === 'empty' ? begin(bytes) : 0;
      if (state !== 'open') return { state };
      const end = inside(bytes, from);
      if (end === undefined) return { state };
      state = 'complete';
      return { state, end };
    },
    deepest: () => deepest,
  };
}
