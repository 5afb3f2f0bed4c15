// Chooses where an option's value comes from, checks it, and remembers the place.
import { nearestName } from '../../base/nearest-name.ts';
import { StewardError, type ErrorPlace } from '../../model/error.ts';
import { readOption, type OptionValue } from './option-value.ts';
import { configOptions, type ConfigKey, type ConfigOption } from './options.ts';
import type { FileEntry } from './read-config-file.ts';

export interface ValueSource {
  /** As it was given; of a password only whether there is one. */
  readonly value: string | number;
  readonly source: 'flag' | 'environment' | 'file' | 'default';
  readonly place?: { readonly file: string; readonly line: number };
}

export interface GivenPlaces {
  readonly flags: Readonly<Partial<Record<ConfigKey, string>>>;
  readonly environment: Readonly<Partial<Record<ConfigKey, string>>>;
  readonly entries: ReadonlyMap<ConfigKey, FileEntry>;
  /** Path of the file that the entries are from. */
  readonly file?: string;
  readonly hostname: string;
}

export interface Given {
  readonly value: OptionValue;
  readonly source: ValueSource;
}

/** Throws `invalid-config`, naming the flag, the variable, or file and line. */
export function chooseValue(key: ConfigKey, places: GivenPlaces): Given {
  const option = configOptions.find((known) => known.key === key) as ConfigOption;
  const raw = findRaw(option, { key, places });
  const read = readOption(option, raw.value);
  if ('problem' in read) {
    throw new StewardError('invalid-config', `${raw.name} ${read.problem}`, { place: raw.place, hint: read.allowed });
  }
  const { file, line } = raw.place;
  const place = file === undefined || line === undefined ? {} : { place: { file, line } };
  return { value: read.value, source: { value: show(option, raw.value), source: raw.source, ...place } };
}

interface Raw {
  readonly value: unknown;
  readonly source: ValueSource['source'];
  /** What the user knows the place by. */
  readonly name: string;
  readonly place: ErrorPlace;
}

function findRaw(option: ConfigOption, from: { readonly key: ConfigKey; readonly places: GivenPlaces }): Raw {
  const { key, places } = from;
  const place = { field: key };
  const flag = places.flags[key];
  if (flag !== undefined) return { value: flag, source: 'flag', name: option.flag, place };
  const variable = places.environment[key];
  if (variable !== undefined) return { value: variable, source: 'environment', name: option.env, place };
  const entry = places.entries.get(key);
  if (entry !== undefined && !(key === 'NodeName' && entry.value === '')) {
    const file = places.file === undefined ? {} : { file: places.file };
    return { value: entry.value, source: 'file', name: key, place: { ...place, ...file, line: entry.line } };
  }
  if (key !== 'NodeName') return { value: option.default, source: 'default', name: key, place };
  return { value: places.hostname, source: 'default', name: "the machine's name, for want of --node-name,", place };
}

function show(option: ConfigOption, raw: unknown): string | number {
  if (option.only === 'environment') return raw === '' ? '' : '(set)';
  return typeof raw === 'number' ? raw : String(raw);
}

/** Variables that are no options, but ours. */
const otherVariables: readonly string[] = ['STEWARD_SOCKET', 'STEWARD_DATA'];

/** The options that the environment sets; an empty variable sets none. Warns of one that was probably meant for an option. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): {
  readonly values: Readonly<Partial<Record<ConfigKey, string>>>;
  readonly warnings: readonly string[];
} {
  const values: Partial<Record<ConfigKey, string>> = {};
  for (const { key, env: name } of configOptions) {
    const value = env[name];
    if (value !== undefined && value !== '') values[key] = value;
  }
  // The original's only variable.
  const folder = env['CONFIG_FOLDER'];
  if (values.ConfigFolder === undefined && folder !== undefined && folder !== '') values.ConfigFolder = folder;
  const names = [...configOptions.map((option) => option.env), ...otherVariables];
  const unknown = Object.keys(env).filter((name) => name.startsWith('STEWARD_') && !names.includes(name));
  const warnings = unknown.flatMap((name) => {
    const nearest = nearestName(
      name.slice('STEWARD_'.length),
      names.map((known) => known.slice('STEWARD_'.length)),
    );
    return nearest === undefined ? [] : [`${name} has no effect: did you mean STEWARD_${nearest}?`];
  });
  return { values, warnings };
}
