// Finds and writes single assignments in TOML text, so that all around them stays as the user wrote it.

export interface Assignment {
  /** From 1. */
  readonly line: number;
  /** Offsets of the value. */
  readonly start: number;
  readonly end: number;
}

// A key, bare or quoted; and a value on one line: a string of either kind, else anything up to a comment.
const assignment =
  /^([ \t]*(?:([A-Za-z0-9_-]+)|"([^"\\]*)"|'([^']*)')[ \t]*=[ \t]*)("(?:[^"\\]|\\.)*"|'[^']*'|[^#\r\n]*?)[ \t]*(?:#.*)?\r?$/;

/** The first line that assigns to the key, spelled exactly so, before any table. */
export function findAssignment(text: string, key: string): Assignment | undefined {
  let start = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^[ \t]*\[/.test(line)) return undefined;
    const match = assignment.exec(line);
    if (match !== null && (match[2] ?? match[3] ?? match[4]) === key) {
      const valueStart = start + (match[1]?.length ?? 0);
      return { line: index + 1, start: valueStart, end: valueStart + (match[5]?.length ?? 0) };
    }
    start += line.length + 1;
  }
  return undefined;
}

/** A value in TOML. */
export function tomlValue(value: string | number): string {
  // JSON's escapes are TOML's, but for DEL, which TOML wants escaped, too.
  return typeof value === 'number' ? String(value) : JSON.stringify(value).replaceAll('\u007f', '\\u007f');
}
