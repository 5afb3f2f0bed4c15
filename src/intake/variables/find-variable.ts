// The variables of a message: `{{STEWARD_DATA}}` and `{{STEWARD_FILE:path}}`, also as `{{CTRL_…}}`, and `{{ctrl_…}}` as early ctrl had it.

export type Variable =
  /** What the command is given: `data` of the message, or the output that a reply brings. */
  | { readonly kind: 'data'; readonly text: string }
  /** A file of the node where the message is submitted. */
  | { readonly kind: 'file'; readonly path: string; readonly text: string };

const pattern = /\{\{(?:STEWARD|CTRL|ctrl)_(?:DATA|FILE:([^{}]*))\}\}/y;
const anywhere = new RegExp(pattern.source);

export function hasVariable(text: string): boolean {
  return text.includes('{{') && anywhere.test(text);
}

const almost = /\{\{\s*\$?(steward|ctrl)_?\s*(data|file)\b[^{}]*\}\}/gi;

/** What nearly is a variable, by its letters or blanks, with the one that it may have been meant for: it stays as it is. */
export function nearVariables(text: string): readonly { readonly text: string; readonly meant: string }[] {
  if (!text.includes('{{')) return [];
  return [...text.matchAll(almost)]
    .filter(([found]) => !hasVariable(found))
    .map(([found, , kind = '']) => ({
      text: found,
      meant: kind.toLowerCase() === 'data' ? '{{STEWARD_DATA}}' : '{{STEWARD_FILE:path}}',
    }));
}

/** The variable that begins at this place of the text. */
export function variableAt(text: string, at: number): Variable | undefined {
  if (text.charCodeAt(at) !== openBrace) return undefined;
  pattern.lastIndex = at;
  const [found, path] = pattern.exec(text) ?? [];
  if (found === undefined) return undefined;
  return path === undefined ? { kind: 'data', text: found } : { kind: 'file', path: path.trim(), text: found };
}

const openBrace = '{'.charCodeAt(0);
