// The text of config.toml after flags were given: the first file, or an old one with some values changed.
import { parse } from 'smol-toml';
import { StewardError } from '../../model/error.ts';
import { describeAllowed } from './option-value.ts';
import { configOptions, type ConfigKey, type ConfigOption } from './options.ts';
import { findAssignment, tomlValue } from './toml-line.ts';

export type FileValues = ReadonlyMap<ConfigKey, string | number>;

const head = `# The configuration of this Steward node.
# A flag wins over the environment, the environment over this file. A flag is also written into it, as the default of the
# next start. Delete the file to have it written anew with all defaults.
`;

/** The first file: every option with its explanation, and its value or its default. */
export function writeFirstFile(values: FileValues): string {
  const options: readonly ConfigOption[] = configOptions.filter((option) => !('only' in option));
  return [head, ...options.map((option) => block(option, values.get(option.key as ConfigKey) ?? option.default))].join(
    '\n',
  );
}

/**
 * The text with the values set: in their lines where the keys are there, else behind all others. Nothing else changes.
 * Throws `invalid-config` where a line cannot be changed safely (a value over several lines).
 */
export function editFile(text: string, options: { readonly path: string; readonly values: FileValues }): string {
  const { path, values } = options;
  let edited = text;
  for (const [key, value] of values) {
    const spelled = Object.keys(parse(edited)).find((known) => known.toLowerCase() === key.toLowerCase());
    const next = spelled === undefined ? append(edited, { key, value }) : replace(edited, { key: spelled, value });
    if (next === undefined || !isOnlyChange({ before: edited, after: next, key: spelled ?? key, value })) {
      throw new StewardError('invalid-config', `${key} cannot be changed in the file`, {
        place: { file: path },
        hint: `write it on one line, at the top: ${key} = ${tomlValue(value)}`,
      });
    }
    edited = next;
  }
  return edited;
}

interface Change {
  readonly key: string;
  readonly value: string | number;
}

function replace(text: string, change: Change): string | undefined {
  const found = findAssignment(text, change.key);
  return found && text.slice(0, found.start) + tomlValue(change.value) + text.slice(found.end);
}

function append(text: string, change: Change): string {
  const option: ConfigOption | undefined = configOptions.find((known) => known.key === change.key);
  const gap = text === '' || text.endsWith('\n') ? '\n' : '\n\n';
  return `${text}${gap}${option === undefined ? '' : block(option, change.value)}`;
}

function block(option: ConfigOption, value: string | number): string {
  const obvious = option.type === 'text' || option.type === 'path' || option.type === 'nodeName';
  const allowed = obvious ? '' : `# Allowed: ${describeAllowed(option)}.\n`;
  return `# ${option.doc}\n${allowed}${option.key} = ${tomlValue(value)}\n`;
}

/** The text is edited, not the values: whether that did what it should is read back. */
function isOnlyChange(change: Change & { readonly before: string; readonly after: string }): boolean {
  const expected = JSON.stringify(sorted({ ...parse(change.before), [change.key]: change.value }));
  try {
    return JSON.stringify(sorted(parse(change.after))) === expected;
  } catch {
    // What is no TOML any more is no safe change.
    return false;
  }
}

function sorted(values: Record<string, unknown>): readonly unknown[] {
  return Object.entries(values).sort(([left], [right]) => (left < right ? -1 : 1));
}
