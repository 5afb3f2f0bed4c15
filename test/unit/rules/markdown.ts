// Reads the parts of our pages that tests compare with the code: tables, code spans, fenced blocks.

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables below a heading, up to the next heading of the same level or above. Throws where the heading is not there. */
export function tablesUnder(text: string, heading: string): readonly Table[] {
  const lines = withoutFences(text).split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '').trim() === heading);
  if (start === -1) throw new Error(`there is no heading "${heading}"`);
  const level = (lines[start] ?? '').indexOf(' ');
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return tablesIn(rest.slice(0, end === -1 ? undefined : end));
}

/** The only table below a heading. */
export function tableUnder(text: string, heading: string): Table {
  const [table, ...others] = tablesUnder(text, heading);
  if (table === undefined || others.length > 0)
    throw new Error(`"${heading}" has ${others.length + 1} tables, not one`);
  return table;
}

function tablesIn(lines: readonly string[]): readonly Table[] {
  const tables: { head: readonly string[]; rows: (readonly string[])[] }[] = [];
  let open = false;
  for (const line of lines) {
    if (!line.startsWith('|')) {
      open = false;
    } else if (!open) {
      tables.push({ head: cells(line), rows: [] });
      open = true;
    } else if (!/^\|[\s|:-]+$/.test(line)) {
      tables.at(-1)?.rows.push(cells(line));
    }
  }
  return tables;
}

function cells(line: string): readonly string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.replaceAll('\\|', '|').trim());
}

/** What stands in backticks. */
export function codeSpans(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

export interface Fence {
  /** What stands behind the opening marks: language and notes. */
  readonly info: string;
  readonly text: string;
}

export function fencesIn(text: string): readonly Fence[] {
  return [...text.matchAll(/^```([^\n]*)\n([^]*?)^```$/gm)].map(([, info = '', body = '']) => ({
    info: info.trim(),
    text: body,
  }));
}

export function withoutFences(text: string): string {
  return text.replace(/^```[^\n]*\n[^]*?^```$/gm, '');
}
