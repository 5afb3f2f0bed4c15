// Loads the configuration: flag > environment > file > default, as the original did.
//
// 1. Everything is checked before anything is written: a wrong value changes no file.
// 2. Only flags are written back, never the environment and never a password.
// 3. The rest of a file stays as its owner wrote it.
import { join, resolve } from 'node:path';
import { checkPaths } from './check-paths.ts';
import { chooseValue, readEnvironment, type Given, type GivenPlaces, type ValueSource } from './choose-value.ts';
import { createConfig, type Config } from './config.ts';
import { checkFlags } from './read-flags.ts';
import { configOptions, type ConfigKey } from './options.ts';
import type { OptionValue } from './option-value.ts';
import { readConfigFile } from './read-config-file.ts';
import { readPasswords } from './read-password.ts';
import { saveFlags } from './save-flags.ts';

export interface ConfigInput {
  /** Flags by the names of their options, in any spelling, as text. */
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** Name of the machine: the default of NodeName. */
  readonly hostname: string;
  /** Writes the first file, and flags into an old one, at once. Where false, `save` does it. */
  readonly write: boolean;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<ConfigKey, ValueSource>>;
  readonly warnings: readonly string[];
  /**
   * Writes what `write` would have written, once; answers warnings. For a node that must first know that it is alone in
   * its folders: a second one that is then refused leaves no trace.
   */
  readonly save: () => readonly string[];
}

/** Throws `invalid-config`, with file and line where it came from the file, and `invalid-usage` for an unknown flag. */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const flags = checkFlags(input.flags);
  const environment = readEnvironment(input.env);
  const places: GivenPlaces = { flags, environment: environment.values, entries: new Map(), hostname: input.hostname };
  const folder = chooseValue('ConfigFolder', places);
  const file = readConfigFile(join(resolve(input.cwd, String(folder.value)), 'config.toml'));
  const chosen = chooseAll({ ...places, entries: file.entries, file: file.path });
  const secret = readPasswords({ values: chosen.values, cwd: input.cwd });
  const config = createConfig({ values: chosen.values, cwd: input.cwd, passwords: secret.passwords });
  checkPaths(config, chosen.sources);
  let saved = false;
  const save = (): readonly string[] => {
    if (saved) return [];
    saved = true;
    return saveFlags({ file, flags, hostname: input.hostname });
  };
  const warnings = [...file.warnings, ...environment.warnings, ...secret.warnings, ...(input.write ? save() : [])];
  return { config, sources: chosen.sources, warnings, save };
}

interface Chosen {
  readonly values: Readonly<Record<ConfigKey, OptionValue>>;
  readonly sources: Readonly<Record<ConfigKey, ValueSource>>;
}

function chooseAll(places: GivenPlaces): Chosen {
  const all = configOptions.map((option) => [option.key, chooseValue(option.key, places)] as const);
  const pick = <T>(part: (given: Given) => T): Readonly<Record<ConfigKey, T>> =>
    Object.freeze(Object.fromEntries(all.map(([key, given]) => [key, part(given)])) as Record<ConfigKey, T>);
  return { values: pick((given) => given.value), sources: pick((given) => given.source) };
}
