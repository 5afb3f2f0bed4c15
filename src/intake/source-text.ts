// What the rules for messages need to know of the text that the messages came from, JSON or YAML.

/** The way to a value: the message's index first, then field names and list indexes as they are written. */
export type Path = readonly (string | number)[];

/** Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SourceText {
  /** The messages in the order of the text, each as plain data and not yet checked. */
  readonly messages: readonly unknown[];
  /** Where a value, or its field name, stands; for what is not there, the nearest thing that holds it. */
  readonly position: (path: Path, at: 'key' | 'value') => Position;
  /** The elements of the list at the path as they are written: `1.10` and not 1.1. Strings may keep their quotes. */
  readonly written: (path: Path) => readonly string[];
}

/** The most that a text may be nested. A message needs four levels. */
export const deepestNesting = 100;

export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let next = text.indexOf('\n'); next !== -1 && next < offset; next = text.indexOf('\n', next + 1)) {
    line += 1;
    lineStart = next + 1;
  }
  return { line, column: offset - lineStart + 1 };
}
