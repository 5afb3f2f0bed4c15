// A node's name: unique among the nodes of one broker, and one token of a subject once its dots are encoded.
import { StewardError } from './error.ts';

export type NodeName = string;

// No segment begins or ends with "-", so that "--" in a token can only be a dot.
const segment = '[A-Za-z0-9_]+(-[A-Za-z0-9_]+)*';
/** Of a whole name, as a regular expression. */
export const nodeNamePattern = `${segment}(\\.${segment})*`;
const allowed = new RegExp(`^${nodeNamePattern}$`);
const maxLength = 100;

export function isNodeName(text: string): boolean {
  return text.length <= maxLength && allowed.test(text);
}

/** Returns the name, or throws `invalid-node-name` with a name that would do. */
export function parseNodeName(text: string): NodeName {
  if (isNodeName(text)) return text;
  const suggestion = suggestNodeName(text);
  throw new StewardError('invalid-node-name', `"${text.slice(0, maxLength)}" cannot be a node name`, {
    hint: `letters, digits, "-", "_" and dots, each "-" and dot between two letters or digits, at most ${maxLength} characters${suggestion === '' ? '' : `; try "${suggestion}"`}`,
  });
}

function suggestNodeName(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/-?\.-?/g, '.')
    .slice(0, maxLength)
    .replace(/^[.-]+|[.-]+$/g, '');
}

/** A name as one token of a subject. `--` stands for a dot, which is why names may not hold it. */
export function encodeNodeName(name: NodeName): string {
  return name.replaceAll('.', '--');
}

/** The name behind a token, or undefined if the token is no encoded name. */
export function decodeNodeName(token: string): NodeName | undefined {
  const name = token.replaceAll('--', '.');
  return isNodeName(name) && encodeNodeName(name) === token ? name : undefined;
}
